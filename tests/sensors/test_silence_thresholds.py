"""How patient a city is with silence: set in numbers that people can mean, obeyed at once."""

from datetime import datetime, timedelta
from statistics import mean

import pytest

from sensors import noticing, patience, silence, thresholds, watch
from sensors.silence import LEVELS, Silence
from sensors.state import with_limits
from sensors.watch import HomeWatch, stretch_of
from tests.sensors_rules.home import SEOUL, at, ordinary_day, weeks

HOME = "home-1"


def _lived(to: str = "13:00") -> HomeWatch:
    return watch.observe_all(watch.new(HOME), [*weeks(HOME, 21), *ordinary_day(HOME, 21, to=to)])[0]


def _hours(to: str, **own: float) -> list[float]:
    """After how many hours of silence each level is told."""
    state = _lived(to)
    assert state.life is not None
    limits = {f"silence.{name}": value for name, value in own.items()}
    followed = silence.follow(Silence(stretch_of(state.life, state.life.last)), state.rhythm, limits)
    return [(one - state.life.last) / 3600 for one in followed.times]


def test_whoever_accepts_more_calls_hears_earlier_and_nobody_later() -> None:
    often, usual, seldom = (
        [_hours(to, check=check, urgent=urgent) for to in ("09:00", "13:00", "17:00", "22:00")]
        for check, urgent in ((8.0, 1.0), (2.0, 0.3), (0.6, 0.2))
    )
    for level in range(len(LEVELS)):
        waits = [mean(each[level] for each in side) for side in (often, usual, seldom)]
        assert waits == sorted(waits)
        assert waits[0] < waits[2]


def test_the_fleets_own_budget_is_what_holds_without_a_word() -> None:
    assert _hours("13:00", check=2.0, urgent=0.3) == _hours("13:00")
    for level, often in patience.BUDGETS.items():
        assert thresholds.BY_NAME[f"silence.{level}"].default == often


def test_the_price_falls_where_more_calls_are_accepted_and_stays_within_what_was_measured() -> None:
    for level in LEVELS:
        prices = [patience.dearer(level, {f"silence.{level}": often}) for often in (0.01, 0.2, 0.5, 1, 3, 9, 99)]
        assert prices == sorted(prices, reverse=True)
        assert (prices[0], prices[-1]) == (16.0, 0.0625)
        assert patience.dearer(level, {}) == 1.0


def test_nobody_at_home_waits_longer_than_was_said() -> None:
    check, urgent = _hours("22:00", check=0.6, urgent=0.2, check_most=5.0, urgent_most=9.0)
    assert check <= 5.0
    assert check < urgent <= 9.0
    assert _hours("22:00", check=0.6) > [5.0]


def test_a_silence_that_lasts_is_told_by_the_threshold_of_now() -> None:
    state = _lived("24:00")
    assert state.life is not None
    last = state.life.last
    asleep = datetime.fromtimestamp(last, SEOUL)
    state, found = watch.due(state, asleep + timedelta(minutes=175))
    assert state.silence is not None
    assert state.silence.times[0] > last + 4 * 3600
    assert found == ()
    later = asleep + timedelta(minutes=185)
    _, found = watch.due(with_limits(state, {"silence.check_most": 3.0}), later)
    assert [(one.sign, one.level) for one in found] == [("silence", "check")]
    same, found = watch.due(with_limits(state, {}), later)
    assert (same.is_silent, found) == (False, ())


@pytest.mark.parametrize(
    ("limits", "wrong"),
    [
        ({"silence.urgent": 1.0, "silence.check": 0.8}, ["silence.check"]),
        ({"silence.check": 40.0}, ["silence.check"]),
        ({"silence.check_most": 1.0}, ["silence.check_most"]),
        ({"silence.check_most": 48.0}, ["silence.check_most"]),
        ({"silence.check": 3.0, "silence.urgent": 0.5, "silence.urgent_most": 12.0}, []),
    ],
)
def test_only_what_a_person_can_mean_is_taken(limits: dict[str, float], wrong: list[str]) -> None:
    assert thresholds.faults(limits) == wrong


def test_how_long_somebody_in_need_would_have_waited() -> None:
    state, when = _lived("13:00"), at(21, "13:00")
    waited = noticing.hours_until(state, when)
    assert 0 < waited["check"] < waited["urgent"] < 48
    sooner = noticing.hours_until(with_limits(state, {"silence.check_most": 3.0}), when)
    assert sooner["check"] <= waited["check"]
    assert noticing.middles([waited, {}], [sooner, sooner])["check"] == (waited["check"], sooner["check"])


def test_who_is_out_or_asked_already_or_unknown_is_no_example() -> None:
    out, _ = watch.observe_all(watch.new(HOME), [*weeks(HOME, 21), *ordinary_day(HOME, 21, to="14:30")])
    assert noticing.hours_until(out, at(21, "14:31")) == {}
    assert noticing.hours_until(None, at(21, "14:31")) == {}
    assert noticing.hours_until(watch.new(HOME), at(21, "14:31")) == {}


def test_the_same_moments_are_looked_at_each_time() -> None:
    homes = ["home-1", "home-2"]
    drawn = noticing.moments(homes, at(0, "00:00"), at(30, "00:00"))
    assert drawn == noticing.moments(homes, at(0, "00:00"), at(30, "00:00")) == sorted(drawn)
    assert [home for _, home in drawn].count("home-1") == noticing.MOMENTS
