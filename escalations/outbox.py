"""The outbox: what must leave the house, committed together with the state that owes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from residents.sign import Level


@dataclass(frozen=True)
class Order:
    """One delivery to post. `key` makes it one: the same key posted again changes nothing.

    kind: "page" | "notice" | "question" | "say" | "digest" | "sos_ack".
    channel: "telegram" | "speaker" | "webhook" | "apprise" | "mqtt"; address: chat id, "home/device", URL, topic.
    person_kind, person_id: whom it is for ("resident" | "contact" | "coordinator"), empty for a program.
    level: emergencies pass everything else. body: {"text", "buttons": [{"text", "data"}], …}, sealed at rest.
    not_before: service time, None = now. expires_at: service time after which it is cancelled unsent.
    step: the escalation's step that posted a page.
    """

    key: str
    kind: str
    channel: str
    address: str
    body: Mapping[str, Any] = field(repr=False)
    person_kind: str = ""
    person_id: str = ""
    escalation: str | None = None
    checkin: str | None = None
    level: Level | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    step: int | None = None


def post(tx: Session, order: Order, now: datetime) -> str:
    """Put one delivery into the outbox and return its id (the earlier one's id for a known key). Wakes the senders."""
    raise NotImplementedError


def cancel(
    tx: Session,
    now: datetime,
    *,
    escalation: str | None = None,
    checkin: str | None = None,
    kinds: tuple[str, ...] = (),
    person: tuple[str, str] | None = None,
) -> int:
    """Cancel what still waits for this escalation or check-in (of these kinds, for this person). Returns how many."""
    raise NotImplementedError
