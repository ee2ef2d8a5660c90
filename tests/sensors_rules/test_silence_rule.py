"""When a silence is told: both its moments are known as soon as one could be due, and the price moves them."""

import json
from dataclasses import replace
from datetime import datetime
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors import lingering, prior, returning, silence, watch
from sensors.finding import CHECK
from sensors.place import Place
from sensors.rhythm import AGE_DAYS, AGE_UNKNOWN, AGE_ZERO, SLOTS, Rhythm, rounded
from sensors.silence import URGENT, WORTH, Silence
from tests.sensors_rules.home import FIRST, SEOUL, at, ordinary_day, reading, weeks


def lived(days: int = 21, to: str = "10:00") -> watch.HomeWatch:
    state, _ = watch.observe_all(watch.new("home-1"), [*weeks("home-1", days), *ordinary_day("home-1", days, to=to)])
    return state


@cache
def rhythm_after(days: int) -> Rhythm:
    return watch.observe_all(watch.new("home-1"), weeks("home-1", days))[0].rhythm


def beginning(state: watch.HomeWatch) -> Silence:
    assert state.life is not None
    return Silence(watch.stretch_of(state.life, state.life.last))


def test_both_moments_are_known_at_once_and_stay() -> None:
    state = lived()
    followed = silence.follow(beginning(state), state.rhythm)
    assert len(followed.times) == 2
    assert followed.stretch.base < followed.times[0] < followed.times[1]
    assert silence.follow(followed, Rhythm()) is followed
    assert silence.due_at(followed) == followed.times[0]
    assert silence.due_at(silence.raised(followed, followed.times[0])) == followed.times[1]
    assert silence.due_at(replace(followed, raised=2)) is None


def test_fewer_silences_last_until_the_second_moment() -> None:
    state = lived()
    asked, looked_for = silence.follow(beginning(state), state.rhythm).shares
    assert 0 <= looked_for <= asked < 0.2


def test_the_dearer_a_false_call_the_later_it_is_made() -> None:
    lasting = returning.shares(np.full(returning.STEPS, 0.2))
    told = [silence.best(lasting, WORTH[CHECK], 24, price) for price in (0.0, 10.0, 1e3, 1e5, 1e12)]
    assert told == sorted(told)
    assert told[0] == silence.FIRST_S / 3600
    assert told[-1] > told[0] + 5


def test_where_silences_are_short_it_is_told_when_the_first_wait_ends() -> None:
    """Earlier would spare nobody a wait that counts, later would spare nobody this one."""
    worth = WORTH[CHECK]
    assert min(hours for hours, _ in worth.waits) * 3600 == silence.FIRST_S
    lasting = returning.shares(np.full(returning.STEPS, 0.6))
    assert silence.best(lasting, worth, 24, worth.price) == silence.FIRST_S / 3600


@pytest.mark.parametrize(("level", "at_home", "away"), [(CHECK, 24, 48), (URGENT, 20, 96)])
def test_no_price_lets_anybody_be_forgotten(level: str, at_home: float, away: float) -> None:
    state = lived()
    lasting = returning.shares(np.full(returning.STEPS, 0.02))
    stretch = beginning(state).stretch
    assert silence.reached(level, state.rhythm, stretch, lasting, 1e30) <= at_home
    gone = replace(stretch, place=Place.EXIT)
    assert silence.reached(level, state.rhythm, gone, lasting, 1e30) <= away


def test_a_quiet_noon_in_a_lively_home_is_told_before_a_quiet_night() -> None:
    noon, night = lived(to="12:00"), lived(to="22:30")
    waits = []
    for state in (noon, night):
        followed = silence.follow(beginning(state), state.rhythm)
        waits.append(followed.times[0] - followed.stretch.base)
    assert waits[0] < waits[1]


def test_in_the_first_two_weeks_the_person_is_called_later_not_never() -> None:
    state = lived()
    likely = np.full(returning.STEPS, 0.1)
    lasting = returning.shares(likely)
    young = state.rhythm._replace(since=at(19, "10:00").timestamp())
    stretch = beginning(state).stretch
    early = silence.reached(CHECK, state.rhythm, stretch, lasting)
    assert early <= silence.reached(CHECK, young, stretch, lasting) <= 24


def test_days_are_kept_for_each_half_hour_and_no_more_than_six_weeks() -> None:
    ages = lived(60).rhythm.ages
    assert len(ages) == SLOTS
    assert {len(one) for one in ages} == {AGE_DAYS}
    assert set(ages[24]) == {"0"}  # noon: somebody moved within ten minutes, each day


def test_a_silence_of_nine_hours_and_more_is_known_as_long_as_it_was() -> None:
    state = lived()
    nights = state.rhythm._replace(ages=(chr(AGE_ZERO + 57) * AGE_DAYS,) * SLOTS)
    rows = returning.features(nights, beginning(state).stretch)
    assert (rows == 57 / 6).all(axis=0).any()  # the third longest, hours


@given(
    days=st.sampled_from([0, 1, 16, 21]),
    stretch=st.builds(
        returning.Stretch,
        base=st.floats(FIRST.timestamp(), FIRST.timestamp() + 30 * 86_400),
        offset=st.sampled_from([0, 3600, 32_400]),
        place=st.sampled_from(list(Place)),
        exit_ago=st.floats(0, 1e5),
        lately=st.floats(0, 9),
        recently=st.floats(0, 30),
    ),
)
@settings(max_examples=60, deadline=None)
def test_what_is_kept_of_the_hour_changes_no_estimate(days: int, stretch: returning.Stretch) -> None:
    """The fit weighs whole rows of features; a look weighs them in parts, some of them made before."""
    rhythm = rhythm_after(days)
    whole = returning.likely(returning.features(rhythm, stretch) @ np.array(prior.WEIGHTS))
    assert np.allclose(returning.chances(rhythm, stretch), whole, rtol=1e-12, atol=1e-12)


@given(st.floats(0, 100))
def test_counts_are_rounded_as_python_rounds(value: float) -> None:
    for one in (value, round(value, 4) * 0.97, round(value, 4) * 0.99 + 1):
        assert rounded(one) == round(one, 4)


def test_an_absence_is_no_day_to_compare_with() -> None:
    story = [one for one in weeks("home-1", 30) if not at(20, "10:00") < one.at < at(23, "10:00")]
    state, _ = watch.observe_all(watch.new("home-1"), story)
    assert state.rhythm.ages[24].count(AGE_UNKNOWN) == 3


def as_kept_before(raised: int | None) -> watch.HomeWatch:
    """What `silence@1` left of a home, its silence told so far (None: none begun), read by the present rules."""
    kept = lived().to_json()
    del kept["rhythm"]["ages"], kept["known"]["answered_at"]
    for device in kept["known"]["devices"].values():
        del device["when_used"]
    began = at(21, "09:59").timestamp()
    if raised is not None:
        kept["silence"] = {
            "stretch": {
                "base": began,
                "offset": 32_400,
                "place": 0,
                "exit_ago": 67_680.0,
                "lately": 4.1,
                "recently": 14.0,
            },
            **{"steps": 15, "surprise": 6.6, "evidence": 1.2e6, "owed": 13.2, "crossed": 0.0, "expected_min": 60},
            **{"raised": raised, "asked": began + 4_800 if raised else 0.0},
        }
    kept["due"] = began + (8_400 if raised else 1_800) if raised != 2 else None
    return watch.HomeWatch.from_json(json.loads(json.dumps(kept)))


@pytest.mark.parametrize(("raised", "then"), [(None, [CHECK, URGENT]), (0, [CHECK, URGENT]), (1, [URGENT]), (2, [])])
def test_after_an_update_what_was_told_is_not_told_again_and_what_was_not_still_is(
    raised: int | None, then: list[str]
) -> None:
    state, told = as_kept_before(raised), []
    while state.due is not None and state.due < at(23, "10:00").timestamp():
        state, found = watch.due(state, datetime.fromtimestamp(state.due, SEOUL))
        told += [one.level for one in found if one.sign == "silence"]
        state = watch.HomeWatch.from_json(json.loads(json.dumps(state.to_json())))
    assert told == then


def test_after_an_update_the_days_are_counted_from_then_on() -> None:
    state, _ = watch.observe_all(as_kept_before(1), [*ordinary_day("home-1", 22), *ordinary_day("home-1", 23)])
    assert state.rhythm.since == lived().rhythm.since
    assert {len(one) for one in state.rhythm.ages} == {2, 3}


def in_the_bathroom() -> tuple[watch.HomeWatch, datetime]:
    """Somebody who does not come out, and when it is time to ask."""
    state, _ = watch.observe(lived(), reading("home-1", "bathroom", "motion", at(21, "10:05")))
    due = lingering.due_at(state)
    assert due is not None
    return state, datetime.fromtimestamp(due, SEOUL)


def asked_about(state: watch.HomeWatch, asked: float) -> watch.HomeWatch:
    """With a silence that has asked already."""
    assert state.life is not None
    stretch = watch.stretch_of(state.life, state.life.last)
    return state._replace(silence=Silence(stretch, (asked, asked + 36_000), (0.02, 0.001), raised=1, asked=asked))


def test_a_stay_the_silence_has_asked_about_is_not_asked_about_again() -> None:
    state, now = in_the_bathroom()
    _, alone = lingering.judge(state, now)
    assert [one.level for one in alone] == [CHECK]
    judged, found = lingering.judge(asked_about(state, now.timestamp() - 60), now)
    assert found == ()
    assert lingering.asked_at(judged) == now.timestamp() - 60


def test_an_answered_silence_counts_anew_and_asks_again_before_anybody_is_sent() -> None:
    asked = at(21, "12:00").timestamp()
    state = asked_about(lived(), asked)
    assert watch.open_since(state, state) == at(21, "09:59").timestamp()
    heard = watch.answered(state, asked)
    assert watch.open_since(heard, heard) is None
    told = []
    while heard.due is not None and heard.due < at(23, "10:00").timestamp():
        heard, found = watch.due(heard, datetime.fromtimestamp(heard.due, SEOUL))
        told += [(one.level, one.at) for one in found if one.sign == "silence"]
    assert [level for level, _ in told] == [CHECK, URGENT]
    assert told[0][1] > at(21, "12:30")


def test_once_a_person_was_sent_words_alone_do_not_begin_it_anew() -> None:
    before = asked_about(lived(), at(21, "12:00").timestamp())
    assert before.silence is not None
    sent = before._replace(silence=replace(before.silence, raised=2))
    assert watch.open_since(before, sent) == before.silence.stretch.base
    assert watch.open_since(sent, sent) is None
