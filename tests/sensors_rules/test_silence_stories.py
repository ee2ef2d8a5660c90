"""Stories of homes that fall silent, and of those that only seem to."""

from datetime import timedelta

import pytest

from sensors.finding import CHECK
from sensors.player import Replay
from tests.sensors_rules.home import at, ordinary_day, play, reading, silences, weeks

DAY = 21


def test_an_ordinary_month_raises_no_silence() -> None:
    findings = play(weeks("home-1", 35), at(34, "23:30"))
    assert [one for one in silences(findings) if one[0] == "urgent"] == []
    assert len(silences(findings)) <= 2
    assert {one.sign for one in findings} <= {"silence", "activity_day", "night_rest"}


def test_someone_who_falls_in_the_morning_is_asked_first_and_looked_for_the_same_day() -> None:
    story = [*weeks("home-1"), *ordinary_day("home-1", DAY, to="10:00")]
    told = [one for one in play(story, at(DAY + 1, "08:00")) if one.sign == "silence" and one.at > at(DAY, "00:00")]
    assert [one.level for one in told] == [CHECK, "urgent"]
    check, urgent = told
    assert check.at - at(DAY, "10:00") <= timedelta(hours=4)
    assert urgent.at - at(DAY, "10:00") <= timedelta(hours=14)
    assert check.since == urgent.since
    assert check.since is not None
    assert check.since < at(DAY, "10:00")
    assert check.expected_min is not None
    assert check.expected_min < 240


def test_a_silent_stretch_is_told_once_per_level_and_a_new_one_anew() -> None:
    first = [*weeks("home-1"), *ordinary_day("home-1", DAY, to="10:00")]
    story = [*first, *(one for day in range(DAY + 3, DAY + 6) for one in ordinary_day("home-1", day))]
    told = [one for one in play(story, at(DAY + 8, "12:00")) if one.sign == "silence" and one.at > at(DAY, "08:00")]
    since = {one.since for one in told}
    assert len(since) == 2
    for beginning in since:
        assert [one.level for one in told if one.since == beginning] == [CHECK, "urgent"]


def test_life_ends_the_silence_before_anything_is_told() -> None:
    story = [*weeks("home-1"), *ordinary_day("home-1", DAY, to="10:00")]
    story.append(reading("home-1", "kitchen", "motion", at(DAY, "10:40")))
    assert silences(play(story, at(DAY, "11:00"))) == silences(play(weeks("home-1"), at(DAY, "02:00")))


def test_going_out_and_coming_back_is_nobodys_alarm() -> None:
    story = [*weeks("home-1"), *ordinary_day("home-1", DAY, to="10:00")]
    story.append(reading("home-1", "front_door", "contact", at(DAY, "10:05")))
    story.append(reading("home-1", "front_door", "contact", at(DAY, "17:30")))
    story += ordinary_day("home-1", DAY, from_="17:35")
    assert [one for one in play(story, at(DAY, "23:00")) if one.sign == "silence" and one.at > at(DAY, "00:00")] == []


def test_being_away_unusually_long_is_told_as_such() -> None:
    story = [*weeks("home-1"), *ordinary_day("home-1", DAY, to="10:00")]
    story.append(reading("home-1", "front_door", "contact", at(DAY, "10:05")))
    told = [one for one in play(story, at(DAY + 6, "10:00")) if one.sign == "silence" and one.at > at(DAY, "00:00")]
    assert [one.level for one in told] == [CHECK, "urgent"]
    assert told[0].at - at(DAY, "10:05") > timedelta(hours=8)
    assert told[0].reasons[0].key == "away_long"
    assert told[0].evidence["away"] is True


def test_a_visitor_changes_nothing_about_what_is_usual() -> None:
    visit = [
        reading("home-1", "living_room", "motion", at(day, "22:30") + timedelta(minutes=minute))
        for day in (15, 16)
        for minute in range(0, 240, 4)
    ]
    story = [*weeks("home-1"), *visit]
    assert [one for one in silences(play(story, at(DAY, "02:00"))) if one[0] == "urgent"] == []


@pytest.mark.parametrize("homes", [6, 20])
def test_when_everybody_falls_silent_it_is_one_outage_and_nobodys_emergency(homes: int) -> None:
    names = [f"home-{number}" for number in range(homes)]
    story = [one for name in names for one in weeks(name)]
    story += [one for name in names for one in ordinary_day(name, DAY, to="10:00")]
    story += [one for name in names for one in ordinary_day(name, DAY + 2, from_="12:00")]
    before = silences(play([one for name in names for one in weeks(name)], at(DAY, "03:00")))
    findings = play(story, at(DAY + 2, "16:00"))
    outages = [one for one in findings if one.sign == "outage"]
    assert [(one.home, one.homes) for one in outages] == [(None, homes)]
    assert silences(findings) == before


def test_with_too_few_homes_to_tell_silence_stays_silence() -> None:
    names = ["home-1", "home-2", "home-3"]
    story = [one for name in names for one in [*weeks(name), *ordinary_day(name, DAY, to="10:00")]]
    findings = play(story, at(DAY + 1, "12:00"))
    assert [one for one in findings if one.sign == "outage"] == []
    for name in names:
        assert [level for level, _ in silences(findings, name)][-2:] == [CHECK, "urgent"]


def test_one_of_many_homes_falling_silent_is_a_person_not_an_outage() -> None:
    names = [f"home-{number}" for number in range(8)]
    story = [one for name in names for one in weeks(name, 22)]
    story = [one for one in story if one.home != "home-0" or one.at < at(DAY, "10:00")]
    findings = play(story, at(DAY, "21:00"))
    assert [one for one in findings if one.sign == "outage"] == []
    assert silences(findings, "home-0")[-1][0] in (CHECK, "urgent")


def test_a_home_of_which_nothing_is_known_yet_falls_back_to_the_fixed_tiers() -> None:
    story = list(ordinary_day("home-1", 0, from_="09:00", to="10:00"))
    told = [(one.level, one.at - story[-1].at) for one in play(story, at(2, "12:00"))]
    assert told == [(CHECK, timedelta(hours=8)), ("urgent", timedelta(hours=24))]


def test_a_home_that_never_said_anything_is_never_judged() -> None:
    fleet = Replay()
    assert fleet.until(at(400, "00:00").timestamp()) == []
