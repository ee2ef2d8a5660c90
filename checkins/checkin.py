"""One check-in: planned → asked → answered or missed. Pure: `step(checkin, event, now)`; the diagram is checkin.mmd."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from checkins.events import (
    Answered,
    Ask,
    Begun,
    Cancelled,
    Closed,
    DownTooLong,
    Due,
    Event,
    LateAnswer,
    Missed,
    NobodyReached,
    NotReached,
    Outcome,
)

#: what is overdue longer than this after downtime is not asked any more: a person looks instead.
OVERDUE = timedelta(hours=2)
#: how long an answer is waited for after the last attempt, at most (less where attempts follow closer).
LAST_WAIT = timedelta(minutes=10)
_PROMPT = timedelta(minutes=1)


class State(StrEnum):
    """Where a check-in stands."""

    PLANNED = "planned"  # a slot to come; nothing has been asked
    ASKED = "asked"  # at least one attempt has begun; an answer is waited for
    ANSWERED = "answered"  # the resident said something that was understood; the talk may still run
    MISSED = "missed"  # every attempt passed without an answer; a person has been told
    CANCELLED = "cancelled"  # not to be asked: away, no consent, nothing said; `reason` says which


class Origin(StrEnum):
    """Why there is this check-in."""

    PLAN = "plan"  # a slot of the plan
    RETURN = "return"  # the resident is back from an absence
    REQUEST = "request"  # a person of the control centre wants it now
    SILENCE = "silence"  # the home has been silent: is everything all right?
    RESIDENT = "resident"  # the resident began to talk


@dataclass(frozen=True)
class CheckIn:
    """attempt: how many have begun. base_at: what attempts_min counts from. tried: channels that failed in this
    attempt; again: it is to go out on another channel at once. unreachable: attempts that reached no channel.
    """

    id: str
    resident: str
    planned_at: datetime
    origin: Origin = Origin.PLAN
    state: State = State.PLANNED
    due_at: datetime | None = None
    attempts_min: tuple[int, ...] = (0, 10, 60)
    channels: tuple[str, ...] = ("speaker", "telegram")
    attempt: int = 0
    tried: tuple[str, ...] = ()
    again: bool = False
    unreachable: int = 0
    channel: str | None = None
    base_at: datetime | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    late: bool = False
    reason: str | None = None


#: every transition there is; anything else raises IllegalJump. checkin.mmd shows the same.
TABLE: Final[Mapping[tuple[State, type], frozenset[State]]] = MappingProxyType(
    {
        (State.PLANNED, Due): frozenset({State.ASKED, State.PLANNED, State.CANCELLED}),
        (State.PLANNED, Begun): frozenset({State.ASKED}),
        (State.PLANNED, Answered): frozenset({State.ANSWERED}),
        (State.PLANNED, Cancelled): frozenset({State.CANCELLED}),
        (State.PLANNED, DownTooLong): frozenset({State.MISSED}),
        (State.ASKED, Due): frozenset({State.ASKED, State.MISSED, State.CANCELLED}),
        (State.ASKED, Begun): frozenset({State.ASKED}),
        (State.ASKED, NotReached): frozenset({State.ASKED}),
        (State.ASKED, Answered): frozenset({State.ANSWERED}),
        (State.ASKED, Cancelled): frozenset({State.CANCELLED}),
        (State.ASKED, DownTooLong): frozenset({State.MISSED}),
        (State.MISSED, LateAnswer): frozenset({State.ANSWERED}),
    }
)


class IllegalJump(Exception):
    """A check-in in this state knows no such event."""


def step(checkin: CheckIn, event: Event, now: datetime) -> tuple[CheckIn, tuple[Outcome, ...]]:
    """The check-in after the event, and what must happen because of it. Raises IllegalJump."""
    allowed = TABLE.get((checkin.state, type(event)))
    if allowed is None:
        raise IllegalJump(f"{checkin.state} knows no {type(event).__name__}")
    after, outcomes = _HANDLERS[type(event)](checkin, event, now)
    if after.state not in allowed:
        raise IllegalJump(f"{checkin.state} may not become {after.state} by {type(event).__name__}")
    return after, outcomes


#: why a check-in is cancelled whose resident has agreed to none of its channels.
NO_CONSENT = "no_consent"


def what_is_due(checkin: CheckIn, due: Due, now: datetime) -> Event:
    """Due, or DownTooLong where its time, or that of a question without room, passed too long ago. Who is away or has
    not agreed is not missed."""
    since = checkin.asked_at if due.waits else checkin.due_at
    overdue = since is not None and now - since > OVERDUE
    asked_nobody = due.absent or not _channels(checkin, due)
    return DownTooLong() if overdue and not asked_nobody else due


Step = tuple[CheckIn, tuple[Outcome, ...]]


def _due(checkin: CheckIn, due: Due, now: datetime) -> Step:
    by_plan = checkin.origin in (Origin.PLAN, Origin.RETURN)
    if due.absent and by_plan:
        return _over(checkin, State.CANCELLED, now, reason="absence"), ()
    if not _channels(checkin, due):
        return _over(checkin, State.CANCELLED, now, reason=NO_CONSENT), ()
    if (later := _counted_from_its_saying(checkin, due, now)) is not None:
        return later, ()
    if checkin.attempt >= len(checkin.attempts_min) and not checkin.again:
        return _exhausted(checkin, now)
    if due.quiet_until is not None and by_plan:
        return _in_quiet_hours(checkin, due.quiet_until, now)
    return _ask(checkin, due, now)


def _counted_from_its_saying(checkin: CheckIn, due: Due, now: datetime) -> CheckIn | None:
    said_at = now if due.waits else due.said_at  # nobody can answer, or miss, what has not been said
    if said_at is None or checkin.again or checkin.state is not State.ASKED:
        return None
    begun = replace(checkin, base_at=said_at - timedelta(minutes=checkin.attempts_min[checkin.attempt - 1]))
    due_at = _next_due(begun, said_at)
    return replace(begun, due_at=due_at) if due_at > now else None


def _ask(checkin: CheckIn, due: Due, now: datetime) -> Step:
    begun = checkin if checkin.again else _next_attempt(checkin, now)
    order = _channels(checkin, due)
    first = (begun.attempt - 1) % len(order)
    in_turn = [c for c in order[first:] + order[:first] if c in due.reachable and c not in begun.tried]
    waiting = replace(begun, again=False, due_at=_next_due(begun, now))
    if not in_turn:
        return replace(waiting, unreachable=begun.unreachable + 1), (NobodyReached(begun.attempt),)
    asked = replace(waiting, channel=in_turn[0], asked_at=begun.asked_at or now)
    return asked, (Ask(in_turn[0], begun.attempt),)


def _next_attempt(checkin: CheckIn, now: datetime) -> CheckIn:
    base = checkin.base_at
    if base is None:  # asked in time: count from the slot; late: count from now, so that attempts keep their distance
        base = checkin.planned_at if timedelta(0) <= now - checkin.planned_at <= _PROMPT else now
    return replace(checkin, state=State.ASKED, attempt=checkin.attempt + 1, tried=(), base_at=base)


def _next_due(checkin: CheckIn, now: datetime) -> datetime:
    minutes, base = checkin.attempts_min, checkin.base_at or now
    if checkin.attempt < len(minutes):
        return max(base + timedelta(minutes=minutes[checkin.attempt]), now)
    return max(base + timedelta(minutes=minutes[-1]), now) + last_wait(minutes)


def last_wait(attempts_min: tuple[int, ...]) -> timedelta:
    """How long the last attempt is waited for: the smallest distance of two attempts, at most LAST_WAIT."""
    gaps = [timedelta(minutes=b - a) for a, b in pairwise(attempts_min)]
    return min([LAST_WAIT, *gaps])


def _in_quiet_hours(checkin: CheckIn, until: datetime, now: datetime) -> Step:
    if checkin.state is State.PLANNED:
        return replace(checkin, due_at=until), ()
    # A later attempt is not put off: a person is told of the miss the same evening instead.
    begun = _next_attempt(replace(checkin, again=False), now)
    return replace(begun, due_at=_next_due(begun, now)), ()


def _exhausted(checkin: CheckIn, now: datetime) -> Step:
    if checkin.origin is Origin.RESIDENT:  # they pressed the button and said nothing: nobody had asked them
        return _over(checkin, State.CANCELLED, now, reason="nothing_said"), ()
    missed = _over(checkin, State.MISSED, now, reason="no_answer")
    return missed, (Missed(checkin.attempt, checkin.unreachable, down=False),)


def _begun(checkin: CheckIn, event: Begun, now: datetime) -> Step:
    begun = checkin if checkin.state is State.ASKED else replace(_next_attempt(checkin, now), base_at=now)
    asked = replace(begun, channel=event.channel, asked_at=begun.asked_at or now, again=False, tried=())
    return replace(asked, due_at=max(_next_due(asked, now), now + _PROMPT)), ()


def _answered(checkin: CheckIn, event: Answered, now: datetime) -> Step:
    answered = _over(checkin, State.ANSWERED, now, reason=None)
    asked_at = checkin.asked_at or now
    return replace(answered, channel=event.channel, asked_at=asked_at, answered_at=now), ()


def _not_reached(checkin: CheckIn, event: NotReached, now: datetime) -> Step:
    if event.channel != checkin.channel or event.channel in checkin.tried:
        return checkin, ()  # told twice, or of an earlier attempt
    return replace(checkin, tried=(*checkin.tried, event.channel), again=True, due_at=now), ()


def _cancelled(checkin: CheckIn, event: Cancelled, now: datetime) -> Step:
    return _over(checkin, State.CANCELLED, now, reason=event.reason), ()


def _late_answer(checkin: CheckIn, event: LateAnswer, now: datetime) -> Step:
    answered = _over(checkin, State.ANSWERED, now, reason=None)
    return replace(answered, channel=event.channel, answered_at=now, late=True), (Closed(),)


def _down_too_long(checkin: CheckIn, _event: DownTooLong, now: datetime) -> Step:
    missed = _over(checkin, State.MISSED, now, reason="service_down")
    return missed, (Missed(checkin.attempt, checkin.unreachable, down=True),)


def _over(checkin: CheckIn, state: State, now: datetime, reason: str | None) -> CheckIn:
    return replace(checkin, state=state, due_at=None, again=False, tried=(), ended_at=now, reason=reason)


def _channels(checkin: CheckIn, due: Due) -> tuple[str, ...]:
    return tuple(c for c in checkin.channels if c in due.allowed)


_HANDLERS: Final[Mapping[type, Callable[[CheckIn, Any, datetime], Step]]] = MappingProxyType(
    {
        Due: _due,
        Begun: _begun,
        Answered: _answered,
        NotReached: _not_reached,
        Cancelled: _cancelled,
        LateAnswer: _late_answer,
        DownTooLong: _down_too_long,
    }
)
