"""The roster as it is kept: shifts replaced as a whole, stand-ins and holidays one by one, all checked first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session, col, delete, select

from escalations.holidays import own, shipped
from escalations.house import House, forget_team, roster, shifts
from escalations.roster import Roster, Shift, Span, faults, holes, shown, wall
from escalations.tables import CoverRow, HolidayRow, ShiftRow
from store import changed, new_id
from store.audit import audit

#: gaps are looked for so far ahead.
AHEAD_DAYS = 366


class EmptyHours(ValueError):
    """Somebody has to be on duty at every hour, or the fallback has to be chosen: `gaps` names the hours."""

    def __init__(self, gaps: Sequence[str]) -> None:
        super().__init__(self.__doc__, *gaps)
        self.gaps = tuple(gaps)


@dataclass(frozen=True)
class Standin:
    """A stand-in as it is listed."""

    id: str
    coordinator: str
    substitute: str | None
    start: datetime
    end: datetime


def set_roster(tx: Session, house: House, wanted: Sequence[Shift], now: datetime, by: str, strict: bool) -> bool:
    """Replace the shifts; False when nothing differs. strict: hours without anybody are refused.

    Raises ValueError naming the shift and field at fault, EmptyHours.
    """
    for number, shift in enumerate(wanted):
        wrong = faults(shift)
        if wrong:
            raise ValueError(f"roster row {number + 1}: {wrong[0]}")
    if tuple(wanted) == shifts(tx):
        return False
    if strict:
        _refuse_gaps(replace(roster(tx, house.timezone), shifts=tuple(wanted)), now)
    tx.exec(delete(ShiftRow).where(col(ShiftRow.position) >= 0))
    for number, s in enumerate(wanted):
        tx.add(ShiftRow(position=number, coordinator=s.coordinator, days=s.days, start=s.start, end=s.end, rank=s.rank))
    _saved(tx, now, by, "roster", {"shifts": len(wanted), "holes": [shown(span) for span in holes(wanted)]})
    return True


def stand_in(tx: Session, house: House, one: Standin, now: datetime, by: str, strict: bool) -> None:
    """Note that somebody is away and who stands in. strict: hours without anybody are refused.

    Raises ValueError for a time that does not begin before it ends, EmptyHours.
    """
    if one.start >= one.end or one.end <= now or one.coordinator == one.substitute:
        raise ValueError("a stand-in ends later than it begins and than now, and is somebody else")
    before = roster(tx, house.timezone)
    known = set(_ahead(before, now))
    row = CoverRow(
        id=new_id("k"), coordinator=one.coordinator, substitute=one.substitute, start=one.start, end=one.end, by=by
    )
    tx.add(row)
    tx.flush()
    if strict:
        fresh = [span for span in _ahead(roster(tx, house.timezone), now) if span not in known]
        if fresh:
            raise EmptyHours([said(span) for span in fresh])
    _saved(tx, now, by, "stand-in", {"id": row.id, "of": one.coordinator, "by": one.substitute})


def end_stand_in(tx: Session, id: str, now: datetime, by: str) -> None:
    """Somebody is back: what is left of it holds no more. An unknown id changes nothing."""
    row = tx.get(CoverRow, id)
    if row is None:
        return
    if row.start >= now:
        tx.delete(row)
    else:
        row.end = now
    _saved(tx, now, by, "stand-in ended", {"id": id})


def stand_ins(tx: Session, now: datetime) -> list[Standin]:
    """Those that hold or are to come, the earliest first."""
    rows = tx.exec(select(CoverRow).where(col(CoverRow.end) > now).order_by(col(CoverRow.start)))
    return [Standin(row.id, row.coordinator, row.substitute, row.start, row.end) for row in rows]


def set_holiday(tx: Session, day: date, off: bool, name: str, now: datetime, by: str) -> None:
    """The city's own word on a day; where it says what the shipped list says, it is not kept."""
    row = own(tx).get(day)
    if off == (day in shipped()) and not name:
        if row is not None:
            tx.delete(row)
    else:
        row = row or HolidayRow(day=day.isoformat(), off=off)
        row.off, row.name = off, name
        tx.add(row)
    _saved(tx, now, by, "holiday", {"day": day.isoformat(), "off": off})


def empty_hours(tx: Session) -> list[str]:
    """Spans of the week in which nobody is on duty ("mon 18:00-24:00"): supervisors stand in then."""
    return [shown(span) for span in holes(shifts(tx))]


def gaps(tx: Session, house: House, now: datetime) -> list[Span]:
    """Spans of local time within a year in which nobody is on duty; none where every week has its hole anyway."""
    wanted = roster(tx, house.timezone)
    return [] if holes(wanted.shifts) else _ahead(wanted, now)


def said(span: Span) -> str:
    """A span of local time in figures: "12.25 09:00–12.25 18:00"."""
    return f"{span[0]:%m.%d %H:%M}–{span[1]:%m.%d %H:%M}"


def _refuse_gaps(wanted: Roster, now: datetime) -> None:
    weekly = [shown(span) for span in holes(wanted.shifts)]
    found = weekly or [said(span) for span in _ahead(wanted, now)]
    if found:
        raise EmptyHours(found)


def _ahead(wanted: Roster, now: datetime) -> list[Span]:
    return wanted.gaps(wall(now, wanted.timezone).date(), AHEAD_DAYS)


def _saved(tx: Session, now: datetime, by: str, what: str, detail: dict[str, object]) -> None:
    tx.flush()
    forget_team(tx)
    audit(tx, who=by, what=what, now=now, detail=detail)
    changed(tx, "roster", "roster", now)
