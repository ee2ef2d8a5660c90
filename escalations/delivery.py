"""A delivery: one message on its way to one address. "Sent" is written after success, never before. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from escalations.errors import IllegalStep
from residents.sign import Level


class State(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"  # it has not arrived as far as anybody knows; it will be tried (again)
    SENT = "sent"  # the channel has taken it; whether somebody read it is another question
    FAILED = "failed"  # it will never arrive this way: refused, or too late to be of use
    CANCELLED = "cancelled"  # no longer needed


@dataclass(frozen=True)
class Delivery:
    """A delivery's state. attempts: how many were begun; again: how many of them may have arrived unnoticed."""

    state: State = State.WAITING
    attempts: int = 0
    in_flight: bool = False  # an attempt has begun and nobody has said how it went
    again: int = 0
    level: Level | None = None


@dataclass(frozen=True)
class Tried:
    """An attempt begins."""


@dataclass(frozen=True)
class Sent:
    """The channel took it."""


@dataclass(frozen=True)
class Refused:
    """The channel will never take it."""


@dataclass(frozen=True)
class Delayed:
    """The channel cannot take it now. unsure: it may have arrived all the same (time-out). full: it has no room yet,
    and whoever ordered it waits, but for an emergency."""

    retry_after_s: float | None = None
    unsure: bool = False
    full: bool = False


@dataclass(frozen=True)
class Expired:
    """Its time has passed unsent."""


@dataclass(frozen=True)
class Cancelled:
    """Nobody needs it any more."""


Event = Tried | Sent | Refused | Delayed | Expired | Cancelled


@dataclass(frozen=True)
class Retry:
    """Try again after this many REAL seconds."""

    after_s: float


@dataclass(frozen=True)
class GiveUp:
    """Never by this way: whoever ordered it must know at once."""


@dataclass(frozen=True)
class Warn:
    """Not lost, but slow: whoever ordered it must not wait for it."""


Todo = Retry | GiveUp | Warn
Decision = tuple[Delivery, tuple[Todo, ...]]

#: every transition there is: (state, event) → state. None: it does not exist yet.
TRANSITIONS: Mapping[tuple[State, type[Any]], State] = MappingProxyType(
    {
        (State.WAITING, Tried): State.WAITING,
        (State.WAITING, Sent): State.SENT,
        (State.WAITING, Delayed): State.WAITING,
        (State.WAITING, Refused): State.FAILED,
        (State.WAITING, Expired): State.FAILED,
        (State.WAITING, Cancelled): State.CANCELLED,
        # it was on its way when it was cancelled: the record says what happened
        (State.CANCELLED, Sent): State.SENT,
        (State.CANCELLED, Delayed): State.CANCELLED,
        (State.CANCELLED, Refused): State.CANCELLED,
    }
)

#: the longest wait between two attempts, REAL time.
LONGEST = {Level.EMERGENCY: timedelta(seconds=15), Level.URGENT: timedelta(minutes=1)}
LONGEST_OTHERWISE = timedelta(minutes=5)
#: what is not through after this long is not waited for.
PATIENCE = timedelta(seconds=3)


def decide(state: Delivery, event: Event) -> Decision:
    """The new state and what is to be done. Raises IllegalStep for a jump that is not in TRANSITIONS."""
    after = TRANSITIONS.get((state.state, type(event)))
    if after is None:
        raise IllegalStep(state.state, type(event).__name__)
    moved = replace(state, state=after)
    if isinstance(event, Tried):
        return _tried(moved), ()
    if isinstance(event, Cancelled):
        return moved, ()  # an attempt that has begun may still arrive
    landed = replace(moved, in_flight=isinstance(event, Delayed) and event.unsure)
    if isinstance(event, Delayed) and event.full:
        landed = replace(landed, attempts=moved.attempts - 1)  # it has not been tried yet: the back-off stays short
    if isinstance(event, Delayed) and after is State.WAITING:
        return landed, _delayed(landed, event)
    return landed, (GiveUp(),) if after is State.FAILED else ()


def back_off(attempts: int, level: Level | None, retry_after_s: float | None) -> float:
    """REAL seconds until the next attempt: 1, 2, 4, … up to the level's longest, never less than the channel
    asked; an emergency just then."""
    if level is Level.EMERGENCY and retry_after_s is not None:
        return max(1.0, retry_after_s)
    longest = LONGEST.get(level, LONGEST_OTHERWISE) if level else LONGEST_OTHERWISE
    own = min(2.0 ** min(max(attempts - 1, 0), 16), longest.total_seconds())
    return max(own, retry_after_s or 0.0)


def _tried(state: Delivery) -> Delivery:
    again = state.again + state.in_flight  # an attempt nobody heard of again may have arrived
    return replace(state, attempts=state.attempts + 1, in_flight=True, again=again)


def _delayed(state: Delivery, event: Delayed) -> tuple[Todo, ...]:
    if event.full and event.retry_after_s is not None:
        room = Retry(event.retry_after_s)
        return (room, Warn()) if state.level is Level.EMERGENCY else (room,)  # nobody in danger waits for room
    after_s = back_off(state.attempts, state.level, event.retry_after_s)
    slow = event.unsure or after_s > PATIENCE.total_seconds() or state.attempts > 1
    return (Retry(after_s), Warn()) if slow and state.level else (Retry(after_s),)
