"""The score's rules: evidence, recency, coverage, reasons; and when a score is itself a sign."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residents.sign import Level, Part, Sign, Source
from wellbeing.score import WEIGHTS, Band, Score, band, score, state_of
from wellbeing.trend import Falling, Low, Watched, watch

NOW = datetime(2026, 11, 23, tzinfo=UTC)
_numbers = count()


def sign(
    part: Part, value: float, days_ago: float = 0, source: Source = Source.TALK, level: Level | None = None
) -> Sign:
    at = NOW - timedelta(days=days_ago)
    return Sign(f"s-{next(_numbers)}", "r-1", part.value, at, source, "말씀", "r@1", level, part, value)


def test_no_sign_no_score() -> None:
    assert score([], NOW) == Score(None, Band.UNKNOWN, 0.0)


def test_one_kind_of_evidence_is_not_enough() -> None:
    found = score([sign(Part.MEALS, 1), sign(Part.SLEEP, 1)], NOW)
    assert (found.value, found.band) == (None, Band.UNKNOWN)
    assert found.coverage == 0.2
    assert [reason.value for reason in found.reasons] == [100, 100]


def test_two_kinds_make_a_score_with_named_reasons_the_costliest_first() -> None:
    bad, good = sign(Part.MOOD, 0.2), sign(Part.ANSWERING, 1, source=Source.CHECKIN)
    found = score([good, bad], NOW)
    assert (found.value, found.band) == (60, Band.NOTICE)
    assert [(r.part, r.value, r.weight, r.signs) for r in found.reasons] == [
        ("mood", 20.0, 0.5, (bad.id,)),
        ("answering", 100.0, 0.5, (good.id,)),
    ]


def test_what_is_missing_lowers_coverage_not_the_score() -> None:
    thin = score([sign(Part.MOOD, 1), sign(Part.MEALS, 1, source=Source.SENSOR)], NOW)
    full = score([sign(part, 1, source=source) for part in Part for source in (Source.TALK, Source.SENSOR)], NOW)
    assert (thin.value, full.value) == (100, 100)
    assert (thin.coverage, full.coverage) == (0.25, 1.0)


def test_recent_signs_weigh_more() -> None:
    found = score([sign(Part.SLEEP, 1, 3), sign(Part.SLEEP, 0, 0, Source.SENSOR)], NOW)
    assert found.value == 33, "three days ago counts half"
    assert score([sign(Part.SLEEP, 1, 15), sign(Part.SLEEP, 0, 0, Source.SENSOR)], NOW).value is None


def test_what_a_person_had_to_hear_about_weighs_double() -> None:
    grave = sign(Part.MOOD, 0, level=Level.URGENT)
    assert score([grave, sign(Part.MOOD, 1, source=Source.CHECKIN)], NOW).value == 33


def test_a_part_knows_where_it_stood_a_week_ago() -> None:
    found = score([sign(Part.MEALS, 1, 8), sign(Part.MEALS, 0.5, 0, Source.SENSOR)], NOW)
    trend = found.reasons[0].trend
    assert trend is not None
    assert trend < -40
    assert score([sign(Part.MEALS, 1), sign(Part.SLEEP, 1, source=Source.SENSOR)], NOW).reasons[0].trend is None


def test_signs_from_the_future_and_of_the_service_itself_do_not_count() -> None:
    later = sign(Part.MEALS, 0, -1)
    own = sign(Part.MEALS, 0, source=Source.SERVICE)
    assert score([later, own], NOW).value is None


def test_the_weights_are_the_whole() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert set(WEIGHTS) == set(Part)


@pytest.mark.parametrize(
    ("value", "name"),
    [(100, "안심"), (80, "안심"), (79, "관심"), (60, "관심"), (59, "주의"), (40, "주의"), (39, "위험"), (0, "위험")],
)
def test_bands(value: int, name: str) -> None:
    assert band(value) == name


@pytest.mark.parametrize(
    ("value", "state"), [(100, "good"), (70, "good"), (69.9, "mixed"), (40, "mixed"), (39.9, "bad")]
)
def test_states(value: float, state: str) -> None:
    assert state_of(value) == state


many = st.lists(
    st.builds(
        sign,
        st.sampled_from(list(Part)),
        st.floats(-1, 2),
        st.floats(0, 30),
        st.sampled_from(list(Source)),
        st.sampled_from([None, *Level]),
    ),
    max_size=30,
)


@given(many)
def test_a_score_is_always_within_bounds_and_its_weights_add_up(signs: list[Sign]) -> None:
    found = score(signs, NOW)
    assert found.value is None or 0 <= found.value <= 100
    assert 0 <= found.coverage <= 1
    if found.reasons:
        assert sum(reason.weight for reason in found.reasons) == pytest.approx(1, abs=0.01)


def at(value: int, coverage: float = 0.5) -> Score:
    return Score(value, band(value), coverage)


def test_a_low_band_is_said_once_until_it_has_passed() -> None:
    watched, worries = watch(Watched(), at(55), None)
    assert worries == (Low(Band.CARE, 55),)
    for value in (52, 60, 64, 58):  # about the edge: nothing new
        watched, worries = watch(watched, at(value), None)
        assert worries == ()
    watched, worries = watch(watched, at(30), None)
    assert worries == (Low(Band.DANGER, 30),), "deeper is new"
    watched, _ = watch(watched, at(70), None)
    assert watch(watched, at(55), None)[1] == (Low(Band.CARE, 55),)


@pytest.mark.parametrize(
    ("best", "value", "falls"),
    [(90, 75, True), (90, 76, False), (80, 59, True), (82, 68, False), (None, 61, False), (61, 90, False)],
)
def test_falling_fifteen_points_or_two_bands_is_a_sign(best: int | None, value: int, falls: bool) -> None:
    worries = watch(Watched(low=Band.CARE), at(value), best)[1]
    assert any(isinstance(worry, Falling) for worry in worries) is falls


def test_a_fall_is_said_once() -> None:
    watched, worries = watch(Watched(), at(65), 90)
    assert worries == (Falling(90, 65),)
    assert watch(watched, at(64), 90)[1] == ()


def test_too_little_known_alarms_nobody() -> None:
    assert watch(Watched(), at(20, 0.2), 90) == (Watched(), ())
