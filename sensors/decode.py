"""From one MQTT message to what it means: topic first, then the format it belongs to. Pure and total: never raises."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic_core import from_json

from sensors.message import Decoded, DeviceState, KnownHome, Message, Reason, Rejected, Sos
from sensors.native import decode_native
from sensors.tasmota import decode_tasmota
from sensors.theengs import decode_theengs
from sensors.times import identity, judge, read_time
from sensors.units import Unusable
from sensors.zigbee import decode_zigbee

#: bytes of a payload that are read; nothing a home has to say is longer.
MAX_PAYLOAD = 256 * 1024

#: what the decoder may ask: the home of this id with its devices, None when the town file does not know it.
Homes = Callable[[str], KnownHome | None]

_ID_IN_RUBBLE = re.compile(rb'"id"\s*:\s*"([^"\\]{1,200})"')


def decode(message: Message, homes: Homes, now: datetime) -> Decoded:
    """What the message holds. Anything on `homes/<home>/sos` is an SOS, whatever it says and whoever the home is."""
    into = Decoded()
    root, _, rest = message.topic.partition("/")
    name, _, rest = rest.partition("/")
    if root == "denied":
        into.rejected.append(Rejected(name, None, Reason.NOT_ALLOWED))
        return into
    if root != "homes" or not name or not rest:
        into.rejected.append(Rejected(None, None, Reason.TOPIC))
        return into
    home = homes(name)
    if rest == "sos" or (rest.startswith("sos/") and rest != "sos/ack"):
        _decode_sos(message, name, home, now, into)
    elif rest != "sos/ack":
        _decode_rest(message, name, home, rest, now, into)
    return into


def failed(message: Message) -> Decoded:
    """A message that could be read but not stored."""
    return Decoded(rejected=[Rejected(home_of(message.topic), None, Reason.FAILED)])


def beyond_understanding(message: Message) -> Decoded:
    """For a fault of our own in reading a message: shown, and from the button still an SOS."""
    decoded, home = failed(message), home_of(message.topic)
    if home and "/sos" in message.topic:
        decoded.presses.append(Sos(home, None, None, message.arrived, verified=False))
    return decoded


def home_of(topic: str) -> str | None:
    """The home a topic belongs to, None for a topic that is not the contract's."""
    parts = topic.split("/", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "homes" and parts[1] else None


def _decode_rest(message: Message, name: str, home: KnownHome | None, rest: str, now: datetime, into: Decoded) -> None:
    if home is None:
        into.rejected.append(Rejected(name, None, Reason.UNKNOWN_HOME))
    elif len(message.payload) > MAX_PAYLOAD:
        into.rejected.append(Rejected(name, None, Reason.TOO_LARGE, f"{len(message.payload)} bytes"))
    else:
        _by_format(message, home, rest, now, into)
    if message.retained:
        _withdraw(name, into)


def _by_format(message: Message, home: KnownHome, rest: str, now: datetime, into: Decoded) -> None:
    family, _, below = rest.partition("/")
    if family == "readings" and below:
        device = home.name_of(below)
        if device is None:
            into.rejected.append(Rejected(home.home, below, Reason.UNKNOWN_DEVICE))
        else:
            decode_native(message, home, device, now, into)
    elif family == "zigbee2mqtt" and below:
        decode_zigbee(message, home, below, now, into)
    elif family == "tasmota" and below:
        decode_tasmota(message, home, below, now, into)
    elif family == "BTtoMQTT" and below:
        decode_theengs(message, home, below, into)
    else:
        into.rejected.append(Rejected(home.home, None, Reason.TOPIC))


def _withdraw(home: str, into: Decoded) -> None:
    """What the broker remembers of earlier is not life now: its readings are shown, not kept."""
    if into.readings:
        into.rejected.append(Rejected(home, into.readings[0].reading.device, Reason.RETAINED))
        into.readings.clear()


def _decode_sos(message: Message, name: str, home: KnownHome | None, now: datetime, into: Decoded) -> None:
    said, faults = _sos_payload(message.payload)
    device = said.get("device")
    known = home.name_of(device) if home is not None and isinstance(device, str) else None
    if device is not None and known is None:
        faults.append((Reason.UNKNOWN_DEVICE, str(device)[:40] if isinstance(device, str) else ""))
    if (late := _fault_of_time(said.get("at"), now)) is not None:
        faults.append(late)
    if home is None:
        faults.append((Reason.UNKNOWN_HOME, ""))
    ident = identity(said.get("id")) or _id_in_rubble(message.payload)
    verified = not faults and home is not None
    into.presses.append(Sos(name, known, ident, message.arrived, verified, known_home=home is not None))
    if known is not None:
        into.devices.append(DeviceState(name, known, message.arrived, heard=not message.retained))
    into.rejected += [Rejected(name, known, reason, detail) for reason, detail in faults]


def _sos_payload(payload: bytes) -> tuple[dict[str, Any], list[tuple[Reason, str]]]:
    if not payload.strip():
        return {}, []  # an empty press is a press; nothing about it is broken
    if len(payload) > MAX_PAYLOAD:
        return {}, [(Reason.TOO_LARGE, f"{len(payload)} bytes")]
    try:
        said = from_json(payload)
    except ValueError:
        return {}, [(Reason.NOT_JSON, "")]
    return (said, []) if isinstance(said, dict) else ({}, [(Reason.MALFORMED, "")])


def _fault_of_time(at: object, now: datetime) -> tuple[Reason, str] | None:
    if at is None:
        return None
    try:
        judge(read_time(at), now)
    except Unusable as unusable:
        return unusable.reason, "at"
    return None


def _id_in_rubble(payload: bytes) -> str | None:
    """The id of a broken payload, so that its repetitions are still one SOS."""
    found = _ID_IN_RUBBLE.search(payload[:2_000])
    return identity(found.group(1).decode("utf-8", "replace")) if found else None
