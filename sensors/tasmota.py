"""Tasmota, `homes/<home>/tasmota/tele/<device>/…`: SENSOR is readings, LWT says whether the device is there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sensors.message import Decoded, DeviceState, Got, KnownHome, Message, Reason, Rejected
from sensors.reading import Reading
from sensors.times import judge, read_time
from sensors.units import Unusable, measure
from sensors.zigbee import as_number, as_object, on_or_off

#: field of any sensor block → kind. Tasmota's own names; its energy block says Power in W and Total in kWh.
FIELDS = {"Temperature": "temperature", "Humidity": "humidity", "Power": "power", "Total": "energy"}


def decode_tasmota(message: Message, home: KnownHome, rest: str, now: datetime, into: Decoded) -> None:
    """Add what a message below `tasmota/` holds; `rest` is its topic after that."""
    parts = rest.split("/")
    if parts[0] in {"cmnd", "stat"} or (parts[0] == "tele" and parts[-1] not in {"SENSOR", "LWT"}):
        return  # commands, their results, STATE and INFO: nothing about the home
    if len(parts) < 3 or parts[0] != "tele":
        into.rejected.append(Rejected(home.home, None, Reason.TOPIC))
        return
    name = "/".join(parts[1:-1])
    device = home.name_of(name)
    if device is None:
        into.rejected.append(Rejected(home.home, name, Reason.UNKNOWN_DEVICE))
    elif parts[-1] == "LWT":
        _lwt(message, home, device, into)
    else:
        _sensor(message, home, device, now, into)


def _lwt(message: Message, home: KnownHome, device: str, into: Decoded) -> None:
    online = on_or_off(message.payload)
    if online is None:
        into.rejected.append(Rejected(home.home, device, Reason.MALFORMED, "LWT"))
    else:
        into.devices.append(DeviceState(home.home, device, message.arrived, online=online, heard=False))


def _sensor(message: Message, home: KnownHome, device: str, now: datetime, into: Decoded) -> None:
    said = as_object(message, home, device, into)
    if said is None:
        return
    try:
        own = _own_time(said)
        at = message.arrived if own is None else judge(own, now)
    except Unusable as unusable:
        into.rejected.append(Rejected(home.home, device, unusable.reason, "Time"))
        return
    into.devices.append(DeviceState(home.home, device, at, heard=not message.retained))
    for block in said.values():
        if isinstance(block, dict):
            _block(block, said.get("TempUnit"), home, device, at, own is not None, into)


def _own_time(said: Mapping[str, Any]) -> datetime | None:
    """Tasmota says local time without its offset unless told otherwise; then only the arrival is certain."""
    text = said.get("Time")
    if text is None:
        return None
    try:
        return read_time(text)
    except Unusable as unusable:
        if unusable.detail == "no offset":
            return None
        raise


def _block(
    block: Mapping[str, Any], degrees: object, home: KnownHome, device: str, at: datetime, own: bool, into: Decoded
) -> None:
    for key in block.keys() & FIELDS.keys():
        kind, value = FIELDS[key], block[key]
        if value is None:
            continue
        unit = degrees if kind == "temperature" and isinstance(degrees, str) else None
        try:
            reading = Reading(home.home, device, kind, at, measure(kind, _sum(value), unit))
            into.readings.append(Got(reading, own))
        except Unusable as unusable:
            into.rejected.append(Rejected(home.home, device, unusable.reason, key))


def _sum(value: object) -> float:
    """A meter of several phases says a list; the home draws their sum."""
    return sum(as_number(part) for part in value) if isinstance(value, list) else as_number(value)
