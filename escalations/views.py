"""What others may read of escalations: plain frozen values, ready for JSON by `dataclasses.asdict`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Reason:
    """One sign an escalation rests on. sign: its id, rule: "name@version", text: a Korean sentence, evidence: JSON."""

    sign: str
    kind: str
    level: str
    at: datetime
    text: str
    rule: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Summary:
    """An escalation in a list. `reasons` are the signs' sentences, the gravest first. Times are UTC.

    next_step_at: when the next step is due, None once a person has it; acknowledge_by: when the first people asked have
    had their time, by the policy it was opened with. remind_at: when whoever has it is asked how it stands (or their
    duty ends); reminders: unanswered ones. `confirmed_by`: the contact who said
    "내가 확인할게요", shown beside. `round`: 0 at first, 1 when everybody is asked again, …; `kinds` of its signs.
    """

    id: str
    resident: str | None
    resident_name: str
    home: str | None
    level: str
    state: str
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by_name: str | None
    reasons: tuple[str, ...]
    next_step_at: datetime | None
    acknowledged_by: str | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    round: int = 0
    kinds: tuple[str, ...] = ()
    district: str = ""
    closed_at: datetime | None = None
    closed_by: str | None = None
    outcome: str | None = None
    note: str | None = None
    why: str | None = None
    drill: bool = False
    acknowledge_by: datetime | None = None
    remind_at: datetime | None = None
    reminders: int = 0


@dataclass(frozen=True)
class StepShown:
    """One entry of the ledger: what was done or what happened, to whom, `seconds` after the opening.

    what: a key of `escalations.ledger` in prompts, such as "opened", "joined", "raised", "paged", "nobody_on_duty",
    "unreachable", "sent" (a page), "told" (a notice), "page_failed", "round", "confirmed", "acknowledged", "closed".
    `text`: the same as a Korean sentence.
    """

    at: datetime
    seconds: float
    what: str
    text: str
    step: int | None = None
    round: int = 0
    person_kind: str = ""
    person_id: str = ""
    person_name: str = ""
    channel: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DeliveryShown:
    """A delivery, without its words."""

    id: str
    key: str
    kind: str
    channel: str
    state: str
    person_kind: str
    person_id: str
    person_name: str
    escalation: str | None
    checkin: str | None
    level: str | None
    posted_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    attempts: int
    again: int
    last_error: str | None


@dataclass(frozen=True)
class Detail:
    """One escalation in full. `brief` is the 119 page as text lines by heading, `spoken` what is read aloud in 30 s.

    policy: as frozen at the opening, its "version" naming every layer. what_if: what would have changed it.
    """

    summary: Summary
    steps: tuple[StepShown, ...]
    deliveries: tuple[DeliveryShown, ...]
    evidence: tuple[Reason, ...]
    brief: Mapping[str, str] = field(default_factory=dict)
    spoken: str = ""
    policy: Mapping[str, Any] = field(default_factory=dict)
    what_if: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recorded:
    """One escalation for the record, with each of its signs."""

    summary: Summary
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Sent:
    """A delivery that has left, for the record. resident: the one its escalation is about, None where it has none."""

    id: str
    kind: str
    channel: str
    person_kind: str
    person_id: str
    escalation: str | None
    checkin: str | None
    level: str | None
    sent_at: datetime
    resident: str | None


@dataclass(frozen=True)
class Listed(Generic[T]):
    """A page of a list; `next` is the cursor to hand in for the following one."""

    items: tuple[T, ...]
    next: str | None = None
