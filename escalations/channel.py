"""The port every channel fills (bot, speaker, webhook, apprise). A channel sends; it decides and saves nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class DeliveryOut:
    """One delivery to be sent now.

    key: the idempotency key; the same at every attempt, channels that can hand it on do.
    kind: page | notice | question | say | digest | sos_ack. address: chat id, "home/device", URL or topic.
    body: {"text", "buttons": [{"text", "data"}], "plain", …}; `plain` is the text where no button can be pressed; a
    notice with {"edit": true, "ref": r} may replace the message whose Receipt had the ref r.
    step: the serial of the escalation's step that posted it. attempt: 1 at first.
    again: how many earlier attempts may have arrived although nobody knows (a crash between sending and noting it);
    the sender has already said so in the text.
    """

    id: str
    key: str
    kind: str
    channel: str
    address: str
    body: Mapping[str, Any] = field(repr=False)
    person_kind: str = ""
    person_id: str = ""
    escalation: str | None = None
    checkin: str | None = None
    level: str | None = None
    step: int | None = None
    attempt: int = 1
    again: int = 0
    expires_at: datetime | None = None

    @property
    def plain(self) -> str:
        """The text for a channel without buttons."""
        return str(self.body.get("plain") or self.body.get("text") or "")


@dataclass(frozen=True)
class Receipt:
    """The channel took it. `ref`: the channel's own name for the message (Telegram's message id), for a later edit."""

    ref: str | None = None


class Refused(Exception):
    """Permanent: this address will never take this delivery (blocked bot, bad request). The reason carries no names."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotNow(Exception):
    """Temporary: try again, not before `retry_after_s` REAL seconds (None: the sender's own back-off).

    full: it would arrive, but there is no room for it yet: tried again just then, as long as it takes, and no failure.
    """

    def __init__(self, reason: str, retry_after_s: float | None = None, *, full: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.full = full


class Channel(Protocol):
    """A channel's edge."""

    async def send(self, delivery: DeliveryOut) -> Receipt:
        """Send it, or raise Refused or NotNow (as any other exception counts). Safe to call concurrently."""
        ...
