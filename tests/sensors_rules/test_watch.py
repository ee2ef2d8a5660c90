"""The watch of one home: state that survives the database, doors, plugs, late readings, absences, gateways, devices."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residents.sign import Level
from sensors import watch
from sensors.finding import Finding
from sensors.message import DeviceState, GatewayState
from sensors.reading import KINDS, Reading
from sensors.watch import HomeWatch
from tests.sensors_rules.home import FIRST, at, ordinary_day, reading, weeks


def lived(days: int = 21) -> HomeWatch:
    """A home after so many ordinary days."""
    return watch.observe_all(watch.new("home-1"), weeks("home-1", days))[0]


def run_until(state: HomeWatch, moment: datetime) -> tuple[HomeWatch, list[Finding]]:
    """Every due moment up to then."""
    findings: list[Finding] = []
    while state.due_at is not None and state.due_at <= moment:
        state, found = watch.due(state, state.due_at.astimezone(moment.tzinfo))
        findings += found
    return state, findings


READINGS = st.builds(
    Reading,
    home=st.just("home-1"),
    device=st.sampled_from(["bedroom", "front_door", "kettle", "gas_1", "cuff", "thermometer"]),
    kind=st.sampled_from(sorted(KINDS)),
    at=st.integers(0, 40 * 86_400).map(lambda s: FIRST + timedelta(seconds=s)),
    value=st.one_of(st.sampled_from([0.0, 1.0]), st.floats(-50, 400)),
)


@given(st.lists(READINGS, max_size=60).map(lambda some: sorted(some, key=lambda one: one.at)))
@settings(max_examples=150, deadline=None)
def test_a_watch_is_the_same_after_a_trip_through_the_database(readings: list[Reading]) -> None:
    kept = live = watch.new("home-1", {"bedroom": "bedroom"})
    for one in readings:
        live, said = watch.observe(live, one)
        again, found = watch.observe(HomeWatch.from_json(json.loads(json.dumps(kept.to_json()))), one)
        assert found == said
        kept, judged = watch.due(again, one.at)
        live, also = watch.due(live, one.at)
        assert judged == also
        assert kept == live
        assert HomeWatch.from_json(json.loads(json.dumps(live.to_json()))) == live


def test_its_size_does_not_grow_with_the_days() -> None:
    sizes = [len(json.dumps(lived(days).to_json())) for days in (30, 60)]
    assert sizes[1] < sizes[0] * 1.1
    assert sizes[1] < 9_000


def test_due_called_early_or_twice_says_nothing_more() -> None:
    state = lived()
    state, found = watch.due(state, at(20, "22:30"))
    assert found == ()
    state, found = watch.due(state, at(20, "22:31"))
    assert found == ()
    assert state.due_at is not None
    assert state.due_at > at(20, "22:31")


def test_a_late_reading_is_no_life() -> None:
    state, _ = watch.observe_all(lived(), ordinary_day("home-1", 21, to="10:00"))
    before = state.life
    state, found = watch.observe(state, reading("home-1", "kitchen", "motion", at(21, "08:00")))
    assert (state.life, found) == (before, ())


def test_a_door_that_stays_open_and_says_so_again_and_again_is_no_life() -> None:
    state, _ = watch.observe(watch.new("home-1"), reading("home-1", "front_door", "contact", at(0, "09:00"), 0.0))
    assert state.life is None
    state, _ = watch.observe(state, reading("home-1", "front_door", "contact", at(0, "09:10"), 1.0))
    assert state.life is not None
    opened = state.life.last
    for hour in range(10, 20):
        state, _ = watch.observe(state, reading("home-1", "front_door", "contact", at(0, f"{hour}:00"), 1.0))
    assert state.life is not None
    assert state.life.last == opened
    state, _ = watch.observe(state, reading("home-1", "front_door", "contact", at(0, "20:30"), 0.0))
    assert state.life is not None
    assert state.life.last > opened


def test_a_kettle_switched_on_is_life_a_fridge_that_runs_is_not() -> None:
    state = watch.new("home-1")
    for minute, watts in enumerate((2.0, 2.1, 1900.0, 1890.0, 2.0)):
        state, _ = watch.observe(state, reading("home-1", "kettle", "power", at(0, f"09:{minute:02}"), watts))
    assert state.life is not None
    assert datetime.fromtimestamp(state.life.last, UTC) == at(0, "09:02")


def test_during_an_absence_nothing_is_judged_and_after_it_silence_counts_from_its_end() -> None:
    state, _ = watch.observe_all(lived(), ordinary_day("home-1", 21, to="10:00"))
    state = watch.pause(state, at(24, "10:00"))
    state, found = run_until(state, at(24, "10:20"))
    assert found == []
    state, found = run_until(state, at(26, "10:00"))
    assert [one.level for one in found] == ["check", "urgent"]
    assert found[0].at > at(24, "10:30")


def beats(state: HomeWatch, first: datetime, last: datetime) -> HomeWatch:
    """A gateway's heartbeat every five minutes."""
    while first <= last:
        state, _ = watch.note_state(state, GatewayState("home-1", first, online=True))
        first += timedelta(minutes=5)
    return state


def test_a_gateway_known_and_gone_is_a_technicians_and_hides_the_silence() -> None:
    state, _ = watch.observe_all(lived(), ordinary_day("home-1", 21, to="10:00"))
    state = beats(state, at(21, "08:00"), at(21, "10:00"))
    _, found = run_until(state, at(22, "09:00"))
    assert [(one.sign, one.level) for one in found] == [
        ("gateway_silent", Level.TECHNICAL),
        ("gateway_silent", Level.WATCH),
    ]
    assert found[0].at == at(21, "10:20")
    assert found[1].at == at(21, "16:00")


def test_a_gateway_that_goes_on_beating_leaves_a_silent_person() -> None:
    state, _ = watch.observe_all(lived(), ordinary_day("home-1", 21, to="10:00"))
    findings: list[Finding] = []
    for hour in range(10, 24):
        state = beats(state, at(21, f"{hour}:00"), at(21, f"{hour}:55"))
        state, found = run_until(state, at(21, f"{hour}:55"))
        findings += found
    assert [one.sign for one in findings][:1] == ["silence"]
    assert {one.sign for one in findings} == {"silence"}


def test_a_gateway_that_says_goodbye_and_comes_back_starts_the_count_anew() -> None:
    state, _ = watch.observe_all(lived(), ordinary_day("home-1", 21, to="10:00"))
    state, _ = watch.note_state(state, GatewayState("home-1", at(21, "10:00"), online=False))
    state, found = run_until(state, at(21, "11:00"))
    assert [one.sign for one in found] == ["gateway_silent"]
    state, _ = watch.note_state(state, GatewayState("home-1", at(21, "13:00"), online=True))
    state, found = run_until(state, at(21, "13:29"))
    assert found == []
    state, found = run_until(state, at(22, "13:00"))
    assert [one.sign for one in found][:1] == ["silence"]


def test_what_the_broker_remembers_of_a_gateway_is_no_heartbeat() -> None:
    state, _ = watch.note_state(lived(), GatewayState("home-1", at(21, "10:00"), online=True, heard=False))
    assert state.known.gateway.beats == 0


def test_a_device_that_falls_silent_in_a_home_that_lives_is_told_once() -> None:
    story = [one for one in weeks("home-1", 30) if one.device != "bathroom" or one.at < at(20, "00:00")]
    _, found = watch.observe_all(watch.new("home-1"), story)
    assert [(one.device, one.level) for one in found if one.sign == "device_silent"] == [("bathroom", "technical")]


@pytest.mark.parametrize("kind", ["systolic", "weight", "sos"])
def test_what_speaks_only_when_used_is_not_silent_for_not_being_used(kind: str) -> None:
    value = {"systolic": 128.0, "weight": 61.0}.get(kind, 1.0)
    used = [reading("home-1", "now-and-then", kind, at(day, "09:30"), value) for day in (2, 3, 10)]
    story = sorted([*weeks("home-1", 40), *used], key=lambda one: one.at)
    state, found = watch.observe_all(watch.new("home-1"), story)
    assert [one for one in found if one.sign == "device_silent"] == []
    _, found = watch.note_state(state, DeviceState("home-1", "now-and-then", at(40, "01:00"), battery=5, online=False))
    assert [one.sign for one in found] == ["battery_low", "device_offline"]


def test_a_button_of_which_only_its_battery_was_heard_is_not_silent() -> None:
    state, _ = watch.note_state(lived(2), DeviceState("home-1", "button", at(2, "00:10"), battery=80))
    later = [one for one in weeks("home-1", 12) if one.at > at(2, "00:10")]
    assert [one for one in watch.observe_all(state, later)[1] if one.sign == "device_silent"] == []


def test_what_also_speaks_unused_is_silent_when_it_stops() -> None:
    mat = [
        reading("home-1", "mat", kind, at(day, f"{hour}:00"), value)
        for day in range(20)
        for hour in (1, 4)
        for kind, value in (("heart_rate", 62.0), ("temperature", 21.0))
    ]
    story = sorted([*weeks("home-1", 30), *mat], key=lambda one: one.at)
    _, found = watch.observe_all(watch.new("home-1"), story)
    assert [one.device for one in found if one.sign == "device_silent"] == ["mat"]


def test_after_a_holiday_no_device_is_called_silent() -> None:
    story = [one for one in weeks("home-1", 30) if not at(20, "10:00") < one.at < at(26, "10:00")]
    _, found = watch.observe_all(watch.new("home-1"), story)
    assert [one for one in found if one.sign == "device_silent"] == []


def test_a_low_battery_is_told_once_until_it_was_changed() -> None:
    state, told = lived(), []
    for hour, percent in enumerate((40, 14, 13, 12, 100, 90, 9)):
        state, found = watch.note_state(state, DeviceState("home-1", "bedroom", at(21, f"{hour}:00"), battery=percent))
        told += [one.at.hour for one in found if one.sign == "battery_low"]
    assert told == [1, 6]


def test_the_day_and_the_night_weigh_in_the_score_and_call_nobody() -> None:
    quiet = [one for one in ordinary_day("home-1", 21) if one.at.hour in (8, 12, 18)]
    state, _ = watch.observe_all(lived(), quiet)
    _, found = watch.observe(state, reading("home-1", "bedroom", "motion", at(22, "06:30")))
    day = next(one for one in found if one.sign == "activity_day")
    assert day.level is None
    assert day.part == "activity"
    assert day.value is not None
    assert day.value < 0.5
