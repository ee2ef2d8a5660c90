"""What comes in over MQTT and what it turns out to be: readings, states, a press of the button, or a reason why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from sensors.reading import Reading


class Reason(StrEnum):
    """Why something stands in quarantine instead of among the readings."""

    TOPIC = "topic"  # not a topic of the contract
    NOT_ALLOWED = "not_allowed"  # a home published outside its own tree
    TOO_LARGE = "too_large"  # more than MAX_PAYLOAD bytes
    NOT_JSON = "not_json"  # not UTF-8, not JSON, or nested too deeply
    MALFORMED = "malformed"  # JSON of another shape than the contract's
    UNKNOWN_HOME = "unknown_home"
    UNKNOWN_DEVICE = "unknown_device"
    UNKNOWN_KIND = "unknown_kind"
    NOT_A_NUMBER = "not_a_number"  # NaN or infinite
    OUT_OF_RANGE = "out_of_range"  # no sensor of this kind can say this
    BAD_UNIT = "bad_unit"
    BAD_TIME = "bad_time"  # no time, or one without an offset
    FUTURE = "future"  # more than MAX_FUTURE ahead of the service's clock
    STALE = "stale"  # older than MAX_AGE
    RETAINED = "retained"  # the broker's memory of an earlier message: never a sign of life
    NO_CONSENT = "no_consent"  # the resident does not want sensors (or health data) kept
    FAILED = "failed"  # the database refused this one message


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message as it arrived. `arrived` is service time; `again`: MQTT marks it redelivered."""

    topic: str
    payload: bytes
    arrived: datetime
    retained: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device of the town file. `allowed`: its readings may be kept; `health`: its vitals too."""

    kind: str
    room: str = ""
    allowed: bool = True
    health: bool = True


@dataclass(frozen=True)
class KnownHome:
    """A home of the town file with its devices by name."""

    home: str
    devices: Mapping[str, KnownDevice] = field(default_factory=dict)

    def name_of(self, device: str) -> str | None:
        """The registered name, forgiving the letter case and colons of a Bluetooth address; None when unknown."""
        if device in self.devices:
            return device
        return self._plain.get(_plain(device))

    @cached_property
    def keeps_everything(self) -> bool:
        """Whether everybody here agreed to everything being kept."""
        return all(device.allowed and device.health for device in self.devices.values())

    @cached_property
    def _plain(self) -> Mapping[str, str]:
        return {_plain(name): name for name in self.devices}


def _plain(device: str) -> str:
    return device.replace(":", "").replace("-", "").lower()


@dataclass(frozen=True, slots=True)
class Got:
    """A reading, and whether its time is the sender's own (else it is the arrival)."""

    reading: Reading
    own_time: bool


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What a device says about itself; None = not said. `battery` in %, `link` 0-255, `heard`: it was alive at `at`."""

    home: str
    device: str
    at: datetime
    battery: float | None = None
    battery_low: bool | None = None
    link: float | None = None
    online: bool | None = None
    heard: bool = True


@dataclass(frozen=True, slots=True)
class GatewayState:
    """What a home's gateway says about itself. `heard`: a live message, not the broker's memory."""

    home: str
    at: datetime
    online: bool
    heard: bool = True


@dataclass(frozen=True, slots=True)
class Sos:
    """Somebody pressed the button. id: None when the sender gave none. `verified` False: garbled, but still an SOS."""

    home: str
    device: str | None
    id: str | None
    at: datetime
    verified: bool = True
    known_home: bool = True


@dataclass(frozen=True, slots=True)
class Rejected:
    """What cannot be used, with the reason; `detail` is for a technician and holds no names."""

    home: str | None
    device: str | None
    reason: Reason
    detail: str = ""


@dataclass(slots=True)
class Decoded:
    """Everything one message holds."""

    readings: list[Got] = field(default_factory=list)
    devices: list[DeviceState] = field(default_factory=list)
    gateways: list[GatewayState] = field(default_factory=list)
    presses: list[Sos] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
