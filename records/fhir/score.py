"""Observation: the wellbeing score, with a component for each part of it."""

from collections.abc import Callable
from datetime import tzinfo

from records.fhir.basics import Resource, coding, concept, identifier, made, masked, own, quantity, reference, when
from wellbeing.score import PartScore
from wellbeing.service import ScoreAt

#: UCUM has no points; an annotation alone is the unity, named.
_POINTS = ("score", "{score}")


def score_observation(
    resident: str, found: ScoreAt, zone: tzinfo, part_name: Callable[[str], str], *, health: bool
) -> Resource:
    """One score as it stood, with the parts that are known of it. health False: that there is one, masked."""
    score, ours = found.score, f"score.{resident}.{found.at.astimezone(zone):%Y-%m-%d}"
    shown = health and score.value is not None
    return made(
        "Observation",
        ours,
        identifier=[identifier("score", ours)],
        status="final",
        category=[concept(coding("observation-category", "survey", "Survey"))],
        code=concept(own("observation", "wellbeing-score", "Wellbeing score 0-100")),
        subject=reference("Patient", resident),
        effectiveDateTime=when(found.at, zone),
        valueQuantity=quantity(score.value or 0, *_POINTS) if shown else None,
        dataAbsentReason=None if shown else _absent(health=health),
        interpretation=[concept(text=score.band.value)] if health else None,
        component=[_coverage(score.coverage), *(_part(p, part_name) for p in score.reasons)] if health else None,
    )


def _part(part: PartScore, part_name: Callable[[str], str]) -> Resource:
    return {
        "code": concept(own("score-part", part.part), text=part_name(part.part)),
        "valueQuantity": quantity(part.value, *_POINTS),
        "interpretation": [concept(text=part.text)],
        "extension": [{"url": "urn:anbu:extension:weight", "valueDecimal": part.weight}],
    }


def _coverage(coverage: float) -> Resource:
    return {
        "code": concept(own("observation", "score-coverage", "Share of the score that is known")),
        "valueQuantity": quantity(round(coverage, 4), "1", "1"),
    }


def _absent(*, health: bool) -> Resource:
    return concept(coding("data-absent-reason", "unknown", "Unknown")) if health else masked()
