"""Somebody went into the bathroom, or out at night, and is not seen again: asked first, then looked for."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from residents.sign import Level
from sensors import watch
from sensors.finding import CHECK, Finding
from sensors.message import GatewayState
from sensors.reading import Reading
from tests.sensors_rules.home import at, ordinary_day, play, reading, weeks

DAY = 21
HOME = "home-1"


def until(clock: str, day: int = DAY) -> list[Reading]:
    """Three ordinary weeks and the day up to then."""
    return [
        *weeks(HOME),
        *(one for d in range(21, day + 1) for one in ordinary_day(HOME, d, to="24:00" if d < day else clock)),
    ]


def moves(*steps: tuple[str, str], day: int = DAY) -> list[Reading]:
    """(clock, device)."""
    return [
        reading(HOME, device, "contact" if "door" in device else "motion", at(day, clock)) for clock, device in steps
    ]


def told(story: Iterable[Reading], sign: str, clock: str = "23:59", day: int = DAY) -> list[tuple[str | None, str]]:
    """(level, when) of one sign on the last day."""
    return [(one.level, f"{one.at:%H:%M}") for one in found(story, sign, clock, day)]


def found(story: Iterable[Reading], sign: str, clock: str = "23:59", day: int = DAY) -> list[Finding]:
    return [one for one in play(story, at(day, clock)) if one.sign == sign and one.at > at(DAY, "00:00")]


def test_someone_who_stays_in_the_bathroom_is_asked_and_then_looked_for() -> None:
    story = [*until("10:00"), *moves(("10:02", "bathroom"))]
    ask, look = found(story, "bathroom_stay", "14:00")
    assert (ask.level, look.level) == (CHECK, Level.URGENT)
    assert ask.since == look.since
    assert ask.since == at(DAY, "10:02")
    assert timedelta(minutes=45) <= ask.at - at(DAY, "10:02") <= timedelta(minutes=75)
    assert timedelta(minutes=90) <= look.at - at(DAY, "10:02") <= timedelta(hours=3)
    assert ask.rule == "bathroom@1"
    assert [reason.key for reason in ask.reasons] == ["bathroom_long", "bathroom_longest"]


def test_someone_who_moves_in_the_bathroom_and_does_not_come_out_is_asked_too() -> None:
    steps = [(f"{10 + minute // 60}:{minute % 60:02}", "bathroom") for minute in range(2, 75, 6)]
    assert told([*until("10:00"), *moves(*steps)], "bathroom_stay", "11:20")[0][0] == CHECK


def test_being_seen_elsewhere_ends_it() -> None:
    story = [*until("10:00"), *moves(("10:02", "bathroom"), ("10:40", "kitchen"), ("10:50", "living_room"))]
    assert told(story, "bathroom_stay", "12:00") == []


def test_ordinary_weeks_have_no_long_stay_and_no_door_at_night() -> None:
    signs = {one.sign for one in play(weeks(HOME, 28), at(27, "23:00"))}
    assert signs.isdisjoint({"bathroom_stay", "night_door"})


def bathing_day(day: int) -> list[Reading]:
    """The bathroom from noon to half past one, every day."""
    bath = moves(("12:05", "bathroom"), ("12:40", "bathroom"), ("13:35", "bedroom"), day=day)
    return [*ordinary_day(HOME, day, to="12:00"), *bath, *ordinary_day(HOME, day, from_="13:40")]


def test_a_person_who_bathes_for_long_is_left_in_peace() -> None:
    usual = [one for day in range(21) for one in bathing_day(day)]
    story = [*usual, *ordinary_day(HOME, DAY, to="12:00"), *moves(("12:05", "bathroom"))]
    assert told(story, "bathroom_stay", "13:35") == []
    others = [*weeks(HOME), *ordinary_day(HOME, DAY, to="12:00"), *moves(("12:05", "bathroom"))]
    assert [level for level, _ in told(others, "bathroom_stay", "13:35")] == [CHECK]


def test_with_the_other_sensors_gone_the_bathroom_says_nothing() -> None:
    silent = {"kitchen", "living_room"}
    story = [one for one in until("10:00", DAY + 2) if one.device not in silent or one.at < at(DAY, "02:00")]
    assert told([*story, *moves(("10:02", "bathroom"), day=DAY + 2)], "bathroom_stay", "14:00", DAY + 2) == []


def test_a_gateway_that_went_away_is_no_stay_in_the_bathroom() -> None:
    state, _ = watch.observe_all(watch.new(HOME), [*until("10:00"), *moves(("10:02", "bathroom"))])
    state, _ = watch.note_state(state, GatewayState(HOME, at(DAY, "10:05"), online=False))
    findings: list[Finding] = []
    while state.due_at is not None and state.due_at <= at(DAY, "15:00"):
        state, more = watch.due(state, state.due_at.astimezone(at(DAY, "15:00").tzinfo))
        findings += more
    assert {one.sign for one in findings} == {"gateway_silent"}


def test_the_door_at_night_and_nobody_seen_since_is_asked_about_and_then_looked_for() -> None:
    story = [*until("02:00"), *moves(("02:10", "bedroom"), ("02:14", "front_door"))]
    ask, look = found(story, "night_door", "07:00")
    assert [(one.level, f"{one.at:%H:%M}") for one in (ask, look)] == [(CHECK, "02:44"), ("urgent", "06:14")]
    assert [reason.key for reason in ask.reasons] == ["night_door", "night_door_unusual"]
    assert ask.since == at(DAY, "02:14")


@pytest.mark.parametrize(
    "then", [(("02:20", "bedroom"),), (("02:35", "front_door"), ("02:36", "hall"), ("02:40", "bedroom"))]
)
def test_someone_who_comes_back_in_is_not_asked(then: tuple[tuple[str, str], ...]) -> None:
    story = [*until("02:00"), *moves(("02:10", "bedroom"), ("02:14", "front_door"), *then)]
    assert told(story, "night_door", "05:00") == []


def test_a_door_by_day_is_not_a_door_at_night() -> None:
    assert told([*until("10:00"), *moves(("10:02", "front_door"))], "night_door") == []


def test_whoever_goes_to_market_every_night_may_go() -> None:
    market = [
        one
        for day in range(21)
        for one in moves(
            ("03:40", "bedroom"), ("03:45", "front_door"), ("06:30", "front_door"), ("06:31", "kitchen"), day=day
        )
    ]
    story = [*until("02:00"), *market, *moves(("03:40", "bedroom"), ("03:50", "front_door"))]
    assert told(story, "night_door", "06:00") == []


def test_when_all_homes_fall_silent_nobody_is_in_the_bathroom() -> None:
    names = [f"home-{number}" for number in range(6)]
    story = [one for name in names for one in [*weeks(name), *ordinary_day(name, DAY, to="10:00")]]
    story += [reading(name, "bathroom", "motion", at(DAY, "10:00")) for name in names]
    story += [one for name in names for one in ordinary_day(name, DAY + 1, from_="12:00")]
    assert told(story, "bathroom_stay", "14:00", DAY + 1) == []


def test_after_a_question_about_silence_the_bathroom_does_not_ask_again() -> None:
    baths = [one for day in range(21) for one in moves(("16:05", "bathroom"), ("19:00", "kitchen"), day=day)]
    story = [*until("10:00"), *baths, *moves(("10:02", "bathroom"))]
    levels = [one.level for one in play(story, at(DAY, "22:00")) if one.at > at(DAY, "10:00") and one.level]
    assert levels.count(CHECK) <= 2
