"""Times and spans as people read them."""

from datetime import datetime, timedelta

import pytest

from console.say import Say, dialled, plain
from escalations.policy import default_data, freeze, policy_of
from residents.sign import Level
from tests.conftest import SEOUL
from tests.console.desk import WORDS

SAY = Say(WORDS, SEOUL)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL)  # a Monday


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0초"),
        (59, "59초"),
        (60, "1분"),
        (3599, "59분"),
        (3600, "1시간"),
        (5400, "1시간 30분"),
        (90000, "1일 1시간"),
    ],
)
def test_lengths(seconds: int, said: str) -> None:
    assert SAY.length(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("010-0000-0012", "01000000012"),
        ("이가족(딸) 02 312 0000", "023120000"),
        ("+82 10-0000-0012", "+821000000012"),
    ],
)
def test_a_telephone_number_dials(text: str, number: str) -> None:
    assert f'href="tel:{number}"' in dialled(text)


@pytest.mark.parametrize("text", ["2026-11-23 09:30", "혈압 140/90", "r-0100000", "119", "햇살로 10-2", "<b>"])
def test_other_numbers_stay_as_they_are(text: str) -> None:
    assert "<" not in dialled(text)


def test_a_rule_is_told_by_what_it_watches_for() -> None:
    told = [SAY.rule(name) for name in ("talk@1 fall", "talk@1 wish", "sos@1", "silence@2", "unheard_of@3")]
    assert told == ["넘어짐", "부탁", "비상 단추", "조용함", "unheard_of@3"]


def test_time_left_counts_by_the_second_below_ten_minutes() -> None:
    assert SAY.left(NOW + timedelta(seconds=42), NOW) == "0:42"
    assert SAY.left(NOW - timedelta(seconds=61), NOW) == "1:01"  # late: the page says so beside it
    assert SAY.left(NOW + timedelta(minutes=15), NOW) == "15분"


def test_a_step_tells_its_seconds() -> None:
    assert [SAY.after(s) for s in (0.4, 61, 3599, 7300)] == ["+0:00", "+1:01", "+59:59", "+2시간 1분"]


def test_another_days_time_names_the_day() -> None:
    assert SAY.moment(NOW, NOW) == "09:00"
    assert SAY.moment(NOW + timedelta(days=1), NOW) == "11.24 09:00"
    assert SAY.day(NOW) == "11월 23일 (월)"


def test_direction_turning_characters_are_dropped_and_words_stay() -> None:
    assert plain("박\u202eabc\u2066\u0000\u200b 님") == "박abc 님"


@pytest.mark.parametrize(
    ("level", "opened", "until"),
    [
        ("emergency", NOW, NOW + timedelta(seconds=60)),
        ("urgent", NOW, NOW + timedelta(minutes=15)),
        ("watch", NOW, NOW.replace(hour=18)),  # the same working day
        ("watch", NOW.replace(hour=20), NOW.replace(day=24, hour=18)),  # after hours: the next
        ("watch", NOW - timedelta(days=1), NOW.replace(hour=18)),  # on a Sunday
        ("technical", NOW, NOW + timedelta(days=2)),
    ],
)
def test_by_when_somebody_should_have_it(level: str, opened: datetime, until: datetime) -> None:
    frozen = freeze(default_data(), "Asia/Seoul", ())
    assert policy_of(frozen, Level(level)).answer_by(opened) == until
