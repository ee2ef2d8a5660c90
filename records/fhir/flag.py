"""Flag: an escalation, active until a person has closed it."""

from datetime import tzinfo

from escalations.views import Recorded, Summary
from records.fhir.basics import Resource, coding, concept, identifier, made, masked, outside, own, reference, when


def flag(found: Recorded, zone: tzinfo, *, health: bool) -> Resource:
    """One escalation. health: whether why, which may repeat what the resident said, leaves the house."""
    summary = found.summary
    category = ("admin", "Administrative") if summary.level == "technical" else ("safety", "Safety")
    return made(
        "Flag",
        summary.id,
        identifier=[identifier("escalation", summary.id)],
        status="inactive" if summary.state == "closed" else "active",
        category=[concept(coding("flag-category", *category)), concept(own("level", summary.level))],
        code=_code(summary) if health else masked(),
        subject=subject(summary.resident, summary.home),
        period={"start": when(summary.opened_at, zone), "end": when(summary.closed_at, zone)},
    )


def _code(summary: Summary) -> Resource:
    return concept(*(own("sign", kind) for kind in summary.kinds), text=" ".join(summary.reasons))


def subject(resident: str | None, home: str | None) -> Resource | None:
    """Whom it is about; a home's own faults are about the place, and an outage about all of them."""
    return reference("Patient", resident) or outside("Location", "home", home or "all")
