"""What needs no rhythm: danger at once, rooms after hours, vitals only once they were measured again."""

from datetime import datetime, timedelta

import pytest

from residents.sign import Level, Part
from sensors import watch
from sensors.finding import CHECK, Finding
from sensors.watch import HomeWatch
from tests.sensors_rules.home import at, reading


def tell(*values: tuple[str, str, datetime, float], until: datetime | None = None) -> list[Finding]:
    """Findings with a level from (device, kind, when, value) and from the moments due up to `until`."""
    state: HomeWatch = watch.new("home-1")
    findings: list[Finding] = []
    for device, kind, when, value in values:
        state, found = watch.observe(state, reading("home-1", device, kind, when, value))
        findings += found
    while until is not None and state.due_at is not None and state.due_at <= until:
        state, found = watch.due(state, state.due_at.astimezone(until.tzinfo))
        findings += found
    return [one for one in findings if one.level]


@pytest.mark.parametrize("kind", ["smoke", "gas", "co", "fall", "sos"])
def test_danger_is_an_emergency_at_once_and_once(kind: str) -> None:
    told = tell(*(("detector", kind, at(0, f"10:{minute:02}"), 1.0) for minute in range(0, 50, 10)))
    assert [(one.sign, one.level, one.at) for one in told] == [(kind, Level.EMERGENCY, at(0, "10:00"))]


def test_smoke_that_went_and_came_again_is_told_again() -> None:
    told = tell(*(("detector", "smoke", at(0, f"10:0{n}"), value) for n, value in enumerate((1.0, 0.0, 1.0))))
    assert len(told) == 2


def test_no_smoke_no_word() -> None:
    assert tell(("detector", "smoke", at(0, "10:00"), 0.0), ("sink", "leak", at(0, "10:01"), 0.0)) == []


def test_water_on_the_floor_is_the_same_days_task() -> None:
    assert [one.level for one in tell(("sink", "leak", at(0, "10:00"), 1.0))] == [Level.WATCH]


def room(*degrees: float, device: str = "bedroom_air") -> list[tuple[str, str]]:
    """(sign, level) after a temperature each half hour."""
    start = at(0, "08:00")
    values = [(device, "temperature", start + timedelta(minutes=30 * n), d) for n, d in enumerate(degrees)]
    return [(one.sign, str(one.level)) for one in tell(*values)]


def test_a_cold_room_is_told_after_three_hours_and_once() -> None:
    assert room(*[15.0] * 6) == []
    assert room(*[15.0] * 20) == [("cold_room", "watch")]


def test_a_window_opened_for_a_while_is_not_a_cold_room() -> None:
    assert room(21, 14, 14, 14, 20, 14, 14, 14, 20) == []


def test_a_freezing_room_is_urgent_and_a_hot_one_too() -> None:
    assert room(9, 9, 9, 9) == [("cold_room", "urgent")]
    assert room(34, 34, 34, 34) == [("hot_room", "urgent")]


def test_a_fridge_is_not_a_room_and_a_broken_sensor_says_nothing() -> None:
    assert room(*[4.0] * 20, device="fridge_sensor") == []
    assert room(*[-127.0] * 20) == []


def cuff(*values: tuple[str, float], kind: str = "systolic", until: str | None = None) -> list[tuple[str, str]]:
    """(level, last reason) of (clock, value) measured on one day."""
    told = tell(
        *(("cuff", kind, at(0, clock), value) for clock, value in values), until=at(0, until) if until else None
    )
    return [(str(one.level), one.reasons[1].key) for one in told if one.sign == "vital"]


def test_high_pressure_once_asks_the_resident_to_measure_again() -> None:
    assert cuff(("09:00", 166), until="23:00") == [(CHECK, "vital_once")]


def test_high_pressure_twice_calls_a_person() -> None:
    assert cuff(("09:00", 166), ("09:20", 168)) == [(CHECK, "vital_once"), ("watch", "vital_again")]


def test_high_pressure_that_was_fine_the_second_time_calls_nobody() -> None:
    assert cuff(("09:00", 166), ("09:20", 138), ("21:00", 141), until="23:00") == [(CHECK, "vital_once")]


def test_severe_pressure_twice_is_urgent_and_the_lesser_of_two_counts() -> None:
    assert cuff(("09:00", 190), ("09:05", 186))[-1] == ("urgent", "vital_again")
    assert cuff(("09:00", 190), ("09:05", 165))[-1] == ("watch", "vital_again")


def test_severe_pressure_that_nobody_repeats_is_urgent_after_half_an_hour() -> None:
    assert cuff(("09:00", 190), until="09:29") == [(CHECK, "vital_once")]
    assert cuff(("09:00", 190), until="09:30")[-1] == ("urgent", "vital_not_again")


def test_the_same_value_sent_twice_is_one_measurement() -> None:
    assert cuff(("09:00", 166), ("09:00", 166)) == [(CHECK, "vital_once")]


def test_a_person_is_not_called_about_the_same_thing_all_day() -> None:
    assert cuff(*((f"{hour:02}:00", 166) for hour in range(9, 15)))[1:] == [("watch", "vital_again")]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("spo2", 91), ("heart_rate", 48), ("heart_rate", 104), ("body_temperature", 38.4), ("glucose", 62)],
)
def test_every_kind_has_its_limits(kind: str, value: float) -> None:
    assert cuff(("09:00", value), ("09:30", value), kind=kind)[-1][0] == "watch"


def test_an_impossible_value_is_no_measurement() -> None:
    assert cuff(("09:00", 500), ("09:10", 500)) == []


def test_a_value_far_from_the_persons_own_range_is_noticed_within_the_limits() -> None:
    usual = [("cuff", "systolic", at(day, "09:00"), 112.0 + day % 4) for day in range(14)]
    odd = [("cuff", "systolic", at(14, clock), 152.0) for clock in ("09:00", "09:15")]
    told = tell(*usual, *odd)
    assert [one.level for one in told] == [CHECK, Level.WATCH]
    assert told[1].evidence["own_range"] is True
    assert tell(*usual, ("cuff", "systolic", at(14, "09:00"), 122.0)) == []


def test_two_kilograms_in_three_days_are_noticed() -> None:
    steady = [("scale", "weight", at(day, "07:30"), 61.0 + day % 2 * 0.4) for day in range(10)]
    told = tell(*steady, ("scale", "weight", at(10, "07:30"), 63.6), ("scale", "weight", at(10, "07:35"), 63.5))
    assert [one.level for one in told] == [CHECK, Level.WATCH]
    assert tell(*steady) == []


def test_an_ordinary_value_weighs_in_the_score() -> None:
    _, found = watch.observe(watch.new("home-1"), reading("home-1", "cuff", "systolic", at(0, "09:00"), 128))
    assert [(one.level, one.part, one.value) for one in found] == [(None, Part.VITALS, 1.0)]
