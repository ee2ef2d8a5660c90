"""The escalation: a small machine that ends only by a person's word. Pure.

`decide(state, event, now)` gives the new state and the outcomes to be carried out in the same transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from escalations.errors import AlreadyTaken, IllegalStep
from escalations.events import (
    Acknowledged,
    AllClear,
    AskAgain,
    Closed,
    ContactConfirmed,
    Event,
    GivenBack,
    HandOver,
    Joined,
    Lapsed,
    Opened,
    Page,
    PageFailed,
    Raised,
    Remind,
    StepDue,
    StopPages,
    TakenOver,
    TellConfirmed,
    TellGivenBack,
    TellPaged,
    TellTaker,
    Todo,
)
from escalations.policy import Policies, Policy, Step
from residents.sign import Level

#: signs about one resident within this time of the opening (or of the last raise) join one escalation.
JOIN_WITHIN = timedelta(minutes=30)


class State(StrEnum):
    """Where an escalation stands."""

    OPEN = "open"  # nobody has it yet; a step is due, always
    ACKNOWLEDGED = "acknowledged"  # a person, known by name, has taken it; a reminder is due, always
    CLOSED = "closed"  # a person said how it ended


@dataclass(frozen=True)
class Escalation:
    """One escalation's state. step: index of the next step; round: 0 at first; serial: how many steps were taken.

    drill: a press that was asked for, paged like a real one. reminders: unanswered ones to whoever has it.
    duty_ends: when their duty ends, None once that was told or where it is not known.
    """

    state: State
    level: Level
    policies: Policies
    opened_at: datetime
    counted_from: datetime  # the opening or the last raise: where joining counts from
    due_at: datetime | None  # when the next step or reminder is due; None only when closed
    step: int = 0
    round: int = 0
    serial: int = 0
    taken_by: str | None = None
    confirmed: bool = False  # a contact said they will look
    drill: bool = False
    reminders: int = 0
    duty_ends: datetime | None = None

    @property
    def policy(self) -> Policy:
        """The policy of its level, as it was when the escalation opened."""
        return self.policies[self.level]


Decision = tuple[Escalation, tuple[Todo, ...]]

#: every transition there is: (state, event) → the states it may lead to. None: it does not exist yet.
TRANSITIONS: Mapping[tuple[State | None, type[Any]], tuple[State, ...]] = MappingProxyType(
    {
        (None, Opened): (State.OPEN,),
        (State.OPEN, Joined): (State.OPEN,),
        (State.OPEN, StepDue): (State.OPEN,),
        (State.OPEN, PageFailed): (State.OPEN,),
        (State.OPEN, ContactConfirmed): (State.OPEN,),
        (State.OPEN, Acknowledged): (State.ACKNOWLEDGED,),
        (State.OPEN, Closed): (State.CLOSED,),
        (State.ACKNOWLEDGED, Joined): (State.ACKNOWLEDGED, State.OPEN),
        (State.ACKNOWLEDGED, StepDue): (State.ACKNOWLEDGED, State.OPEN),
        (State.ACKNOWLEDGED, GivenBack): (State.OPEN,),
        (State.ACKNOWLEDGED, PageFailed): (State.ACKNOWLEDGED,),
        (State.ACKNOWLEDGED, ContactConfirmed): (State.ACKNOWLEDGED,),
        (State.ACKNOWLEDGED, Acknowledged): (State.ACKNOWLEDGED,),
        (State.ACKNOWLEDGED, TakenOver): (State.ACKNOWLEDGED,),
        (State.ACKNOWLEDGED, Closed): (State.CLOSED,),
        (State.CLOSED, PageFailed): (State.CLOSED,),
    }
)


def decide(state: Escalation | None, event: Event, now: datetime) -> Decision:
    """The new state and what is to be done. Raises IllegalStep for a jump that is not in TRANSITIONS, AlreadyTaken."""
    was = state.state if state else None
    allowed = TRANSITIONS.get((was, type(event)))
    if allowed is None:
        raise IllegalStep(was, type(event).__name__)
    after, todo = _RULES[type(event)](state, event, now)
    if after.state not in allowed:
        raise IllegalStep(was, type(event).__name__, after.state)
    return after, todo


def joins(state: Escalation, kinds: frozenset[str], level: Level, kind: str, now: datetime) -> bool:
    """Whether a sign of this level and kind belongs to this escalation of the same resident, which has `kinds` so far.

    Technical signs join technical ones only. Beyond half an hour only what is no emergency and of a known kind joins.
    Nothing joins a drill: what happens during one is real.
    """
    if state.drill or state.state is State.CLOSED or (level is Level.TECHNICAL) != (state.level is Level.TECHNICAL):
        return False
    if now - state.counted_from <= JOIN_WITHIN:
        return True
    return level is not Level.EMERGENCY and kind in kinds


def _opened(_state: Escalation | None, event: Opened, now: datetime) -> Decision:
    due = event.policies[event.level].first_due(now)
    return Escalation(State.OPEN, event.level, event.policies, now, now, due, drill=event.drill), ()


def _joined(state: Escalation, event: Joined, now: datetime) -> Decision:
    if event.level.gravity > state.level.gravity:
        return _raised(state, event.level, now), (StopPages(), Raised(event.level, state.taken_by))
    if state.state is State.ACKNOWLEDGED and event.level is not Level.TECHNICAL:
        return state, (TellTaker(),)  # no page leaves any more: nobody else would hear of it
    return state, ()


def _raised(state: Escalation, level: Level, now: datetime) -> Escalation:
    due = state.policies[level].first_due(now)
    fresh = replace(state, state=State.OPEN, level=level, counted_from=now, due_at=due, step=0, round=0)
    return replace(fresh, taken_by=None, confirmed=False, reminders=0, duty_ends=None)


def _step_due(state: Escalation, _event: StepDue, now: datetime) -> Decision:
    if state.state is State.ACKNOWLEDGED:
        return _reminder_due(state, now)
    step = state.policy.steps[state.step]
    again = (AskAgain(state.round),) if state.round and state.step == 0 else ()
    if state.confirmed:
        step = replace(step, to=step.staff)
    if not step.to:  # contacts only, and one of them is already looking
        return _on_from(state, now, None), again
    page = Page(step, state.step, state.round, state.serial + 1)
    return replace(_on_from(state, now, step), serial=state.serial + 1), (*again, page)


def _on_from(state: Escalation, now: datetime, taken: Step | None) -> Escalation:
    """On to the next step: after its wait, or at once where nothing was taken and the round is not over."""
    following = (state.step + 1) % len(state.policy.steps)
    waits = taken or (state.policy.steps[state.step] if following == 0 else None)
    due = state.policy.next_due(waits, now) if waits else state.policy.first_due(now)
    return replace(state, step=following, round=state.round + (following == 0), due_at=due)


def _reminder_due(state: Escalation, now: datetime) -> Decision:
    by = state.taken_by or ""
    if (opens := state.policy.first_due(now)) > now:  # what can wait wakes nobody: neither them nor who comes on duty
        return replace(state, due_at=opens), ()
    if state.duty_ends is not None and state.duty_ends <= now:
        return replace(state, duty_ends=None, due_at=state.policy.remind_at(now)), (HandOver(by),)
    if state.reminders < state.policy.reminders:
        times = state.reminders + 1
        return _wait_for_word(replace(state, reminders=times), now), (Remind(by, times),)
    return _ask_anew(state, now), (Lapsed(by),)


def _ask_anew(state: Escalation, now: datetime) -> Escalation:
    due = state.policy.first_due(now)
    return replace(state, state=State.OPEN, taken_by=None, due_at=due, step=0, reminders=0, duty_ends=None)


def _wait_for_word(state: Escalation, now: datetime) -> Escalation:
    remind_at = state.policy.remind_at(now)
    return replace(state, due_at=min(remind_at, state.duty_ends) if state.duty_ends else remind_at)


def _page_failed(state: Escalation, event: PageFailed, now: datetime) -> Decision:
    stale = state.state is not State.OPEN or event.serial != state.serial
    if stale or state.step == 0:  # at the end of a round the wait stands: it must not spin
        return state, ()
    due = min(state.due_at or now, state.policy.first_due(now))
    return replace(state, due_at=due), ()


def _acknowledged(state: Escalation, event: Acknowledged, now: datetime) -> Decision:
    if state.state is State.ACKNOWLEDGED:
        if state.taken_by != event.by:
            raise AlreadyTaken(state.taken_by or "")
        return _taken(state, event, now), ()  # a sign of life: the reminders begin anew
    return _taken(state, event, now), (StopPages(), TellPaged(event.by))


def _taken_over(state: Escalation, event: TakenOver, now: datetime) -> Decision:
    told = () if state.taken_by == event.by else (TellPaged(event.by, state.taken_by),)
    return _taken(state, event, now), told


def _taken(state: Escalation, event: Acknowledged | TakenOver, now: datetime) -> Escalation:
    ends = event.until if event.until and event.until > now else None
    return _wait_for_word(replace(state, state=State.ACKNOWLEDGED, taken_by=event.by, reminders=0, duty_ends=ends), now)


def _given_back(state: Escalation, event: GivenBack, now: datetime) -> Decision:
    return _ask_anew(state, now), (TellGivenBack(event.by),)


def _contact_confirmed(state: Escalation, event: ContactConfirmed, _now: datetime) -> Decision:
    if state.confirmed:
        return state, ()
    return replace(state, confirmed=True), (StopPages(contacts_only=True), TellConfirmed(event.by))


def _closed(state: Escalation, event: Closed, _now: datetime) -> Decision:
    ended = replace(state, state=State.CLOSED, taken_by=state.taken_by or event.by, due_at=None)
    return ended, (StopPages(), AllClear(event.by, event.outcome))


_RULES: Mapping[type[Any], Callable[[Any, Any, datetime], Decision]] = {
    Opened: _opened,
    Joined: _joined,
    StepDue: _step_due,
    PageFailed: _page_failed,
    Acknowledged: _acknowledged,
    TakenOver: _taken_over,
    GivenBack: _given_back,
    ContactConfirmed: _contact_confirmed,
    Closed: _closed,
}
