"""Readings rolled up by the hour, and what is thrown away when it is old."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, case
from sqlmodel import Session, col, delete, select

from sensors.reading import Reading
from sensors.tables import HourRow, PressRow, QuarantineRow, ReadingRow
from sensors.upsert import execute, insert

#: how long raw readings are kept; their hours; what could not be used; the button.
RAW, HOURS, QUARANTINE, PRESSES = (timedelta(days=d) for d in (35, 800, 60, 800))
#: kinds whose value 1 (or more) means that somebody did something.
ACTIVE = frozenset({"motion", "presence", "contact", "bed", "vibration", "steps", "fall", "sos"})
#: a plug that draws this much is in use, W.
POWER_W = 30.0

_hours: Table = HourRow.__table__  # type: ignore[attr-defined]


def roll_up(tx: Session, readings: Sequence[Reading]) -> None:
    """Add these readings to their hours; each reading must come here once."""
    hours: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in readings:
        hour = row.at.replace(minute=0, second=0, microsecond=0)  # every zone in question is whole hours apart
        key = (row.home, hour, row.device, row.kind)
        if key not in hours:
            names = dict(zip(("home", "hour", "device", "kind"), key, strict=True))
            hours[key] = {**names, "count": 0, "active": 0, "total": 0.0, "low": row.value, "high": row.value}
        _add(hours[key], row)
    if hours:
        execute(tx, _adding(tx), [hours[key] for key in sorted(hours)])


def is_active(kind: str, value: float) -> bool:
    """Whether a reading shows somebody doing something."""
    return value > 0 if kind in ACTIVE else kind == "power" and value >= POWER_W


def _add(hour: dict[str, Any], row: Reading) -> None:
    hour["count"] += 1
    hour["active"] += is_active(row.kind, row.value)
    hour["total"] += row.value
    hour["low"], hour["high"] = min(hour["low"], row.value), max(hour["high"], row.value)


def _adding(tx: Session) -> Any:
    statement = insert(tx, _hours)
    old, new = _hours.c, statement.excluded
    sums = {name: old[name] + new[name] for name in ("count", "active", "total")}
    bounds = {
        "low": case((new.low < old.low, new.low), else_=old.low),
        "high": case((new.high > old.high, new.high), else_=old.high),
    }
    return statement.on_conflict_do_update(index_elements=["home", "hour", "device", "kind"], set_=sums | bounds)


def purge(tx: Session, now: datetime, limit: int = 10_000) -> int:
    """Delete what is older than it is kept, at most `limit` of each kind. How many; call again while it is not 0."""
    gone = 0
    first = select(ReadingRow.seq).order_by(col(ReadingRow.seq)).limit(limit)  # they came in order of time, nearly
    gone += tx.exec(delete(ReadingRow).where(col(ReadingRow.seq).in_(first), col(ReadingRow.at) < now - RAW)).rowcount
    worn = select(QuarantineRow.id).where(QuarantineRow.at < now - QUARANTINE).limit(limit)
    gone += tx.exec(delete(QuarantineRow).where(col(QuarantineRow.id).in_(worn))).rowcount
    gone += tx.exec(delete(HourRow).where(col(HourRow.hour) < now - HOURS)).rowcount
    gone += tx.exec(delete(PressRow).where(col(PressRow.at) < now - PRESSES)).rowcount
    return gone


def erase(tx: Session, home: str) -> None:
    """Everything the readings of a home left behind, when its resident withdraws for good."""
    for model in (ReadingRow, HourRow):
        tx.exec(delete(model).where(col(model.home) == home))
