"""What a batch of messages changes, gathered in one pass: which homes are due, what devices and gateways said."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sensors.message import Decoded, Message

#: service time after which a home's rules look at ordinary readings; several in that time cost one look.
LOOK_AFTER = timedelta(seconds=10)
#: kinds that cannot wait even so long.
DANGERS = frozenset({"smoke", "gas", "co", "leak", "fall"})

_DEVICE = dict.fromkeys(("seen_at", "battery", "battery_low", "link", "online"))
_HOME = dict.fromkeys(("online", "told_at", "heartbeat_at", "heard_at"))


@dataclass(frozen=True, slots=True)
class Item:
    """One message and what it holds, consents already applied."""

    message: Message
    decoded: Decoded


@dataclass
class Gathered:
    """due: home → when its rules must look. devices, homes: rows to be merged into what is known. is_urgent: some
    home's rules must look at once."""

    due: dict[str, datetime] = field(default_factory=dict)
    devices: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_urgent: bool = False


def gather(items: Iterable[Item]) -> Gathered:
    """Everything but the readings themselves and what was refused."""
    all_of = Gathered()
    for item in items:
        home = _home_of(item.decoded)
        if home is not None:
            _note(item, home, all_of)
    return all_of


def _home_of(decoded: Decoded) -> str | None:
    if decoded.readings:
        return decoded.readings[0].reading.home
    if decoded.devices:
        return decoded.devices[0].home
    return decoded.gateways[0].home if decoded.gateways else None


def _note(item: Item, home: str, all_of: Gathered) -> None:
    decoded, arrived = item.decoded, item.message.arrived
    look_at = arrived + LOOK_AFTER
    for got in decoded.readings:
        reading = got.reading
        row = _device(all_of, home, reading.device, arrived)
        if row["seen_at"] is None or reading.at > row["seen_at"]:
            row["seen_at"] = reading.at
        if reading.kind in DANGERS and reading.value:
            look_at = arrived
            all_of.is_urgent = True
    for state in decoded.devices:
        _note_device(_device(all_of, home, state.device, arrived), state)
    _note_home(item, home, all_of)
    if home not in all_of.due or look_at < all_of.due[home]:
        all_of.due[home] = look_at


def _device(all_of: Gathered, home: str, device: str, at: datetime) -> dict[str, Any]:
    row = all_of.devices.get((home, device))
    if row is None:
        row = all_of.devices[(home, device)] = {"home": home, "device": device, **_DEVICE, "updated_at": at}
    return row


def _note_device(row: dict[str, Any], state: Any) -> None:
    if state.heard:
        row["seen_at"] = _later(row["seen_at"], state.at)
    for name in ("battery", "battery_low", "link", "online"):
        if (value := getattr(state, name)) is not None:
            row[name] = value


def _note_home(item: Item, home: str, all_of: Gathered) -> None:
    decoded = item.decoded
    row = all_of.homes.get(home)
    if row is None:
        row = all_of.homes[home] = {"home": home, **_HOME}
    if not item.message.retained and (decoded.readings or any(state.heard for state in decoded.devices)):
        row["heard_at"] = _later(row["heard_at"], item.message.arrived)
    for state in decoded.gateways:
        row["online"], row["told_at"] = state.online, state.at
        if state.heard and state.online:  # a goodbye is the broker's word, not the gateway's
            row["heartbeat_at"] = _later(row["heartbeat_at"], state.at)
            row["heard_at"] = _later(row["heard_at"], state.at)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one
