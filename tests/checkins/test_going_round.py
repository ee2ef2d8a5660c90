"""Talks that do not get on: who says one thing over and over is let go kindly, and nothing they asked for is lost."""

from datetime import UTC, datetime

import pytest

from checkins.outcomes import GoneAway
from checkins.talk import Around, Heard, Open, Phase, Talk
from tests.checkins.book import book, meaning
from tests.checkins.converse import DAILY, SILENCE, Heardtalk, Turn

#: more than anybody says in three minutes.
LONG = 25


def over_and_over(*said: Turn, agenda: tuple[str, ...] = DAILY, why: str = "plan") -> Heardtalk:
    """A resident who says these in turn, whatever they hear."""
    held = Heardtalk(Talk("영희 어르신", "speaker", agenda, introduced=True, turn=3))
    held.take(Open(why, 9, aloud=True))
    for number in range(LONG):
        if not held.open:
            break
        held.hear(said[number % len(said)])
    return held


@pytest.mark.parametrize(
    "said",
    [
        ("뭐라고?",),
        ("몇 시야?",),
        ("오늘 날씨 어때?",),
        ("여보세요?",),
        ("너 누구야?",),
        ("나에 대해 뭘 알고 있어?",),
        ("왜 자꾸 전화해",),
        ("몇 시야?", "뭐라고?"),
        ("이제 전화하지 마", "아니"),
        ("병원 3일 간다", "뭐라고?"),
        (("무릎이 아파", meaning("health.complaint", feel="negative")),),
        ("그냥 그래",),
        ("심심해",),
        (("어…", meaning(confidence=0.1)), "몇 시야?"),
    ],
    ids=lambda said: " / ".join(one if isinstance(one, str) else one[0] for one in said),
)
def test_nobody_is_held_in_a_talk_that_does_not_get_on(said: tuple[Turn, ...]) -> None:
    for agenda in (DAILY, ()):
        held = over_and_over(*said, agenda=agenda)
        assert not held.open, held
        assert not held.says[-1].listen, held
        assert "?" not in held.last, held


def test_who_only_asks_what_was_said_is_left_to_a_person() -> None:
    held = over_and_over("뭐라고?")
    assert held.understood == 0
    assert held.reported == ["unclear_answer"]
    assert "담당 선생님" in held.last


def test_who_only_asks_the_time_has_answered_and_alarms_nobody() -> None:
    held = over_and_over("몇 시야?")
    assert held.understood
    assert held.reported == []
    assert held.last.endswith(book().script.say("close.rounds"))


def test_a_danger_holds_the_talk_open_however_often_it_is_told() -> None:
    held = over_and_over(("가슴이 조여", meaning("health.complaint", feel="negative", chest_pain="emergency")))
    assert held.talk.phase is Phase.RED
    assert held.says[-1].listen


@pytest.mark.parametrize("then", ["그만", "뭐라고?", SILENCE])
def test_an_absence_that_was_read_back_and_never_confirmed_is_told_to_a_person(then: str) -> None:
    held = Heardtalk(Talk("영희 어르신", "speaker", DAILY, introduced=True, turn=3))
    held.take(Open("plan", 9, aloud=True))
    held.take(Heard("병원 3일 간다", meaning(), 1.0, "딸", Around(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))))
    assert held.talk.phase is Phase.CONFIRMING, held
    while held.open:
        held.hear(then)
    assert not any(isinstance(one, GoneAway) for one in held.events)
    assert "rights.absence" in held.reported
