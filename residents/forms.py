"""What a row of each of a town file's tables must look like."""

import re
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from prompts import load
from residents.addresses import MOST, shape_fault
from residents.people import Consent, Topic

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: readings' kinds (the contract's list) and what else may stand in a home.
DEVICE_KINDS = frozenset(
    [
        "motion",
        "presence",
        "contact",
        "bed",
        "power",
        "energy",
        "water",
        "temperature",
        "humidity",
        "smoke",
        "gas",
        "co",
        "leak",
        "vibration",
        "fall",
        "sos",
        "heart_rate",
        "spo2",
        "systolic",
        "diastolic",
        "glucose",
        "body_temperature",
        "weight",
        "steps",
        "speaker",
        "gateway",
    ]
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _visible(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("holds control characters")
    return value


def _plain(value: str) -> str:
    _visible(value)
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def _address(value: str) -> str:
    if fault := shape_fault(value):
        raise ValueError(fault)
    return value


def _clock(value: str) -> str:
    if not _CLOCK.fullmatch(value):
        raise ValueError("must be a time such as 09:30")
    return value


def _closing(value: str) -> str:
    return value if value == "24:00" else _clock(value)


def _days(value: Any) -> Any:
    return _named_days(value, DAYS, '"daily" or days such as ["mon", "wed"]')


def _duty_days(value: Any) -> Any:
    """A shift may name public holidays beside the weekdays."""
    return _named_days(value, (*DAYS, "holiday"), '"daily" or days such as ["mon", "wed", "holiday"]')


def _named_days(value: Any, names: tuple[str, ...], such: str) -> Any:
    days = value.split(",") if isinstance(value, str) and value != "daily" else value
    if days == "daily":
        return days
    if not isinstance(days, list) or not days or any(str(day).strip() not in names for day in days):
        raise ValueError(f"must be {such}")
    return [day for day in names if day in {str(d).strip() for d in days}]


Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.\-]+$")]
HomeId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.\-]+$")]
DeviceId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^/+#\x00-\x1f]+$")]
Line = Annotated[str, Field(max_length=200), AfterValidator(_plain)]
LongText = Annotated[str, Field(max_length=2000), AfterValidator(_plain)]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9 \-]{1,22}$")]
ClockTime = Annotated[str, AfterValidator(_clock)]
#: addresses of e-mail, SMS and others; None: not spoken of, what is noted stays.
Addresses = Annotated[list[Annotated[str, AfterValidator(_address)]], Field(max_length=MOST)] | None
ClosingTime = Annotated[str, AfterValidator(_closing)]


class Strict(BaseModel):
    """Nothing is guessed: an unknown field or another type is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PlanIn(Strict):
    """When and how a resident is asked."""

    days: str | list[str] = "daily"
    at: Annotated[list[ClockTime], Field(min_length=1, max_length=24)] = ["09:30"]
    attempts_min: Annotated[list[Annotated[int, Field(ge=0, le=720)]], Field(min_length=1, max_length=10)] = [0, 10, 60]
    channels: Annotated[list[Literal["speaker", "telegram"]], Field(min_length=1)] = ["speaker", "telegram"]
    script: Line = "daily"

    _check_days = field_validator("days", mode="before")(_days)

    @field_validator("at")
    @classmethod
    def _once_each(cls, at: list[str]) -> list[str]:
        if len(set(at)) != len(at):
            raise ValueError("names a time twice")
        return sorted(at)

    @field_validator("attempts_min")
    @classmethod
    def _rising(cls, minutes: list[int]) -> list[int]:
        if minutes[0] != 0 or any(a >= b for a, b in pairwise(minutes)):
            raise ValueError("must begin with 0 and rise, such as [0, 10, 60]")
        return minutes


class ResidentIn(Strict):
    """A row of `residents`."""

    id: Id
    name: Line
    called: Line | None = None
    born: Annotated[int, Field(ge=1890, le=2026)] | None = None
    sex: Literal["F", "M"] | None = None
    district: Annotated[str, Field(max_length=100), AfterValidator(_visible)] = ""
    home: HomeId
    phone: Phone | None = None
    address: LongText | None = None
    way_in: LongText | None = None
    conditions: list[Line] = []
    medicines: list[Line] = []
    consents: list[Consent] = []
    plan: PlanIn | None = None
    quiet_from: ClockTime = "21:00"
    quiet_to: ClockTime = "08:00"
    rate: Annotated[int, Field(ge=60, le=260)] | None = None
    pitch: Annotated[int, Field(ge=0, le=100)] | None = None
    formal: bool | None = None
    notes: LongText | None = None

    @field_validator("consents", mode="before")
    @classmethod
    def _known_consents(cls, topics: Any) -> Any:
        return _each(topics, Consent)


class ContactIn(Strict):
    """A row of `contacts`."""

    id: Id
    resident: Id
    name: Line
    relation: Line = Field(default_factory=lambda: load().text("residents.relation"))
    order: Annotated[int, Field(ge=1, le=99)] = 1
    topics: list[Topic] = []
    phone: Phone | None = None
    emergency: bool = True
    notify: Addresses = None

    @field_validator("topics", mode="before")
    @classmethod
    def _known_topics(cls, topics: Any) -> Any:
        return _each(topics, Topic)


class DeviceIn(Strict):
    """A row of `devices`."""

    home: HomeId
    device: DeviceId
    kind: str
    room: Annotated[str, Field(max_length=64), AfterValidator(_visible)] = ""
    resident: Id | None = None
    address: Annotated[str, Field(max_length=200, pattern=r"^tcp://[\w.\-\[\]:]+$")] | None = None

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, kind: str) -> str:
        if kind not in DEVICE_KINDS:
            raise ValueError(f"unknown kind; one of {' '.join(sorted(DEVICE_KINDS))}")
        return kind


class CoordinatorIn(Strict):
    """A row of `coordinators`."""

    id: Id
    name: Line
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]
    role: Literal["admin", "supervisor", "coordinator", "technician", "viewer"] = "coordinator"
    districts: list[Line] = []
    notify: Addresses = None


class ShiftIn(Strict):
    """A row of `roster`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    coordinator: Id
    days: str | list[str] = "daily"
    start: Annotated[ClockTime, Field(alias="from")]
    end: Annotated[ClosingTime, Field(alias="to")]
    rank: Annotated[int, Field(ge=1, le=9)] = 1

    _check_days = field_validator("days", mode="before")(_duty_days)


def _each(values: Any, kind: type[Consent] | type[Topic]) -> Any:
    if not isinstance(values, list) or any(v not in set(kind) for v in values):
        raise ValueError(f"must be a list of {', '.join(kind)}")
    return [kind(v) for v in dict.fromkeys(values)]
