"""What can wait is gathered: whoever has been told something in this stretch of the day hears the rest at its end."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from escalations.house import House
from escalations.policy import Policy
from escalations.tables import DeliveryRow
from residents.sign import Level

#: what was posted earlier has left long ago: so many days of rest may lie between.
_LONGEST_WAIT = timedelta(days=14)
CALM = (Level.WATCH.value, Level.TECHNICAL.value)


def leaves_at(
    tx: Session, house: House, policy: Policy, coordinator: str, now: datetime, kinds: Sequence[str]
) -> datetime:
    """When a message to this coordinator leaves: within working hours, at once where none of these kinds has left in
    this stretch of the day, else at its end; never after the duty that they have now."""
    soon = policy.first_due(now)
    since, end = policy.gathered(soon)
    if end <= soon or not _told_since(tx, coordinator, since, kinds):
        return soon
    duty_ends = house.team(tx).roster.duty_end(coordinator, now)
    return soon if duty_ends is not None and duty_ends <= end else end


def _told_since(tx: Session, coordinator: str, since: datetime, kinds: Sequence[str]) -> bool:
    found = select(DeliveryRow.id).where(
        DeliveryRow.person_kind == "coordinator",
        DeliveryRow.person_id == coordinator,
        col(DeliveryRow.posted_at) >= since - _LONGEST_WAIT,
        col(DeliveryRow.level).in_(CALM),
        col(DeliveryRow.kind).in_(kinds),
        col(DeliveryRow.sent_at) >= since,
    )
    return tx.exec(found.limit(1)).first() is not None
