"""Every sentence the service can say, read for its tone by what can be read by a rule; a person reads the rest with
`main.py prompts --all`."""

import re
from itertools import pairwise

import pytest

from prompts import load
from prompts.said import ALSO, SAID, SILENT, Sentence, sentences
from prompts.tone import Tone, questions

WORDS = load("ko")
ALL = sentences(WORDS)
TONE = Tone.of(WORDS.data("editing"))

LIST = re.compile(
    r"bot\.(family\.(help|week_|head|absence_how|absence_why|message_how)|resident\.chose)|escalations\.|instruments\.ask$"
)
SPOKEN = ("talk.", "instruments", "speech.later", "speech.satellite")


def shown(found: list[Sentence]) -> str:
    return "\n".join(f"{one.key}: {one.text}" for one in found)


def test_every_file_of_words_is_read_or_says_nothing() -> None:
    """A new file must be put into one of the three, so that what it says is listed and read."""
    files = {name for name in WORDS.files() if not name.startswith("instruments/")}
    assert files - SAID.keys() - ALSO.keys() - SILENT == set()


def test_what_is_left_out_is_there_to_be_left_out() -> None:
    for file, apart in SAID.items():
        assert [part for part in apart if not WORDS.has(f"{file}.{part}")] == [], file


def test_all_rooms_are_heard() -> None:
    rooms = {one.key.split(".")[0].split("/")[0] for one in ALL}
    assert rooms == {"talk", "instruments", "bot", "speech", "escalations"}
    assert len(ALL) > 300
    assert len({one.key for one in ALL}) == len(ALL)


def test_no_sentence_blames_diagnoses_promises_or_commands() -> None:
    assert (found := [one for one in ALL if TONE.harshness(one.text)]) == [], shown(found)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("blames", "왜 자꾸 안 드세요?"),
        ("diagnoses", "우울증이 의심되네요."),
        ("promises", "걱정 마세요, 반드시 나을 거예요."),
        ("commands", "약을 꼭 드셔야 하고, 그러시면 안 돼요."),
    ],
)
def test_the_rules_would_find_it(fault: str, text: str) -> None:
    assert fault in TONE.harshness(text)


def test_every_sentence_ends_politely() -> None:
    rude = [one for one in ALL if not LIST.match(one.key) and TONE.rude_end(one.text)]
    assert rude == [], shown(rude)


def test_what_is_spoken_is_short_enough_for_the_ear() -> None:
    long = [one for one in ALL if one.key.startswith(SPOKEN) and TONE.too_long(one.text)]
    assert long == [], shown(long)


def test_one_question_at_a_time() -> None:
    many = [one for one in ALL if one.key.startswith("talk.") and questions(one.text) > 1]
    assert many == [], shown(many)


def test_no_two_wordings_of_one_sentence_are_the_same() -> None:
    twice = [b for a, b in pairwise(ALL) if a.text == b.text and a.key.rpartition(".")[0] == b.key.rpartition(".")[0]]
    assert twice == [], shown(twice)
