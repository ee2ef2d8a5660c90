"""Days and nights that are not like this person's own: told for the score and the timeline, paging nobody."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from residents.sign import Part
from sensors.finding import Finding
from sensors.reading import Reading
from tests.sensors_rules.home import at, ordinary_day, play, reading, weeks

HOME = "home-1"
DAY = 28
SIGNS = ("night_wandering", "sleep_change", "no_cooking", "decline")


def visits(day: int, *steps: tuple[str, str]) -> list[Reading]:
    """(clock, room): somebody moves there for ten minutes."""
    return [
        reading(HOME, room, "motion", at(day, clock) + timedelta(minutes=minute))
        for clock, room in steps
        for minute in (0, 4, 9)
    ]


def sat_up(day: int, first: str, last: str) -> list[Reading]:
    """In the living room, moving every few minutes."""
    moment, found = at(day, first), []
    while moment < at(day, last):
        found.append(reading(HOME, "living_room", "motion", moment))
        moment += timedelta(minutes=8)
    return found


def told(story: Iterable[Reading], day: int) -> list[Finding]:
    """What these rules say up to the evening of that day."""
    return [one for one in play(story, at(day, "23:00")) if one.sign in SIGNS]


def restless(day: int) -> list[Reading]:
    return visits(day, ("00:40", "kitchen"), ("02:05", "living_room"), ("03:40", "kitchen"), ("04:50", "living_room"))


def test_a_night_of_wandering_is_told_at_noon_and_pages_nobody() -> None:
    [one] = told([*weeks(HOME, DAY + 1), *restless(DAY)], DAY)
    assert (one.sign, one.level, one.part, one.rule) == ("night_wandering", None, Part.SLEEP, "wandering@1")
    assert at(DAY, "12:00") <= one.at <= at(DAY, "12:30")
    assert one.since is not None
    assert at(DAY - 1, "22:30") <= one.since <= at(DAY, "00:30")
    assert [reason.key for reason in one.reasons] == ["wandering", "wandering_usual"]
    assert one.evidence["times"] == 4


@pytest.mark.parametrize(
    "night",
    [
        visits(DAY, ("02:00", "kitchen")),
        visits(DAY, ("00:40", "bathroom"), ("02:05", "bathroom"), ("03:40", "bathroom"), ("04:50", "bathroom")),
        [*sat_up(DAY - 1, "22:00", "24:00"), *sat_up(DAY, "00:00", "01:30")],
    ],
    ids=["one way to the kitchen", "the bathroom again and again", "a late evening"],
)
def test_a_night_that_is_only_a_little_different_is_nobodys_business(night: list[Reading]) -> None:
    assert told([*weeks(HOME, DAY + 1), *night], DAY) == []


def test_whoever_is_up_every_night_is_left_in_peace() -> None:
    story = [*weeks(HOME, DAY + 8), *(one for day in range(DAY + 8) for one in restless(day))]
    assert [one for one in told(story, DAY + 7) if one.at > at(14, "00:00")] == []


def test_a_week_of_wandering_is_told_once() -> None:
    story = [*weeks(HOME, DAY + 6), *(one for day in range(DAY, DAY + 6) for one in restless(day))]
    assert [one.at.date() for one in told(story, DAY + 5) if one.sign == "night_wandering"] == [at(DAY, "12:00").date()]


def short_night(day: int) -> list[Reading]:
    """In bed at two, up at five."""
    return [*sat_up(day - 1, "22:00", "24:00"), *sat_up(day, "00:00", "02:00"), *sat_up(day, "05:00", "07:20")]


def late_day(day: int) -> list[Reading]:
    """Everything three hours later."""
    return [reading(HOME, one.device, one.kind, one.at + timedelta(hours=3)) for one in ordinary_day(HOME, day)]


def test_short_nights_are_told_once_some_have_passed() -> None:
    story = [*weeks(HOME, DAY + 6), *(one for day in range(DAY, DAY + 6) for one in short_night(day))]
    [one] = [one for one in told(story, DAY + 5) if one.sign == "sleep_change"]
    assert (one.level, one.part, one.reasons[0].key) == (None, Part.SLEEP, "sleep_shorter")
    assert at(DAY + 2, "00:00") < one.at < at(DAY + 5, "13:00")
    assert one.reasons[0].values["hours"] < one.reasons[0].values["usual"] - 1.5


def test_nights_that_come_later_are_told_as_such() -> None:
    story = [*weeks(HOME, DAY), *(one for day in range(DAY, DAY + 7) for one in late_day(day))]
    assert [one.reasons[0].key for one in told(story, DAY + 6)] == ["sleep_later"]


def test_two_nights_with_visitors_change_nothing() -> None:
    visit = [
        one for day in (DAY, DAY + 1) for one in [*sat_up(day, "22:00", "24:00"), *sat_up(day + 1, "00:00", "01:00")]
    ]
    assert told([*weeks(HOME, DAY + 8), *visit], DAY + 7) == []


def fridge(days: int) -> list[Reading]:
    """The fridge beside the kitchen's motion sensor."""
    opened = (one for one in weeks(HOME, days) if one.device == "kitchen" and one.at.minute < 20)
    return [reading(HOME, "fridge", "contact", one.at) for one in opened]


def without_kitchen(story: Iterable[Reading], first: int, last: int) -> list[Reading]:
    dark = (at(first, "11:30"), at(last, "12:30"))
    return [one for one in story if one.device not in ("kitchen", "fridge") or not dark[0] < one.at < dark[1]]


def test_a_day_without_the_kitchen_is_told_where_its_sensors_can_be_trusted() -> None:
    story = without_kitchen([*weeks(HOME, DAY + 3), *fridge(DAY + 3)], DAY, DAY + 1)
    [one] = told(story, DAY + 2)
    assert (one.sign, one.level, one.part) == ("no_cooking", None, Part.MEALS)
    assert one.since == at(DAY, "12:00")
    assert [reason.key for reason in one.reasons] == ["no_cooking", "no_cooking_usual"]


def test_a_kettle_that_reports_and_is_not_switched_on_shows_it_too() -> None:
    story = without_kitchen(weeks(HOME, DAY + 3), DAY, DAY + 1)
    kettle = [
        reading(HOME, "kettle", "power", at(day, f"{hour}:05"), 1.5) for day in range(DAY + 3) for hour in range(24)
    ]
    assert [one.sign for one in told([*story, *kettle], DAY + 2)] == ["no_cooking"]


def test_a_lone_kitchen_sensor_that_says_nothing_proves_nothing() -> None:
    assert told(without_kitchen(weeks(HOME, DAY + 3), DAY, DAY + 1), DAY + 2) == []


def test_whoever_is_out_all_day_need_not_cook() -> None:
    out = [
        reading(HOME, "front_door", "contact", at(day, clock)) for day, clock in ((DAY, "11:40"), (DAY + 1, "12:20"))
    ]
    story = [one for one in [*weeks(HOME, DAY + 3), *fridge(DAY + 3)] if not out[0].at <= one.at <= out[1].at]
    assert told([*story, *out], DAY + 2) == []


def slower(days: range) -> list[Reading]:
    """Up and about only from nine to four."""
    return [one for day in days for one in ordinary_day(HOME, day, from_="09:00", to="16:00")]


def test_a_slow_decline_is_told_once_with_the_weeks() -> None:
    [one] = [one for one in told([*weeks(HOME, 42), *slower(range(42, 84))], 84) if one.sign == "decline"]
    assert (one.level, one.part, one.rule) == (None, Part.ACTIVITY, "decline@1")
    assert at(42 + 18, "00:00") <= one.at <= at(42 + 30, "00:00")
    assert one.evidence["weeks"] == 3
    assert len(one.evidence["hours_by_week"]) >= 7
    assert one.reasons[1].key == "decline_weeks"
    assert "→" in one.reasons[1].values["each"]


def test_a_steady_quarter_has_no_decline() -> None:
    assert told(weeks(HOME, 91), 90) == []


def test_sensors_that_die_are_no_decline() -> None:
    story = [one for one in weeks(HOME, 84) if one.device == "bedroom" or one.at < at(42, "00:00")]
    assert [one for one in told(story, 83) if one.sign == "decline"] == []


def test_in_the_first_days_nothing_is_told_of_an_ordinary_life() -> None:
    assert told(weeks(HOME, 14), 13) == []
