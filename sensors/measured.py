"""What a resident's own devices measured of the body, for the record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from residents import service as residents
from residents.people import Resident
from sensors.tables import HourRow, ReadingRow
from sensors.units import VITALS

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Measured:
    """One value in the unit of KINDS. until: None for a reading; where only its hour is left, the end of that hour,
    `at` its beginning and `value` its mean."""

    id: str
    home: str
    device: str
    kind: str
    at: datetime
    value: float
    until: datetime | None = None


def measured(tx: Session, person: Resident, since: datetime | None) -> Iterator[Measured]:
    """By time. A shared cuff in a home of two is nobody's: whose arm it was is not known."""
    mine = [device.device for device in residents.devices(tx, person.home) if _is_of(tx, device.resident, person)]
    readings = _readings(tx, person.home, mine, since)
    kept = {(row.device, row.kind, _hour_of(row.at)) for row in readings}
    for row in _hours(tx, person.home, mine, since):
        if (row.device, row.kind, row.hour.astimezone(UTC)) not in kept:
            id = f"hour.{row.home}.{row.device}.{row.kind}.{row.hour:%Y%m%dT%H}"
            yield Measured(id, row.home, row.device, row.kind, row.hour, row.total / row.count, row.hour + _HOUR)
    for each in readings:
        yield Measured(f"reading-{each.seq}", each.home, each.device, each.kind, each.at, each.value)


def _is_of(tx: Session, owner: str | None, person: Resident) -> bool:
    return owner == person.id or (owner is None and len(residents.residents_of_home(tx, person.home)) == 1)


def _readings(tx: Session, home: str, mine: Sequence[str], since: datetime | None) -> Sequence[ReadingRow]:
    statement = select(ReadingRow).where(ReadingRow.home == home, col(ReadingRow.device).in_(mine))
    statement = statement.where(col(ReadingRow.kind).in_(VITALS))
    if since is not None:
        statement = statement.where(ReadingRow.at >= since)
    return tx.exec(statement.order_by(col(ReadingRow.at), col(ReadingRow.seq))).all()


def _hours(tx: Session, home: str, mine: Sequence[str], since: datetime | None) -> Sequence[HourRow]:
    statement = select(HourRow).where(HourRow.home == home, col(HourRow.device).in_(mine))
    statement = statement.where(col(HourRow.kind).in_(VITALS))
    if since is not None:
        statement = statement.where(HourRow.hour >= since)
    return tx.exec(statement.order_by(col(HourRow.hour), col(HourRow.device))).all()


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
