"""Rows to the plain state of the machine, and back."""

from datetime import datetime

from sqlmodel import Session

from checkins.checkin import CheckIn, Origin, State, step
from checkins.events import Event, Outcome
from checkins.tables import CheckInRow
from store import changed, release

_MOVING = (
    "attempt",
    "again",
    "unreachable",
    "channel",
    "base_at",
    "asked_at",
    "answered_at",
    "ended_at",
    "late",
    "reason",
)


def load(row: CheckInRow) -> CheckIn:
    """The machine's state of a row."""
    return CheckIn(
        id=row.id,
        resident=row.resident,
        planned_at=row.planned_at,
        origin=Origin(row.origin),
        state=State(row.state),
        due_at=row.due_at,
        attempts_min=tuple(row.attempts_min),
        channels=tuple(row.channels),
        attempt=row.attempt,
        tried=tuple(row.tried),
        again=row.again,
        unreachable=row.unreachable,
        channel=row.channel,
        base_at=row.base_at,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        late=row.late,
        reason=row.reason,
    )


def save(row: CheckInRow, checkin: CheckIn) -> None:
    """Write the machine's state into its row and give the row back."""
    if row.state != checkin.state.value:
        row.state = checkin.state.value
    for name in _MOVING:
        value = getattr(checkin, name)
        if getattr(row, name) != value:  # setting a column costs more than looking at it
            setattr(row, name, value)
    if row.tried != list(checkin.tried):
        row.tried = list(checkin.tried)
    release(row, checkin.due_at)


def advance(tx: Session, row: CheckInRow, event: Event, now: datetime) -> tuple[Outcome, ...]:
    """Decide and save; what must happen is the caller's to carry out. Raises IllegalJump."""
    after, outcomes = step(load(row), event, now)
    save(row, after)
    tx.add(row)
    changed(tx, "checkin", row.id, now, resident=row.resident, state=row.state, attempt=row.attempt)
    return outcomes
