"""A resident begins to talk: the check-in it answers, or one of its own."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from checkins.checkin import Origin, State
from checkins.conversing import Conversation
from checkins.events import Begun
from checkins.house import House
from checkins.opening import begin
from checkins.plan import Plan, Slot
from checkins.planning import new_row, plan_of
from checkins.rows import advance
from checkins.tables import CheckInRow
from checkins.talk import Open
from residents.people import Resident
from residents.service import has_consent
from store import new_id

#: a resident who begins to talk answers the check-in planned within this time.
PENDING = timedelta(hours=3)
#: a missed check-in can be answered this long.
LATE = timedelta(hours=24)
_PENDING = (
    select(CheckInRow)
    .where(
        CheckInRow.resident == bindparam("resident"),
        col(CheckInRow.planned_at) <= bindparam("until"),
        col(CheckInRow.planned_at) > bindparam("since"),
        col(CheckInRow.state).in_([State.ASKED.value, State.PLANNED.value, State.MISSED.value]),
    )
    .order_by(col(CheckInRow.planned_at).desc())
)


def begin_talk(
    house: House, tx: Session, person: Resident, channel: str, address: str, now: datetime, aloud: bool
) -> Conversation:
    """Open a talk on the resident's own account; aloud False: they have spoken already, so nothing is said yet."""
    row = _pending(tx, person.id, now)
    missed = row is not None and row.state == State.MISSED.value
    if row is None:
        row = _own(house, tx, person.id, channel, now)
    if not missed:
        advance(tx, row, Begun(channel), now)
    health = has_consent(tx, person.id, "health")
    conversation = begin(house, tx, row, person, (channel, address), health, now)
    conversation.take(Open("late" if missed else "resident", house.local_hour(now), aloud), now)
    return conversation


def _pending(tx: Session, resident_id: str, now: datetime) -> CheckInRow | None:
    """The check-in that this talk answers: one being asked, due soon, or missed not long ago."""
    rows = tx.exec(_PENDING, params={"resident": resident_id, "since": now - LATE, "until": now + PENDING}).all()
    order = {State.ASKED.value: 0, State.PLANNED.value: 1, State.MISSED.value: 2}
    return min(rows, key=lambda row: order[row.state], default=None)


def _own(house: House, tx: Session, resident_id: str, channel: str, now: datetime) -> CheckInRow:
    plan = plan_of(tx, resident_id) or Plan()
    slot = Slot(house.local_day(now), new_id("talk"), now)
    row = new_row(resident_id, plan, slot, Origin.RESIDENT, (channel,))
    row.attempts_min = [0]
    tx.add(row)
    return row
