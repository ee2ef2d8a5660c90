"""Task: what a person was asked to do by the working day's end, wishes and faults too."""

from collections.abc import Iterator
from datetime import tzinfo

from escalations.views import Reason, Recorded
from records.fhir.basics import PRIORITY, Resource, concept, identifier, made, masked, outside, own, reference, when

#: levels that are work for the day's list; the others are alarms.
LEVELS = frozenset({"watch", "technical"})
_STATUS = {"open": "requested", "acknowledged": "in-progress", "closed": "completed"}


def tasks(found: Recorded, zone: tzinfo, *, health: bool) -> Iterator[Resource]:
    """One task for each sign of the escalation that asked for one: a wish stays one beside an alarm."""
    for reason in found.reasons:
        if reason.level in LEVELS:
            yield _task(found, reason, zone, health=health)


def _task(found: Recorded, reason: Reason, zone: tzinfo, *, health: bool) -> Resource:
    summary = found.summary
    note = [{"text": summary.note}] if health and summary.note else None
    return made(
        "Task",
        reason.sign,
        identifier=[identifier("sign", reason.sign)],
        status=_STATUS[summary.state],
        businessStatus=concept(own("outcome", summary.outcome)) if health and summary.outcome else None,
        intent="order",
        priority=PRIORITY[reason.level],
        code=concept(own("sign", reason.kind)) if health else masked(),
        description=reason.text if health else None,
        focus=reference("Flag", summary.id),
        **{"for": reference("Patient", summary.resident) or outside("Location", "home", summary.home)},
        authoredOn=when(reason.at, zone),
        lastModified=when(summary.closed_at or summary.acknowledged_at or reason.at, zone),
        executionPeriod={"start": when(summary.acknowledged_at, zone), "end": when(summary.closed_at, zone)},
        owner=outside("Practitioner", "person", summary.acknowledged_by),
        note=note,
    )
