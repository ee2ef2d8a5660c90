"""The check-in machine: every transition of the table, the diagram beside it, and its promises."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkins import checkin as machine
from checkins.checkin import TABLE, CheckIn, IllegalJump, Origin, State, step, what_is_due
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

NINE = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
BOTH = ("speaker", "telegram")


def minutes(n: float) -> datetime:
    return NINE + timedelta(minutes=n)


def planned(**changes: object) -> CheckIn:
    return replace(CheckIn("k-1", "r-001", NINE, due_at=NINE), **changes)  # type: ignore[arg-type]


def asked(**changes: object) -> CheckIn:
    return replace(step(planned(), Due(BOTH), NINE)[0], **changes)  # type: ignore[arg-type]


def missed() -> CheckIn:
    state = planned()
    for at in (0, 10, 60, 70):
        state, _ = step(state, Due(BOTH), minutes(at))
    return state


IN_STATE = {
    State.PLANNED: planned(),
    State.ASKED: asked(),
    State.MISSED: missed(),
    State.ANSWERED: step(asked(), Answered("speaker"), minutes(1))[0],
    State.CANCELLED: step(planned(), Cancelled("absence"), NINE)[0],
}
EVENTS: list[Event] = [
    Due(BOTH),
    Due(absent=True),
    Due(BOTH, quiet_until=minutes(60)),
    Begun("speaker"),
    Answered("speaker"),
    NotReached("speaker"),
    Cancelled("absence"),
    LateAnswer("speaker"),
    DownTooLong(),
]


def test_the_examples_cover_every_event() -> None:
    assert {type(e) for e in EVENTS} == set(get_args(Event))
    assert {s: c.state for s, c in IN_STATE.items()} == {s: s for s in State}


def test_every_transition_of_the_table_happens_and_nothing_else_does() -> None:
    seen = set()
    states = [*IN_STATE.values(), asked(attempt=3)]
    for state in states:
        for event in EVENTS:
            if (state.state, type(event)) in TABLE:
                seen.add((state.state, type(event), step(state, event, minutes(5))[0].state))
            else:
                with pytest.raises(IllegalJump):
                    step(state, event, minutes(5))
    assert seen == {(a, e, b) for (a, e), after in TABLE.items() for b in after}


def test_the_diagram_shows_the_table() -> None:
    text = (Path(machine.__file__).parent / "checkin.mmd").read_text()
    drawn = set(re.findall(r"^\s*(\w+) --> (\w+): (\w+)$", text, re.M))
    assert drawn == {(a.value, b.value, e.__name__) for (a, e), after in TABLE.items() for b in after}
    ends = set(re.findall(r"^\s*(\w+) --> \[\*\]$", text, re.M))
    assert ends == {s.value for s in State} - {a.value for a, _ in TABLE}


def test_attempts_go_over_the_channels_at_their_minutes() -> None:
    state = planned()
    got: list[Outcome] = []
    for at in (0, 10, 60):
        assert state.due_at == minutes(at)
        state, outcomes = step(state, Due(BOTH), minutes(at))
        got += outcomes
    assert got == [Ask("speaker", 1), Ask("telegram", 2), Ask("speaker", 3)]
    assert state.due_at == minutes(70)
    state, outcomes = step(state, Due(BOTH), minutes(70))
    assert state.state is State.MISSED
    assert outcomes == (Missed(3, 0, down=False),)
    assert state.due_at is None


def test_a_channel_that_is_away_is_passed_over_at_once() -> None:
    state, outcomes = step(planned(), Due(("telegram",)), NINE)
    assert outcomes == (Ask("telegram", 1),)
    state, outcomes = step(state, Due(("telegram",)), minutes(10))
    assert outcomes == (Ask("telegram", 2),)


def test_a_question_that_does_not_get_through_is_asked_on_the_next_channel_at_once() -> None:
    state, _ = step(asked(), NotReached("speaker"), minutes(1))
    assert state.due_at == minutes(1)
    state, outcomes = step(state, Due(BOTH), minutes(1))
    assert outcomes == (Ask("telegram", 1),)
    assert state.due_at == minutes(10)
    state, _ = step(state, NotReached("telegram"), minutes(2))
    state, outcomes = step(state, Due(BOTH), minutes(2))
    assert outcomes == (NobodyReached(1),)
    state, outcomes = step(state, Due(BOTH), minutes(10))
    assert outcomes == (Ask("telegram", 2),)


def test_a_failure_told_twice_or_of_an_earlier_attempt_changes_nothing() -> None:
    once, _ = step(asked(), NotReached("speaker"), minutes(1))
    assert step(once, NotReached("speaker"), minutes(2)) == (once, ())
    assert step(asked(), NotReached("telegram"), minutes(2)) == (asked(), ())


def test_what_finds_no_room_to_be_said_is_no_miss_and_its_attempts_count_from_its_saying() -> None:
    state = asked()
    for at in (10, 20, 30):
        state, outcomes = step(state, what_is_due(state, Due(BOTH, waits=True), minutes(at)), minutes(at))
        assert (state.attempt, state.due_at, outcomes) == (1, minutes(at + 10), ())
    heard = Due(BOTH, said_at=minutes(33))
    got: list[Outcome] = []
    for at, due_at in ((40, 43), (43, 93), (93, 103), (103, None)):
        state, outcomes = step(state, heard if at <= 43 else Due(BOTH), minutes(at))
        assert state.due_at == (minutes(due_at) if due_at else None)
        got += outcomes
    assert got == [Ask("telegram", 2), Ask("speaker", 3), Missed(3, 0, down=False)]


def test_who_cannot_be_asked_for_two_hours_is_a_persons_to_ask_and_has_missed_nothing() -> None:
    state = asked(attempt=3)
    state, outcomes = step(state, what_is_due(state, Due(BOTH, waits=True), minutes(115)), minutes(115))
    assert (state.due_at, outcomes) == (minutes(125), ())
    state, outcomes = step(state, what_is_due(state, Due(BOTH, waits=True), minutes(125)), minutes(125))
    assert (state.reason, outcomes) == ("service_down", (Missed(3, 0, down=True),))


def test_nobody_reachable_is_a_miss_by_time_all_the_same() -> None:
    state = planned()
    got: list[Outcome] = []
    for at in (0, 10, 60, 70):
        state, outcomes = step(state, Due(()), minutes(at))
        got += outcomes
    assert got == [NobodyReached(1), NobodyReached(2), NobodyReached(3), Missed(3, 3, down=False)]


def test_consent_decides_which_channels_there_are() -> None:
    state, outcomes = step(planned(), Due(BOTH, allowed=("telegram",)), NINE)
    assert outcomes == (Ask("telegram", 1),)
    state, outcomes = step(planned(), Due(BOTH, allowed=()), NINE)
    assert (state.state, state.reason, outcomes) == (State.CANCELLED, "no_consent", ())


def test_quiet_hours_put_the_first_question_off_and_skip_later_ones() -> None:
    later = minutes(60)
    state, outcomes = step(planned(), Due(BOTH, quiet_until=later), NINE)
    assert (state.state, state.due_at, outcomes) == (State.PLANNED, later, ())
    state, outcomes = step(asked(), Due(BOTH, quiet_until=minutes(600)), minutes(10))
    assert (state.state, state.attempt, state.due_at, outcomes) == (State.ASKED, 2, minutes(60), ())


@pytest.mark.parametrize("origin", [Origin.REQUEST, Origin.SILENCE])
def test_a_person_may_ask_in_quiet_hours_and_during_an_absence(origin: Origin) -> None:
    wanted = planned(origin=origin)
    assert step(wanted, Due(BOTH, quiet_until=minutes(60), absent=True), NINE)[1] == (Ask("speaker", 1),)


def test_overdue_up_to_two_hours_is_asked_and_attempts_keep_their_distance() -> None:
    late = minutes(119)
    assert isinstance(what_is_due(planned(), Due(BOTH), late), Due)
    state, outcomes = step(planned(), Due(BOTH), late)
    assert outcomes == (Ask("speaker", 1),)
    assert state.due_at == late + timedelta(minutes=10)


def test_overdue_for_longer_is_missed_by_the_service() -> None:
    event = what_is_due(planned(), Due(BOTH), minutes(121))
    state, outcomes = step(planned(), event, minutes(121))
    assert (state.state, state.reason) == (State.MISSED, "service_down")
    assert outcomes == (Missed(0, 0, down=True),)


def test_who_is_away_or_has_not_agreed_is_not_missed_after_downtime() -> None:
    assert isinstance(what_is_due(planned(), Due(BOTH, absent=True), minutes(600)), Due)
    assert isinstance(what_is_due(planned(), Due(BOTH, allowed=()), minutes(600)), Due)


def test_a_late_answer_closes_the_miss() -> None:
    state, outcomes = step(missed(), LateAnswer("telegram"), minutes(200))
    assert (state.state, state.late, state.answered_at) == (State.ANSWERED, True, minutes(200))
    assert outcomes == (Closed(),)


def test_a_resident_who_presses_the_button_and_says_nothing_is_not_missed() -> None:
    own = planned(origin=Origin.RESIDENT, attempts_min=(0,))
    begun, _ = step(own, Begun("speaker"), NINE)
    assert begun.due_at == minutes(10)
    state, outcomes = step(begun, Due(BOTH), minutes(10))
    assert (state.state, state.reason, outcomes) == (State.CANCELLED, "nothing_said", ())


def test_a_resident_who_begins_before_the_slot_is_asked_again_from_there() -> None:
    begun, _ = step(planned(), Begun("speaker"), minutes(-60))
    assert (begun.state, begun.attempt, begun.due_at) == (State.ASKED, 1, minutes(-50))
    assert step(begun, Answered("speaker"), minutes(-59))[0].state is State.ANSWERED


EVENT = st.sampled_from(EVENTS)


@given(events=st.lists(st.tuples(EVENT, st.integers(min_value=0, max_value=90)), max_size=30))
def test_whatever_happens_an_unfinished_checkin_has_a_next_step(events: list[tuple[Event, int]]) -> None:
    state, now = planned(), NINE
    for event, wait in events:
        now += timedelta(minutes=wait)
        if (state.state, type(event)) in TABLE:
            state, _ = step(state, event, now)
        unfinished = state.state in (State.PLANNED, State.ASKED)
        assert (state.due_at is not None) == unfinished
