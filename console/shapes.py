"""What the API answers. Times carry an offset; ids are opaque. See the contract, section 8."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

T = TypeVar("T")
#: a time, written with its offset.
Time = Annotated[
    datetime, PlainSerializer(datetime.isoformat, str), WithJsonSchema({"type": "string", "format": "date-time"})
]
Why = Literal["", "mistake", "visitor", "out", "asleep", "misheard", "device", "limit", "known", "other"]
Outcome = Literal["safe", "helped", "119", "hospital", "false_alarm", "unreachable"]


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Listing(Shape, Generic[T]):
    """A page of a list; `next` is the cursor of the following one, null on the last."""

    items: list[T]
    next: str | None = None


class Reason(Shape):
    """One part of a score: value 0-100, weight 0-1 of the whole, a sentence, and the ids of its signs."""

    part: str
    value: float
    weight: float
    text: str
    signs: list[str] = Field(default_factory=list)
    trend: float | None = None


class Score(Shape):
    """value is null below two kinds of evidence. band: 안심, 관심, 주의, 위험 or 자료 부족. coverage: 0-1."""

    value: int | None
    band: str
    coverage: float
    reasons: list[Reason] = Field(default_factory=list)


class Absence(Shape):
    reason: str
    start: Time
    end: Time


class ResidentRow(Shape):
    id: str
    name: str
    called: str
    home: str
    district: str
    born: int | None
    sex: str | None
    score: Score
    absence: Absence | None = None


class Contact(Shape):
    id: str
    name: str
    relation: str
    order: int
    topics: list[str]
    emergency: bool
    phone: str | None = None


class Resident(ResidentRow):
    phone: str | None
    address: str | None
    way_in: str | None
    conditions: list[str]
    medicines: list[str]
    consents: dict[str, bool]
    contacts: list[Contact]
    plan: dict[str, Any] | None
    quiet_from: str
    quiet_to: str


class Happening(Shape):
    """One entry of a resident's timeline. kind: sign, checkin or escalation; ref: its id."""

    at: Time
    kind: str
    text: str
    level: str | None = None
    ref: str


class Sign(Shape):
    id: str
    at: Time
    kind: str
    source: str
    text: str
    rule: str
    level: str | None = None
    part: str | None = None
    value: float | None = None
    evidence: dict[str, Any] = Field(default_factory=dict)


class Turn(Shape):
    id: str = ""
    at: Time
    who: Literal["service", "resident"]
    text: str
    confidence: float | None = None


class Skipped(Shape):
    topic: str
    text: str


class CheckIn(Shape):
    id: str
    resident: str
    due_at: Time
    state: Literal["planned", "asked", "answered", "missed", "cancelled"]
    channel: str | None = None
    attempts: int = 0
    turns: list[Turn] = Field(default_factory=list)
    skipped: list[Skipped] = Field(default_factory=list)


class Escalation(Shape):
    id: str
    resident: str | None
    resident_name: str
    home: str | None = None
    district: str = ""
    level: str
    state: str
    opened_at: Time
    acknowledge_by: Time | None = None
    acknowledged_at: Time | None
    acknowledged_by_name: str | None
    acknowledged_by: str | None = None
    confirmed_by: str | None = None
    confirmed_at: Time | None = None
    reasons: list[str]
    next_step_at: Time | None
    round: int = 0
    closed_at: Time | None = None
    closed_by: str | None = None
    outcome: str | None = None
    note: str | None = None
    why: str | None = None
    drill: bool = False
    remind_at: Time | None = None
    reminders: int = 0


class Step(Shape):
    at: Time
    seconds: float
    what: str
    text: str
    step: int | None = None
    round: int = 0
    person_kind: str = ""
    person_id: str = ""
    person_name: str = ""
    channel: str = ""


class Delivery(Shape):
    id: str
    kind: str
    channel: str
    state: str
    person_kind: str
    person_id: str
    person_name: str
    escalation: str | None = None
    checkin: str | None = None
    level: str | None = None
    posted_at: Time
    due_at: Time | None = None
    sent_at: Time | None = None
    attempts: int
    last_error: str | None = None


class Evidence(Shape):
    sign: str
    kind: str
    level: str
    at: Time
    text: str
    rule: str
    evidence: dict[str, Any] = Field(default_factory=dict)


class EscalationInFull(Escalation):
    """brief: the 119 brief by heading; spoken: the same to be read aloud in half a minute. what_if: what would have
    changed it; policy: the version that was frozen when it opened."""

    steps: list[Step]
    deliveries: list[Delivery]
    evidence: list[Evidence]
    brief: dict[str, str]
    spoken: str = ""
    what_if: list[str] = Field(default_factory=list)
    policy: str = ""


class Quarantined(Shape):
    """A message that was not used, as it came, with the reason."""

    id: str
    at: Time
    reason: str
    detail: str = ""
    home: str | None = None
    device: str | None = None
    topic: str | None = None
    payload: str | None = None


class Acknowledge(BaseModel):
    model_config = ConfigDict(extra="forbid")
    take_over: bool = False


class Close(BaseModel):
    model_config = ConfigDict(extra="forbid")
    outcome: Outcome
    note: Annotated[str, StringConstraints(max_length=2000)] = ""
    why: Why = ""


class Nothing(BaseModel):
    """An empty object."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str


class Me(Shape):
    """Who the caller is; `csrf` is what a session sends as X-CSRF-Token with each POST."""

    id: str
    name: str
    role: str
    districts: list[str]
    csrf: str | None = None
