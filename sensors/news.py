"""What is new of one home since the rules last looked at it: its readings, what its devices and gateway said, and what
people settled meanwhile."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from residents import service as residents
from sensors import watch as rules
from sensors.message import DeviceState, GatewayState
from sensors.reading import Reading
from sensors.state import with_limits
from sensors.tables import DeviceStateRow, HomeStateRow, ReadingRow, WatchRow
from sensors.thresholds import merged
from sensors.watch import HomeWatch

#: readings of one home that one look takes in; the rest comes with the next.
PORTION = 500
#: service time by which two looks at the states overlap.
OVERLAP = timedelta(minutes=5)
#: scope → name → value of the thresholds that are set otherwise.
Limits = Mapping[str, Mapping[str, float]]


def fresh(tx: Session, row: WatchRow, zone: ZoneInfo) -> tuple[int, list[Reading]]:
    """The readings since the last look, by time and in the hours of the people, and up to where."""
    columns = (ReadingRow.seq, ReadingRow.device, ReadingRow.kind, ReadingRow.at, ReadingRow.value)
    found = tx.exec(
        select(*columns)  # type: ignore[call-overload]
        .where(ReadingRow.home == row.home, col(ReadingRow.seq) > row.fed)
        .order_by(col(ReadingRow.seq))
        .limit(PORTION)
    ).all()
    readings = [Reading(row.home, device, kind, at.astimezone(zone), value) for _, device, kind, at, value in found]
    readings.sort(key=lambda reading: reading.at)
    return (found[-1][0] if found else row.fed), readings


def with_people(tx: Session, state: HomeWatch, now: datetime, limits: Limits) -> HomeWatch:
    """With the rooms, the thresholds and the absences as they are now."""
    state = rules.with_rooms(state, {device.device: device.room for device in residents.devices(tx, state.home)})
    people = residents.residents_of_home(tx, state.home)
    state = with_limits(state, merged(limits, state.home, people[0].district if people else ""))
    away = [residents.absence(tx, person.id, now) for person in people]
    ends = [absence.end for absence in away if absence is not None]
    is_empty = bool(people) and len(ends) == len(people)
    until = min(ends).timestamp() if is_empty else 0.0
    if is_empty and state.known.paused_until != until:
        return rules.pause(state, min(ends))
    if not is_empty and state.known.paused_until > now.timestamp():
        return rules.pause(state, None)
    return state


def said_since(tx: Session, row: WatchRow, state: HomeWatch, zone: ZoneInfo) -> list[DeviceState | GatewayState]:
    """What devices and the gateway said since the last look."""
    said: list[DeviceState | GatewayState] = []
    changed = select(DeviceStateRow).where(DeviceStateRow.home == row.home)
    if row.noted_at is not None:
        # what arrived before the last look may have been committed after it; noting a state twice changes nothing
        changed = changed.where(DeviceStateRow.updated_at >= row.noted_at - OVERLAP)
    for each in tx.exec(changed):
        at = (each.seen_at or each.updated_at).astimezone(zone)
        heard = each.seen_at is not None
        said.append(
            DeviceState(row.home, each.device, at, each.battery, each.battery_low, each.link, each.online, heard)
        )
    home = tx.get(HomeStateRow, row.home)
    if home is not None:
        if home.heartbeat_at is not None and home.heartbeat_at.timestamp() > state.known.gateway.beat_at:
            said.append(GatewayState(row.home, home.heartbeat_at.astimezone(zone), online=True))
        if home.online is False and home.told_at is not None:
            said.append(GatewayState(row.home, home.told_at.astimezone(zone), online=False))
    return said


def heard_at(tx: Session, home: str) -> datetime | None:
    """When anything live of the home was heard last."""
    row = tx.get(HomeStateRow, home)
    return None if row is None else row.heard_at
