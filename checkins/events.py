"""What can happen to a check-in, and what must be done because of it. Pure data; checkin.py decides."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Due:
    """The row's time has come. `allowed`: channels with consent; `reachable`: those that would get through now.

    waits: the last question has not been said yet, for there is no room for it; said_at: when it was,
    after such a wait.
    """

    reachable: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ("speaker", "telegram")
    quiet_until: datetime | None = None
    absent: bool = False
    waits: bool = False
    said_at: datetime | None = None


@dataclass(frozen=True)
class Begun:
    """The resident began to talk on this channel; nothing understood has been said yet."""

    channel: str


@dataclass(frozen=True)
class Answered:
    """The resident said something that was understood (a refusal is an answer too)."""

    channel: str


@dataclass(frozen=True)
class NotReached:
    """The question did not get through on this channel."""

    channel: str


@dataclass(frozen=True)
class Cancelled:
    """It is not to be asked any more."""

    reason: str


@dataclass(frozen=True)
class LateAnswer:
    """The resident spoke after the check-in had been missed."""

    channel: str


@dataclass(frozen=True)
class DownTooLong:
    """The service stood still for so long that asking now would make no sense."""


Event = Due | Begun | Answered | NotReached | Cancelled | LateAnswer | DownTooLong


@dataclass(frozen=True)
class Ask:
    """Put the question now, on this channel."""

    channel: str
    attempt: int


@dataclass(frozen=True)
class NobodyReached:
    """This attempt found no channel that gets through; the next one comes by time."""

    attempt: int


@dataclass(frozen=True)
class Missed:
    """No answer. `down`: because the service stood still, not the resident."""

    attempts: int
    unreachable: int
    down: bool


@dataclass(frozen=True)
class Closed:
    """The miss is over: the resident has answered. Whoever was told of it is told of this."""


Outcome = Ask | NobodyReached | Missed | Closed
