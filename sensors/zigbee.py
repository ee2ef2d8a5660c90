"""Zigbee2MQTT as it comes, with `base_topic: homes/<home>/zigbee2mqtt`: devices, availability, the bridge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json

from sensors.message import Decoded, DeviceState, GatewayState, Got, KnownHome, Message, Reason, Rejected, Sos
from sensors.reading import Reading
from sensors.times import identity, judge, read_time
from sensors.units import Unusable, measure


@dataclass(frozen=True)
class Property:
    """How one property of a message becomes a reading. `inverted`: true is kept as 0."""

    kind: str
    is_state: bool = False
    inverted: bool = False


PROPERTIES: Mapping[str, Property] = {
    "occupancy": Property("motion", is_state=True),
    "presence": Property("presence", is_state=True),
    "contact": Property("contact", is_state=True, inverted=True),  # Zigbee2MQTT: true = closed; kept: 1 = open
    "temperature": Property("temperature"),
    "humidity": Property("humidity"),
    "power": Property("power"),
    "energy": Property("energy"),
    "water_leak": Property("leak", is_state=True),
    "smoke": Property("smoke", is_state=True),
    "gas": Property("gas", is_state=True),
    "carbon_monoxide": Property("co", is_state=True),
    "vibration": Property("vibration", is_state=True),
}

#: how a device of this kind means "somebody is on me": a mat that Zigbee2MQTT calls occupancy or presence.
_BED = {"occupancy": "bed", "presence": "bed", "bed": "bed"}


def decode_zigbee(message: Message, home: KnownHome, rest: str, now: datetime, into: Decoded) -> None:
    """Add what a message below `zigbee2mqtt/` holds; `rest` is its topic after that."""
    name, _, last = rest.rpartition("/")
    if rest.startswith("bridge/"):
        _decode_bridge(message, home, rest, into)
    elif name and last == "availability":
        _decode_availability(message, home, name, into)
    elif not (name and last in {"set", "get"}):  # commands to the devices are not ours
        _decode_device(message, home, rest, now, into)


def _decode_bridge(message: Message, home: KnownHome, rest: str, into: Decoded) -> None:
    heard = not message.retained
    if rest == "bridge/state":
        online = on_or_off(message.payload)
        if online is None:
            into.rejected.append(Rejected(home.home, None, Reason.MALFORMED, "bridge/state"))
        else:
            into.gateways.append(GatewayState(home.home, message.arrived, online, heard))
    elif heard:  # bridge/health, bridge/info, …: whatever it says, the bridge is alive
        into.gateways.append(GatewayState(home.home, message.arrived, online=True))


def _decode_availability(message: Message, home: KnownHome, name: str, into: Decoded) -> None:
    device, online = home.name_of(name), on_or_off(message.payload)
    if device is None:
        into.rejected.append(Rejected(home.home, name, Reason.UNKNOWN_DEVICE))
    elif online is None:
        into.rejected.append(Rejected(home.home, device, Reason.MALFORMED, "availability"))
    else:
        into.devices.append(DeviceState(home.home, device, message.arrived, online=online, heard=False))


def on_or_off(payload: bytes) -> bool | None:
    """`{"state": "online"}` or the older plain `online`; None for anything else."""
    text: Any = payload.strip()
    if text.startswith((b"{", b'"')):
        try:
            text = from_json(text)
        except ValueError:
            return None
        text = text.get("state") if isinstance(text, dict) else text
        text = text.encode("utf-8", "replace") if isinstance(text, str) else b""
    return {b"online": True, b"offline": False}.get(text.lower())


def _decode_device(message: Message, home: KnownHome, name: str, now: datetime, into: Decoded) -> None:
    device = home.name_of(name)
    if device is None:
        into.rejected.append(Rejected(home.home, name, Reason.UNKNOWN_DEVICE))
        return
    said = as_object(message, home, device, into)
    if said is None:
        return
    _press(said, message, home, device, into)
    own = said.get("last_seen")
    try:
        at = message.arrived if own is None else judge(read_time(own), now)
    except Unusable as unusable:
        into.rejected.append(Rejected(home.home, device, unusable.reason, "last_seen"))
        return
    _state(said, home, device, at, message, into)
    _readings(said, home, device, at, own is not None, into)


def as_object(message: Message, home: KnownHome, device: str, into: Decoded) -> dict[str, Any] | None:
    """The payload as a JSON object; else None, rejected, and an SOS when the device is a button."""
    reason = Reason.MALFORMED
    try:
        said = from_json(message.payload)
        if isinstance(said, dict):
            return said
    except ValueError:
        reason = Reason.NOT_JSON
    into.rejected.append(Rejected(home.home, device, reason))
    if home.devices[device].kind == "sos":
        into.presses.append(Sos(home.home, device, None, message.arrived, verified=False))
    return None


def _press(said: Mapping[str, Any], message: Message, home: KnownHome, device: str, into: Decoded) -> None:
    action = said.get("action")
    if home.devices[device].kind == "sos" and action not in (None, ""):
        into.presses.append(
            Sos(home.home, device, identity(said.get("id")), message.arrived, verified=isinstance(action, str))
        )


def _state(
    said: Mapping[str, Any], home: KnownHome, device: str, at: datetime, message: Message, into: Decoded
) -> None:
    into.devices.append(
        DeviceState(
            home.home,
            device,
            at,
            battery=_number(said, "battery", 100, home, device, into),
            battery_low=_flag(said, "battery_low", home, device, into),
            link=_number(said, "linkquality", 255, home, device, into),
            heard=not message.retained,
        )
    )


def _number(
    said: Mapping[str, Any], key: str, most: float, home: KnownHome, device: str, into: Decoded
) -> float | None:
    value = said.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        into.rejected.append(Rejected(home.home, device, Reason.MALFORMED, key))
        return None
    return float(value)


def _flag(said: Mapping[str, Any], key: str, home: KnownHome, device: str, into: Decoded) -> bool | None:
    value = said.get(key)
    if value is None or isinstance(value, bool):
        return value
    into.rejected.append(Rejected(home.home, device, Reason.MALFORMED, key))
    return None


def _readings(
    said: Mapping[str, Any], home: KnownHome, device: str, at: datetime, own_time: bool, into: Decoded
) -> None:
    on_bed = home.devices[device].kind == "bed"
    for key in said.keys() & PROPERTIES.keys():
        rule, value = PROPERTIES[key], said[key]
        if value is None:  # Zigbee2MQTT says null until it knows
            continue
        kind = _BED.get(key, rule.kind) if on_bed else rule.kind
        try:
            reading = Reading(home.home, device, kind, at, _value(rule, kind, value))
            into.readings.append(Got(reading, own_time))
        except Unusable as unusable:
            into.rejected.append(Rejected(home.home, device, unusable.reason, key))


def _value(rule: Property, kind: str, value: object) -> float:
    if rule.is_state:
        if not isinstance(value, bool):
            raise Unusable(Reason.MALFORMED)
        return float(value is not rule.inverted)
    return measure(kind, as_number(value))


def as_number(value: object) -> float:
    """A JSON number as a float. Raises Unusable for anything else, true and false included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable(Reason.MALFORMED)
    try:
        return float(value)
    except OverflowError:
        raise Unusable(Reason.OUT_OF_RANGE) from None
