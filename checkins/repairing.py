"""For the auditor: what nothing would carry on is due now, and the next sweep carries it on."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from checkins.reading import without_next_step
from checkins.tables import CheckInRow, TalkRow
from store import release, wake


def repaired(tx: Session, now: datetime, grace: timedelta) -> list[str]:
    """Check-ins that are owed and have no next step, or stand still for longer than `grace`: each has one again."""
    found = without_next_step(tx, now, grace)
    for row in tx.exec(select(CheckInRow).where(col(CheckInRow.id).in_(found))).all():
        talks = tx.exec(select(TalkRow).where(TalkRow.checkin == row.id, col(TalkRow.open).is_(True))).all()
        if row.state in ("planned", "asked"):
            release(row, row.due_at or now)
        for talk in talks:
            if talk.due_at is None and row.due_at is None:
                release(talk, now)
    if found:
        wake(tx, "checkins")
    return found
