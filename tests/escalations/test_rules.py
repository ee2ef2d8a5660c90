"""The pure rules: the machines and their diagrams, policies, the roster, working hours, retries."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from escalations import delivery, escalation
from escalations.delivery import Delayed, Delivery, GiveUp, Retry, Tried, Warn, back_off
from escalations.errors import IllegalStep
from escalations.escalation import Escalation, State, decide
from escalations.events import Acknowledged, Closed, Joined, Opened, Outcome, PageFailed, StepDue, TakenOver
from escalations.hours import Hours, hours_from
from escalations.policy import BadPolicy, Policies, default_data, freeze, policies
from escalations.roster import Shift, faults, holes, on_duty, shown
from residents.sign import Level

SEOUL = ZoneInfo("Asia/Seoul")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL)
ROOM = Path(escalation.__file__).parent
_ARROW = re.compile(r"^\s*(\S+) --> (\S+) : (\w+)$", re.M)


def by_policy(*ranks: int) -> Policies:
    return policies(freeze(default_data(), "Asia/Seoul", ranks))


def opened(level: Level = Level.EMERGENCY) -> Escalation:
    return decide(None, Opened(level, by_policy(1, 2)), MONDAY)[0]


def test_the_diagrams_show_exactly_the_tables() -> None:
    drawn = set(_ARROW.findall((ROOM / "escalation.mmd").read_text()))
    told = {
        (was.value if was else "[*]", to.value, event.__name__)
        for (was, event), targets in escalation.TRANSITIONS.items()
        for to in targets
    }
    assert drawn == told
    drawn = set(_ARROW.findall((ROOM / "delivery.mmd").read_text()))
    told = {(was.value, to.value, event.__name__) for (was, event), to in delivery.TRANSITIONS.items()}
    assert drawn == told | {("[*]", "waiting", "Posted")}


@pytest.mark.parametrize("event", [StepDue(), Joined(Level.WATCH), Acknowledged("u-1"), Closed("u-1", Outcome.SAFE)])
def test_what_is_closed_stays_closed(event: StepDue | Joined | Acknowledged | Closed) -> None:
    closed, _ = decide(opened(), Closed("u-1", Outcome.SAFE), MONDAY)
    with pytest.raises(IllegalStep):
        decide(closed, event, MONDAY)


def test_a_jump_that_is_not_in_the_table_raises() -> None:
    with pytest.raises(IllegalStep):
        decide(opened(), TakenOver("u-1"), MONDAY)
    with pytest.raises(IllegalStep):
        decide(None, StepDue(), MONDAY)
    with pytest.raises(IllegalStep):
        delivery.decide(Delivery(delivery.State.SENT), Tried())


def test_a_failed_page_of_an_earlier_step_changes_nothing() -> None:
    first, _ = decide(opened(), StepDue(), MONDAY)
    second, _ = decide(first, StepDue(), MONDAY + timedelta(seconds=60))
    assert decide(second, PageFailed(1), MONDAY + timedelta(seconds=61)) == (second, ())
    hurried, _ = decide(second, PageFailed(2), MONDAY + timedelta(seconds=61))
    assert hurried.due_at == MONDAY + timedelta(seconds=61)


def test_the_end_of_a_round_waits_even_when_nobody_was_reached() -> None:
    state = opened()
    for _ in state.policy.steps:
        state, _ = decide(state, StepDue(), MONDAY)
    assert (state.step, state.round) == (0, 1)
    assert decide(state, PageFailed(state.serial), MONDAY)[0].due_at == MONDAY + timedelta(seconds=60)


def test_every_rank_of_the_roster_becomes_a_step_of_an_emergency() -> None:
    steps = by_policy(1, 2, 5)[Level.EMERGENCY].steps
    assert [step.to for step in steps] == [
        ("rank:1", "contact:1"),
        ("rank:2", "contact:2"),
        ("rank:5", "contact:3"),
        ("supervisor", "contact:4"),
    ]
    assert [step.to for step in by_policy()[Level.EMERGENCY].steps] == [
        ("rank:1", "contact:1"),
        ("supervisor", "contact:2"),
    ]


@pytest.mark.parametrize(
    ("step", "named"),
    [
        ({"to": ["postman"], "wait": {"seconds": 60}}, "postman"),
        ({"to": ["rank:0"], "wait": {"seconds": 60}}, "rank:0"),
        ({"to": [], "wait": {"seconds": 60}}, "nobody"),
        ({"to": ["supervisor"], "wait": {"seconds": 0}}, "wait"),
        ({"to": ["supervisor"], "wait": {"until": "doomsday"}}, "wait"),
        ({"to": ["supervisor"], "wait": {"seconds": 1, "working_days": 1}}, "wait"),
    ],
)
def test_a_bad_policy_names_its_fault(step: dict[str, object], named: str) -> None:
    frozen = freeze(default_data(), "Asia/Seoul", (1,))
    frozen["levels"]["urgent"]["steps"] = [step]
    with pytest.raises(BadPolicy, match=named):
        policies(frozen)


def test_a_policy_survives_freezing() -> None:
    import json

    frozen = freeze(default_data(), "Asia/Seoul", (1, 2))
    assert policies(json.loads(json.dumps(frozen))) == policies(frozen)


@pytest.mark.parametrize(
    ("shift", "local", "on"),
    [
        (Shift("u", "daily", "00:00", "24:00"), "2026-11-23T23:59", True),
        (Shift("u", "mon,wed", "09:00", "18:00"), "2026-11-23T09:00", True),
        (Shift("u", "mon,wed", "09:00", "18:00"), "2026-11-23T18:00", False),
        (Shift("u", "mon,wed", "09:00", "18:00"), "2026-11-24T10:00", False),
        (Shift("u", "sun", "22:00", "06:00"), "2026-11-23T05:59", True),  # Sunday's night runs into Monday
        (Shift("u", "sun", "22:00", "06:00"), "2026-11-23T06:00", False),
        (Shift("u", "fri", "18:00", "18:00"), "2026-11-28T17:59", True),  # a whole day round
    ],
)
def test_who_is_on_duty(shift: Shift, local: str, on: bool) -> None:
    assert bool(on_duty([shift], datetime.fromisoformat(local))) is on


def test_empty_hours_are_named() -> None:
    workdays = Shift("u", "mon,tue,wed,thu,fri", "09:00", "18:00")
    night = Shift("v", "daily", "18:00", "09:00")
    assert [shown(span) for span in holes([workdays, night])] == ["sat 09:00-18:00", "sun 09:00-18:00"]
    assert [shown(span) for span in holes([])] == ["mon 00:00-sun 24:00"]
    assert holes([Shift("u")]) == []


def test_a_bad_shift_names_its_field() -> None:
    assert faults(Shift("u", "someday", "25:00", "24:00", 0)) == [
        "days: 'someday' is neither daily nor a comma list of mon, tue, wed, thu, fri, sat, sun, holiday",
        "from: '25:00' is not HH:MM",
        "rank: 0 is below 1",
    ]


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23T08:00", "2026-11-23T09:00"),
        ("2026-11-23T10:30", "2026-11-23T10:30"),
        ("2026-11-23T18:00", "2026-11-24T09:00"),
        ("2026-11-27T20:00", "2026-11-30T09:00"),  # Friday evening → Monday
        ("2026-12-24T20:00", "2026-12-28T09:00"),  # Christmas is on a Friday
    ],
)
def test_working_hours(now: str, opens: str) -> None:
    hours = Hours(holidays=frozenset({date(2026, 12, 25)}))
    found = hours.next_open(datetime.fromisoformat(now).replace(tzinfo=SEOUL))
    assert found == datetime.fromisoformat(opens).replace(tzinfo=SEOUL)
    assert hours_from(hours.as_json()) == hours


def test_working_hours_hold_their_wall_clock_over_a_clock_change() -> None:
    hours = Hours("America/New_York", time(9), time(18))
    friday = datetime(2026, 10, 30, 15, 0, tzinfo=UTC)  # before the change of 1 November
    assert hours.next_morning(friday) == datetime(2026, 11, 2, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "level", "asked", "wait"),
    [
        (1, Level.EMERGENCY, None, 1),
        (5, Level.EMERGENCY, 1.0, 1),
        (3, Level.EMERGENCY, None, 4),
        (30, Level.EMERGENCY, None, 15),
        (30, Level.URGENT, None, 60),
        (30, None, None, 300),
        (1, None, 40.0, 40),
        (30, None, 5.0, 300),
    ],
)
def test_how_long_until_the_next_attempt(attempts: int, level: Level | None, asked: float | None, wait: float) -> None:
    assert back_off(attempts, level, asked) == wait


def test_what_pages_warns_when_it_is_slow_a_question_waits() -> None:
    def todo(level: Level | None, event: Delayed, attempts: int = 1) -> list[type[object]]:
        return [type(t) for t in delivery.decide(Delivery(attempts=attempts, in_flight=True, level=level), event)[1]]

    assert todo(Level.EMERGENCY, Delayed(1.0)) == [Retry]
    assert todo(Level.EMERGENCY, Delayed(60.0)) == [Retry, Warn]
    assert todo(Level.EMERGENCY, Delayed(unsure=True)) == [Retry, Warn]
    assert todo(Level.EMERGENCY, Delayed(), attempts=2) == [Retry, Warn]
    assert todo(Level.URGENT, Delayed(60.0)) == [Retry, Warn]
    assert todo(None, Delayed(60.0)) == [Retry]
    assert [type(t) for t in delivery.decide(Delivery(), delivery.Refused())[1]] == [GiveUp]


def test_what_finds_no_room_is_tried_just_then_however_often_and_counts_as_no_attempt() -> None:
    state = Delivery()
    for _ in range(50):
        state, todo = delivery.decide(delivery.decide(state, Tried())[0], Delayed(5.0, full=True))
        assert todo == (Retry(5.0),)
    assert state == Delivery()


def test_an_attempt_nobody_heard_of_again_counts_as_possibly_arrived() -> None:
    once, _ = delivery.decide(Delivery(), Tried())
    crashed, _ = delivery.decide(once, Tried())
    assert (crashed.attempts, crashed.again) == (2, 1)
    refused, _ = delivery.decide(once, Delayed())
    assert delivery.decide(refused, Tried())[0].again == 0
    unsure, _ = delivery.decide(once, Delayed(unsure=True))
    assert delivery.decide(unsure, Tried())[0].again == 1


def test_states_are_what_the_interface_promises() -> None:
    assert {s.value for s in State} == {"open", "acknowledged", "closed"}
    assert {o.value for o in Outcome} == {"safe", "helped", "119", "hospital", "false_alarm", "unreachable"}
    assert {s.value for s in delivery.State} == {"waiting", "sent", "failed", "cancelled"}
