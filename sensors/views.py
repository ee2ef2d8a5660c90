"""What other rooms and the console may know of the homes, ready to show."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, and_, col, select

from residents import batch
from residents import service as residents
from residents.people import Device, Resident
from sensors import outage
from sensors.hours import ACTIVE, POWER_W
from sensors.tables import DeviceStateRow, HomeStateRow, HourRow, QuarantineRow, ReadingRow
from sensors.today import Use

#: a device that sends readings and has not been heard for so long is silent; a battery at or below this is low, %.
SILENT_AFTER, LOW = timedelta(days=2), 15.0
#: kinds that speak only when somebody uses them or something happens, and when even these are silent: the monthly
#: drill (care protocol) presses every button.
WHEN_USED = outage.WHEN_USED | {"blood_pressure", "scale", "thermometer", "band"}
UNUSED_AFTER = timedelta(days=35)


@dataclass(frozen=True)
class DeviceShown:
    """A device as the devices page shows it. state: ok|low|silent|offline|unknown."""

    home: str
    device: str
    kind: str
    room: str
    resident: str | None
    seen_at: datetime | None = None
    battery: float | None = None
    link: float | None = None
    state: str = "unknown"


@dataclass(frozen=True)
class HourShown:
    """How often something showed that somebody was there, in one hour and one room ("" where no room is named)."""

    hour: datetime
    room: str
    count: int


@dataclass(frozen=True)
class ValueShown:
    """The mean of one device's readings of one kind over an hour, with its bounds."""

    hour: datetime
    device: str
    room: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Activity:
    """The last thing that showed a resident up and about."""

    at: datetime
    device: str
    kind: str
    room: str


def device_states(tx: Session, now: datetime, home: str | None = None) -> list[DeviceShown]:
    """Every device of the town file (or of one home), with what it last said."""
    statement = select(DeviceStateRow)
    if home is not None:
        statement = statement.where(DeviceStateRow.home == home)
    states = {(row.home, row.device): row for row in tx.exec(statement)}
    return [_device(device, states.get((device.home, device.device)), now) for device in residents.devices(tx, home)]


def home_states(tx: Session, now: datetime) -> Mapping[str, str]:
    """Home → online|offline|unknown, as far as its gateway or anything in it was heard."""
    return {row.home: _home(row, now) for row in tx.exec(select(HomeStateRow))}


def heard(tx: Session) -> Mapping[str, datetime | None]:
    """Home → when anything of it was heard last."""
    return dict(tx.exec(select(HomeStateRow.home, HomeStateRow.heard_at)).all())


def activity(tx: Session, home: str, since: datetime, until: datetime) -> list[HourShown]:
    """By hour and room, in order of time."""
    rooms = {device.device: device.room for device in residents.devices(tx, home)}
    counts: dict[tuple[datetime, str], int] = {}
    for row in tx.exec(
        select(HourRow).where(HourRow.home == home, HourRow.hour >= since, HourRow.hour <= until, HourRow.active > 0)
    ):
        key = (row.hour, rooms.get(row.device, ""))
        counts[key] = counts.get(key, 0) + row.active
    return [HourShown(hour, room, count) for (hour, room), count in sorted(counts.items())]


def values(tx: Session, home: str, kind: str, since: datetime, until: datetime) -> list[ValueShown]:
    """Hourly means of one kind (temperature, weight, …), in order of time."""
    rooms = {device.device: device.room for device in residents.devices(tx, home)}
    found = tx.exec(
        select(HourRow)
        .where(HourRow.home == home, HourRow.kind == kind, HourRow.hour >= since, HourRow.hour <= until)
        .order_by(col(HourRow.hour), col(HourRow.device))
    )
    return [
        ValueShown(row.hour, row.device, rooms.get(row.device, ""), row.total / row.count, row.low, row.high)
        for row in found
    ]


def quarantine(tx: Session, before: int | None, limit: int) -> Sequence[QuarantineRow]:
    """What could not be used, newest first; `before`: the id of the last one shown."""
    statement = select(QuarantineRow).order_by(col(QuarantineRow.id).desc()).limit(limit)
    if before is not None:
        statement = statement.where(col(QuarantineRow.id) < before)
    return tx.exec(statement).all()


def last_activity(tx: Session, person: Resident) -> Activity | None:
    """The latest reading that shows this resident up and about; None where the home never showed any."""
    devices = {device.device: device for device in residents.devices(tx, person.home)}
    others = [name for name, device in devices.items() if device.resident not in (None, person.id)]
    row = tx.exec(
        select(ReadingRow)
        .where(ReadingRow.home == person.home, col(ReadingRow.device).not_in(others), _shows_somebody())
        .order_by(col(ReadingRow.at).desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return Activity(row.at, row.device, row.kind, devices[row.device].room if row.device in devices else "")


def uses(tx: Session, homes: Collection[str], since: datetime) -> dict[str, list[Use]]:
    """Home → what its devices showed since then; homes that showed nothing are not in it."""
    columns = (HourRow.home, HourRow.device, HourRow.kind, func.sum(HourRow.active), func.max(HourRow.high))
    shown = select(*columns)  # type: ignore[call-overload]
    shown = shown.where(col(HourRow.home).in_(homes), HourRow.hour >= since, HourRow.active > 0)
    rows = tx.exec(shown.group_by(HourRow.home, HourRow.device, HourRow.kind)).all()
    rooms = batch.rooms_of(tx, {row[0] for row in rows})
    found: dict[str, list[Use]] = {}
    for home, device, kind, times, high in rows:
        found.setdefault(home, []).append(Use(device, kind, rooms.get((home, device), ""), times, high))
    return found


def has_sensors(tx: Session, home: str) -> bool:
    """Whether anything was ever heard from this home."""
    return tx.get(HomeStateRow, home) is not None


def counts(tx: Session) -> Mapping[str, int]:
    """For the status page."""
    return {
        "homes_heard": tx.exec(select(func.count()).select_from(HomeStateRow)).one(),
        "quarantined": tx.exec(select(func.count()).select_from(QuarantineRow)).one(),
    }


def _shows_somebody() -> Any:
    acts = and_(col(ReadingRow.kind).in_(ACTIVE), col(ReadingRow.value) > 0)
    return or_(acts, and_(col(ReadingRow.kind) == "power", col(ReadingRow.value) >= POWER_W))


def _device(device: Device, state: DeviceStateRow | None, now: datetime) -> DeviceShown:
    shown = DeviceShown(device.home, device.device, device.kind, device.room, device.resident)
    if state is None:
        return shown
    return DeviceShown(
        device.home,
        device.device,
        device.kind,
        device.room,
        device.resident,
        state.seen_at,
        state.battery,
        state.link,
        _state(state, device.kind, now),
    )


def _state(state: DeviceStateRow, kind: str, now: datetime) -> str:
    if state.online is False:
        return "offline"
    if state.seen_at is None:
        return "unknown"
    if now - state.seen_at > (UNUSED_AFTER if kind in WHEN_USED else SILENT_AFTER):
        return "silent"
    is_low = state.battery_low if state.battery is None else state.battery <= LOW
    return "low" if is_low else "ok"


def _home(row: HomeStateRow, now: datetime) -> str:
    if row.online is not None:
        return "online" if row.online else "offline"
    if row.heard_at is None:
        return "unknown"
    return "online" if now - row.heard_at <= SILENT_AFTER else "offline"
