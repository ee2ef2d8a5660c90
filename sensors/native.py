"""Native readings, `homes/<home>/readings/<device>`: one JSON object or a list of them, parsed strictly."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

from sensors.message import Decoded, Got, KnownHome, Message, Reason, Rejected, Sos
from sensors.reading import Reading
from sensors.times import identity, judge
from sensors.units import Unusable, measure

#: readings in one message; a longer list is refused whole.
MAX_LIST = 2_000


class NativeReading(BaseModel):
    """The contract's reading. Anything beyond these fields is ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=True)

    kind: str
    value: float | bool
    at: AwareDatetime | None = None
    id: str | int | None = None
    unit: str | None = None


_ONE = TypeAdapter(NativeReading)


def decode_native(message: Message, home: KnownHome, device: str, now: datetime, into: Decoded) -> None:
    """Add what the message holds: each reading of a list is judged by itself."""
    try:
        into.readings.append(_judged(_ONE.validate_json(message.payload), message, home, device, now, into))
    except Unusable as unusable:
        into.rejected.append(Rejected(home.home, device, unusable.reason, unusable.detail))
    except ValidationError as error:
        _decode_slowly(message, home, device, now, into, error)


def _decode_slowly(
    message: Message, home: KnownHome, device: str, now: datetime, into: Decoded, error: ValidationError
) -> None:
    try:
        whole = from_json(message.payload)
    except ValueError:
        whole = None
    if not isinstance(whole, list):
        _refuse(whole, message, home, device, into, error)
    elif not whole or len(whole) > MAX_LIST:
        reason = Reason.TOO_LARGE if whole else Reason.MALFORMED
        into.rejected.append(Rejected(home.home, device, reason, f"list of {len(whole)}"))
    else:
        for item in whole:
            _decode_item(item, message, home, device, now, into)


def _decode_item(item: object, message: Message, home: KnownHome, device: str, now: datetime, into: Decoded) -> None:
    try:
        reading = _ONE.validate_python(_with_time(item))
        into.readings.append(_judged(reading, message, home, device, now, into))
    except Unusable as unusable:
        into.rejected.append(Rejected(home.home, device, unusable.reason, unusable.detail))
    except ValidationError as error:
        _refuse(item, message, home, device, into, error)


def _with_time(item: object) -> object:
    # strict Python validation wants a datetime where strict JSON takes an ISO text.
    if isinstance(item, dict) and isinstance(item.get("at"), str):
        try:
            return item | {"at": datetime.fromisoformat(item["at"])}
        except ValueError:
            return item
    return item


def _judged(got: NativeReading, message: Message, home: KnownHome, device: str, now: datetime, into: Decoded) -> Got:
    ident = identity(got.id)
    if got.kind == "sos" and got.value:
        # before anything can refuse it: a late or odd press is still a press
        into.presses.append(Sos(home.home, device, ident, message.arrived, verified=got.at is not None))
    value = measure(got.kind, float(got.value), got.unit)
    at = message.arrived if got.at is None else judge(got.at, now)
    return Got(Reading(home.home, device, got.kind, at, value, id=ident), own_time=got.at is not None)


def _refuse(
    item: object, message: Message, home: KnownHome, device: str, into: Decoded, error: ValidationError
) -> None:
    into.rejected.append(_refusal(home.home, device, error.errors(include_url=False)[0]))
    if _might_be_sos(item, home.devices[device].kind):
        into.presses.append(Sos(home.home, device, None, message.arrived, verified=False))


def _might_be_sos(item: object, device_kind: str) -> bool:
    """Whether what cannot be read may have been the button: said to be, or anything unreadable from a button."""
    if isinstance(item, dict) and "kind" in item:
        return item["kind"] == "sos" and item.get("value") not in (0, False)
    return device_kind == "sos"


def _refusal(home: str, device: str, problem: ErrorDetails) -> Rejected:
    where = str(problem["loc"][0]) if problem["loc"] else ""
    return Rejected(home, device, _reason(problem["type"], where), f"{where}: {problem['type']}"[:80])


def _reason(kind: str, where: str) -> Reason:
    if kind == "json_invalid":
        return Reason.NOT_JSON
    if where == "at":
        return Reason.BAD_TIME
    return Reason.MALFORMED
