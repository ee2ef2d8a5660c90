"""Plans become rows: one per resident, local day and slot, a day and a half ahead."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from checkins.checkin import Origin, State
from checkins.house import House
from checkins.plan import BadPlan, Plan, Slot, parse, slots
from checkins.tables import CheckInRow, MarkRow, PlanRow
from residents.service import absences_ending
from store import fault, new_id

log = structlog.get_logger(__name__)

#: rows stand this far ahead, and are added to when less than AT_LEAST is left.
AHEAD = timedelta(hours=36)
AT_LEAST = timedelta(hours=24)
#: after a longer stop than this, earlier days are not made up for.
BACK = timedelta(days=7)
#: no return check where a planned one follows this soon.
_SOON = timedelta(hours=3)
_MARK_EVERY = timedelta(minutes=5)


def set_plan(house: House, tx: Session, resident: str, raw: Mapping[str, Any] | None, now: datetime) -> bool:
    """Keep a plan from its next slot on (None: no more check-ins). False when it stood so already. Raises BadPlan."""
    if raw is not None:
        parse(raw, tuple(house.book.script.scripts))
    row = tx.get(PlanRow, resident)
    if row is not None and raw is not None and row.plan == dict(raw):
        return False
    _forget_planned(tx, resident, now)
    if row is not None and raw is None:
        tx.delete(row)
    elif raw is not None:
        row = row or PlanRow(resident=resident, plan={}, since=now, planned_until=now)
        row.plan, row.since, row.planned_until = dict(raw), now, now
        tx.add(row)
        tx.flush()
        _write_ahead(house, tx, [row], now)
    return True


def plan_ahead(house: House, tx: Session, now: datetime, limit: int = 500) -> int:
    """Write down the slots of the next day and a half. How many plans were carried on; again while it equals limit."""
    rows = tx.exec(
        select(PlanRow)
        .where(PlanRow.planned_until < now + AT_LEAST)
        .order_by(col(PlanRow.planned_until))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    _write_ahead(house, tx, rows, now)
    return len(rows)


def return_checks(house: House, tx: Session, now: datetime) -> None:
    """Whoever came back from an absence is asked by itself."""
    mark = _mark(tx, now)
    if mark is None:
        return
    ended = absences_ending(tx, mark.at, now)
    for resident in {a.resident for a in ended}:
        _return_check(house, tx, resident, now)
    if ended or now - mark.at > _MARK_EVERY:
        mark.at = now
        tx.add(mark)


def _mark(tx: Session, now: datetime) -> MarkRow | None:
    """How far the absences have been looked at; None while another worker looks, or at the very first time."""
    if tx.get(MarkRow, "absences") is None:
        with suppress(IntegrityError), tx.begin_nested():  # another worker may be the first as well
            tx.add(MarkRow(name="absences", at=now))
        return None
    locked = select(MarkRow).where(MarkRow.name == "absences").with_for_update(skip_locked=True)
    return tx.exec(locked.execution_options(populate_existing=True)).first()


def plan_of(tx: Session, resident: str) -> Plan | None:
    """The plan kept for a resident, None where there is none."""
    row = tx.get(PlanRow, resident)
    return None if row is None else _readable(row)


def new_row(
    resident: str, plan: Plan, slot: Slot, origin: Origin, channels: tuple[str, ...] | None = None
) -> CheckInRow:
    """A planned check-in, due at its slot."""
    return CheckInRow(
        id=new_id("k"),
        resident=resident,
        local_date=slot.local_date.isoformat(),
        slot=slot.name,
        origin=origin.value,
        script=plan.script,
        state=State.PLANNED.value,
        planned_at=slot.at,
        due_at=slot.at,
        attempts_min=list(plan.attempts_min),
        channels=list(channels or plan.channels),
    )


def _write_ahead(house: House, tx: Session, rows: Iterable[PlanRow], now: datetime) -> None:
    rows, until = list(rows), now + AHEAD
    known = _known(tx, [row.resident for row in rows], house.local_day(now - BACK))
    for row in rows:
        plan = _readable(row)
        for slot in slots(plan, house.zone, max(row.planned_until, now - BACK), until):
            if (row.resident, slot.local_date.isoformat(), slot.name) not in known:
                tx.add(new_row(row.resident, plan, slot, Origin.PLAN))
        row.planned_until = until
        tx.add(row)
        fault.at("due")


def _readable(row: PlanRow) -> Plan:
    """The plan; where it cannot be read (any more) the usual one: rather asked at another hour than never."""
    try:
        return parse(row.plan, (row.plan.get("script", "daily"),))
    except BadPlan as fault:
        log.error("plan_unreadable", resident=row.resident, field=fault.field)
        return Plan()


def _known(tx: Session, residents: list[str], since: date) -> set[tuple[str, str, str]]:
    found = tx.exec(
        select(CheckInRow.resident, CheckInRow.local_date, CheckInRow.slot).where(
            col(CheckInRow.resident).in_(residents), CheckInRow.local_date >= since.isoformat()
        )
    )
    return set(found)


def _forget_planned(tx: Session, resident: str, now: datetime) -> None:
    """Rows that were only looked ahead to; what has begun stays on the record."""
    tx.exec(
        delete(CheckInRow).where(
            col(CheckInRow.resident) == resident,
            col(CheckInRow.state) == State.PLANNED.value,
            col(CheckInRow.origin) == Origin.PLAN.value,
            col(CheckInRow.planned_at) > now,
        )
    )


def _return_check(house: House, tx: Session, resident: str, now: datetime) -> None:
    plan, day = plan_of(tx, resident), house.local_day(now)
    if plan is None or next(slots(plan, house.zone, now, now + _SOON), None) is not None:
        return
    if (resident, day.isoformat(), "return") not in _known(tx, [resident], day):
        tx.add(new_row(resident, plan, Slot(day, "return", now), Origin.RETURN))
