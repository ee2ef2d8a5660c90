"""QuestionnaireResponse: a check-in and its talk, what was asked and what was answered."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from checkins.reading import CheckInShown, TurnShown
from records.fhir.basics import OURS, Resource, identifier, made, reference, when

#: a check-in's state → the response's status. A planned one has not been asked: there is no response yet.
_STATUS = {"asked": "in-progress", "answered": "completed", "missed": "stopped", "cancelled": "stopped"}


def was_asked(checkin: CheckInShown) -> bool:
    """Whether there is a response at all: somebody was asked, or should have been and was missed."""
    return checkin.state in ("answered", "missed") or (checkin.state in _STATUS and checkin.asked_at is not None)


def questionnaire_response(checkin: CheckInShown, zone: tzinfo, *, health: bool) -> Resource:
    """One check-in that was asked. health: whether what was said may leave the house; else its status alone."""
    return made(
        "QuestionnaireResponse",
        checkin.id,
        identifier=identifier("checkin", checkin.id),
        status=_STATUS[checkin.state],
        subject=reference("Patient", checkin.resident),
        source=reference("Patient", checkin.resident) if checkin.answered_at else None,
        authored=when(checkin.answered_at or checkin.asked_at or checkin.due_at, zone),
        item=_items(checkin.turns, zone) if health else None,
    )


def _items(turns: Sequence[TurnShown], zone: tzinfo) -> list[Resource]:
    """A sentence of the service opens an item, what the resident says until the next one is its answer."""
    items: list[Resource] = []
    for turn in turns:
        if turn.who == "service" or not items:
            items.append({"linkId": str(len(items) + 1), "answer": []})
        if turn.who == "service":
            items[-1] |= {"text": turn.text, "extension": [_extension("said-at", "DateTime", when(turn.at, zone))]}
        elif turn.text.strip():
            items[-1]["answer"].append({"valueString": turn.text, "extension": _about(turn, zone)})
    return items


def _about(turn: TurnShown, zone: tzinfo) -> list[Resource]:
    """When it was said, and how sure the hearing was: a reader must not take a guess for a word."""
    said = [_extension("said-at", "DateTime", when(turn.at, zone))]
    if turn.confidence is not None:
        said.append(_extension("hearing-confidence", "Decimal", round(turn.confidence, 4)))
    return said


def _extension(name: str, kind: str, value: Any) -> Resource:
    return {"url": f"{OURS}extension:{name}", f"value{kind}": value}
