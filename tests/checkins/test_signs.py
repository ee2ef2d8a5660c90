"""What was said as signs: parts and worth, levels, consent, and nothing from what was not understood."""

from datetime import UTC, date, datetime

import pytest

from checkins import signs
from checkins.signs import WORTH, Miss, Said, of_meaning
from residents.sign import Level, Part, Sign, Source
from speech.meaning import RISKS, TOPICS
from tests.checkins.book import meaning, words

NOW = datetime(2026, 11, 23, 0, 31, tzinfo=UTC)
SAID = Said("t-1", "r-1", "home-1", "무릎이 아파서 못 잤어", NOW, "k-1")
UNSCORED = {"request.present"}


def made(*stated: str, counts: bool = True, said: Said = SAID, **more: str) -> dict[str, Sign]:
    return {s.kind: s for s in of_meaning(said, meaning(*stated, **more), counts, words())}  # type: ignore[arg-type]


def test_every_topic_and_state_has_its_worth_and_its_words() -> None:
    states = {f"{topic}.{state}" for topic, all_states in TOPICS.items() for state in all_states}
    assert states - UNSCORED == {key for key in WORTH if not key.startswith("sentiment")}
    for key in WORTH:
        assert words().text(f"checkins.topics.{key.replace('.', '_')}").endswith("다.")


def test_the_worrying_state_of_a_topic_is_worth_less() -> None:
    for topic, all_states in TOPICS.items():
        if f"{topic}.present" not in UNSCORED:
            worth = [WORTH[f"{topic}.{state}"][1] for state in all_states]
            assert worth == sorted(worth)


def test_several_topics_are_several_signs() -> None:
    found = made("sleep.poor", "health.complaint", feel="negative")
    assert {k: (s.part, s.value) for k, s in found.items()} == {
        "sleep_poor": (Part.SLEEP, 0.25),
        "health_complaint": (Part.HEALTH, 0.4),
        "sentiment_negative": (Part.MOOD, 0.4),
    }
    assert {s.id for s in found.values()} == {"t-1:sleep_poor", "t-1:health_complaint", "t-1:sentiment_negative"}
    assert all(s.source is Source.TALK and s.level is None and s.home == "home-1" for s in found.values())


def test_a_named_feeling_weighs_more_than_the_tone() -> None:
    assert set(made("mood.low", feel="negative")) == {"mood_low"}


def test_facts_without_feeling_say_nothing_of_the_mood() -> None:
    assert set(made("meal.eaten")) == {"meal_eaten"}
    assert made() == {}


@pytest.mark.parametrize("kind", RISKS)
@pytest.mark.parametrize("level", ["urgent", "emergency"])
def test_every_risk_is_told_with_what_was_said(kind: str, level: str) -> None:
    sign = of_meaning(SAID, meaning(risk=(kind, level)), True, words())[0]
    assert (sign.kind, sign.level) == (kind, Level(level))
    assert SAID.text in sign.text


def test_what_was_not_understood_counts_for_nothing_but_a_risk() -> None:
    assert set(made("sleep.good", feel="positive", counts=False, fall="urgent")) == {"fall"}


def test_a_wish_is_told_within_the_day_and_a_cry_for_help_is_not_a_wish() -> None:
    assert made("request.present")["wish"].level is Level.WATCH
    assert "wish" not in made("request.present", help_call="emergency")


def test_without_consent_to_health_data_it_is_not_kept() -> None:
    quiet = Said("t-1", "r-1", "home-1", "아파", NOW, "k-1", health=False)
    found = made("health.complaint", "medication.missed", "meal.eaten", said=quiet, chest_pain="emergency")
    assert set(found) == {"meal_eaten", "chest_pain"}
    assert (found["chest_pain"].part, found["chest_pain"].value) == (None, None)


@pytest.mark.parametrize(
    ("quiet", "level", "words_in_it"),
    [
        (None, Level.WATCH, "3번"),
        ({"silent": False, "text": "거실 움직임 10:31"}, Level.WATCH, "거실 움직임 10:31"),
        ({"silent": True, "text": "부엌 움직임 09:12"}, Level.URGENT, "부엌 움직임 09:12"),
        ({"silent": False, "lost": True, "text": ""}, Level.URGENT, "3번"),
    ],
)
def test_a_miss_is_graver_in_a_silent_home(quiet: dict[str, object] | None, level: Level, words_in_it: str) -> None:
    sign = signs.missed(Miss("k-1", "r-1", "home-1", 3, 0, quiet), NOW, words())
    assert (sign.level, sign.part, sign.value) == (level, Part.ANSWERING, 0.0)
    assert words_in_it in sign.text


@pytest.mark.parametrize(
    ("unreachable", "said"),
    [(3, "스피커도 채팅도 한 번도 닿지 않았습니다"), (1, "1번은 스피커와 채팅 모두 닿지"), (0, "답이 없었습니다")],
)
def test_a_miss_says_whether_the_question_arrived(unreachable: int, said: str) -> None:
    assert said in signs.missed(Miss("k-1", "r-1", "home-1", 3, unreachable, None), NOW, words()).text


def test_the_services_own_miss_says_nothing_of_the_resident() -> None:
    sign = signs.missed_while_down("r-1", "home-1", date(2026, 11, 23), ["k-1", "k-2"], NOW, words())
    assert (sign.level, sign.part, sign.source) == (Level.WATCH, None, Source.SERVICE)


def test_an_answer_is_worth_its_promptness() -> None:
    worth = {h: signs.answered("k-1", "r-1", "home-1", NOW, h, words()).value for h in ("answered", "answered_late")}
    assert worth == {"answered": 1.0, "answered_late": 0.8}
