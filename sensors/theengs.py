"""Bluetooth health devices by OpenMQTTGateway or Theengs, `homes/<home>/BTtoMQTT/<mac>`."""

from collections.abc import Mapping
from typing import Any

from sensors.message import Decoded, DeviceState, Got, KnownHome, Message, Reason, Rejected
from sensors.reading import Reading
from sensors.units import Unusable, measure
from sensors.zigbee import as_number, as_object

#: field → (kind, unit it is in, "" = the kept one). Theengs decoder's names and those of the common health profiles.
FIELDS: Mapping[str, tuple[str, str]] = {
    "tempc": ("temperature", "°C"),
    "hum": ("humidity", "%"),
    "weight": ("weight", ""),
    "steps": ("steps", ""),
    "step": ("steps", ""),
    "bpm": ("heart_rate", "bpm"),
    "act_bpm": ("heart_rate", "bpm"),
    "heart_rate": ("heart_rate", "bpm"),
    "pulse": ("heart_rate", "bpm"),
    "spo2": ("spo2", "%"),
    "systolic": ("systolic", ""),
    "diastolic": ("diastolic", ""),
    "sys": ("systolic", ""),
    "dia": ("diastolic", ""),
    "glucose": ("glucose", ""),
    "power": ("power", "W"),
    "energy": ("energy", "kWh"),
}

#: fields that are true or false.
FLAGS: Mapping[str, str] = {"motion": "motion", "open": "contact", "presence": "presence", "water_leak": "leak"}

#: what a contact sensor says in words (SwitchBot's); a door left open is open.
CONTACTS: Mapping[str, float] = {"open": 1.0, "timeout not closed": 1.0, "closed": 0.0}

#: kinds whose unit the message itself may name in `unit`.
_NAMED_UNIT = {"weight", "systolic", "diastolic", "glucose"}


def decode_theengs(message: Message, home: KnownHome, name: str, into: Decoded) -> None:
    """Add what one advertisement holds. It carries no time of its own: its arrival counts."""
    device = home.name_of(name)
    if device is None:
        into.rejected.append(Rejected(home.home, name, Reason.UNKNOWN_DEVICE))
        return
    said = as_object(message, home, device, into)
    if said is None:
        return
    into.devices.append(_state(said, message, home, device))
    for key in said.keys() & (FIELDS.keys() | FLAGS.keys() | {"contact"}):
        if said[key] is None or (key == "weight" and said.get("weighing_mode") == "object"):
            continue  # a scale weighs shopping bags too: the resident has lost no fifty kilogrammes
        try:
            into.readings.append(_reading(key, said, message, home, device))
        except Unusable as unusable:
            into.rejected.append(Rejected(home.home, device, unusable.reason, key))


def _state(said: Mapping[str, Any], message: Message, home: KnownHome, device: str) -> DeviceState:
    battery, heard = said.get("batt"), not message.retained
    if isinstance(battery, bool) or not isinstance(battery, int | float) or not 0 <= battery <= 100:
        return DeviceState(home.home, device, message.arrived, heard=heard)
    return DeviceState(home.home, device, message.arrived, battery=float(battery), heard=heard)


def _reading(key: str, said: Mapping[str, Any], message: Message, home: KnownHome, device: str) -> Got:
    if key in FLAGS:
        if not isinstance(said[key], bool):
            raise Unusable(Reason.MALFORMED)
        return Got(Reading(home.home, device, FLAGS[key], message.arrived, float(said[key])), own_time=False)
    if key == "contact":
        if not isinstance(said[key], str) or said[key] not in CONTACTS:
            raise Unusable(Reason.MALFORMED)
        return Got(Reading(home.home, device, "contact", message.arrived, CONTACTS[said[key]]), own_time=False)
    kind, unit = FIELDS[key]
    named = said.get("unit")
    if kind in _NAMED_UNIT and isinstance(named, str):
        unit = named
    if kind == "temperature" and home.devices[device].kind == "body_temperature":
        kind = "body_temperature"  # the same field on a thermometer for people
    value = measure(kind, as_number(said[key]), unit)
    return Got(Reading(home.home, device, kind, message.arrived, value), own_time=False)
