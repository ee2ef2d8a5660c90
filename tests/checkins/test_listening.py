"""What the resident wants of the talk: sentences that must be heard so, and those that must not."""

from pathlib import Path

import pytest
import yaml

from tests.checkins.book import book

SENTENCES = yaml.safe_load((Path(__file__).parent / "sentences.yaml").read_text("utf-8"))
MATCH, NOT, ANSWERS, CONTENT = (SENTENCES[part] for part in ("match", "not", "answers", "content"))


@pytest.mark.parametrize(("intent", "text"), [(i, t) for i, texts in MATCH.items() for t in texts])
def test_heard_as_meant(intent: str, text: str) -> None:
    assert book().listen.intent(text) == intent


@pytest.mark.parametrize(("intent", "text"), [(i, t) for i, texts in NOT.items() for t in texts])
def test_not_heard_as_what_it_is_not(intent: str, text: str) -> None:
    assert book().listen.intent(text) != intent


@pytest.mark.parametrize(("answer", "text"), [(a, t) for a, texts in ANSWERS.items() for t in texts])
def test_short_answers(answer: str, text: str) -> None:
    assert book().listen.answer(text) == answer


@pytest.mark.parametrize("text", CONTENT)
def test_what_has_content_is_no_mere_answer_and_no_intent(text: str) -> None:
    assert (book().listen.answer(text), book().listen.intent(text)) == (None, None)


@pytest.mark.parametrize(("way", "text"), [(w, t) for w, texts in SENTENCES["leaning"].items() for t in texts])
def test_short_answers_to_a_closed_question(way: str, text: str) -> None:
    assert (book().listen.leans(text) or "") == way


def test_what_is_needed() -> None:
    assert [t for t in SENTENCES["need"] if not book().listen.needs(t)] == []
    assert [t for t in SENTENCES["needless"] if book().listen.needs(t)] == []


@pytest.mark.parametrize("shade", SENTENCES["shades"])
def test_shades_of_what_is_said(shade: str) -> None:
    said = SENTENCES["shades"][shade]
    assert [text for text in said["match"] if not book().listen.shade(shade, text)] == []
    assert [text for text in said["not"] if book().listen.shade(shade, text)] == []


def test_every_shade_has_sentences_and_every_acknowledgements_shade_is_listened_for() -> None:
    shades = set(book().listen.shades)
    assert set(SENTENCES["shades"]) == shades
    assert {shade for ack in book().script.acks.values() for shade in ack.shades} <= shades


@pytest.mark.parametrize("question", SENTENCES["by_words"])
def test_what_the_words_alone_answer(question: str) -> None:
    for way, texts in SENTENCES["by_words"][question].items():
        assert [text for text in texts if (book().listen.told(question, text) or "") != way] == [], way


def test_every_intent_has_sentences_that_match_and_most_that_must_not() -> None:
    assert set(MATCH) == set(book().listen.intents)
    assert set(MATCH) - set(NOT) <= {"hello", "know", "no_chat"}
    assert set(ANSWERS) == set(book().listen.answers)


def test_a_long_story_is_read_in_no_time() -> None:
    story = "딸한테 " * 700
    assert book().listen.intent(story) is None


@pytest.mark.parametrize(
    "text",
    [
        "먹었는지 안 먹었는지 모르겠어",
        "몰라. 잤는지 말았는지.",
        "먹었나? 안 먹었나? 모르겠네.",
        "안 아픈 데가 있는 줄 알아?",
        "기분이 좋겠냐.",
        "아픈 데 없어. 아니, 여기가 아프네.",
    ],
)
def test_who_doubts_it_or_says_it_bitterly_has_not_answered(text: str) -> None:
    assert book().listen.doubts(text)


@pytest.mark.parametrize(
    "text",
    [
        "잘 잤는지 아침에 개운해",
        "아니 괜찮아",
        "괜찮아 아니 정말 괜찮아",
        "아픈 데 없어",
        "좋겠어요, 그래 주면",
        "먹었지 그럼",
        "내가 요리할 줄 알아서 해 먹었지",
    ],
)
def test_who_only_tells_it_has_answered(text: str) -> None:
    assert not book().listen.doubts(text)


@pytest.mark.parametrize(
    ("text", "answer"), [("ㅇㅇ", "yes"), ("없당께", "no"), ("없다 마.", "no"), ("네, 잘 지내요.", "fine")]
)
def test_short_answers_as_they_are_typed_and_spoken_elsewhere(text: str, answer: str) -> None:
    assert book().listen.answer(text) == answer
