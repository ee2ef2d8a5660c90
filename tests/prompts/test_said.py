"""Every sentence the service can say, read for its tone by what can be read by a rule; a person reads the rest with
`main.py prompts --all`."""

import re
from itertools import pairwise

import pytest

from prompts import load
from prompts.said import ALSO, SAID, SILENT, Sentence, sentences

WORDS = load("ko")
ALL = sentences(WORDS)

#: what blames, diagnoses, promises, or commands; said about nobody, to nobody.
HARSH = {
    "blames": r"왜 (안|자꾸|또)|잘못하|게으|말씀드렸잖|아까도|그러니까 제가|거짓말|버릇",
    "diagnoses": r"우울증|치매|환자|증세|증상이|병입니다|진단(?!이 아니)|의심되|장애|정상이|비정상",
    "promises": r"약속드|틀림없이|반드시|무조건|절대|문제없|안심하세요|걱정(하지)? 마|책임지|나을 거예요|괜찮아질",
    "commands": r"하셔야|해야 합니다|안 됩니다|안 돼요|금지|하지 마세요|명령",
}
#: a gentle end of a sentence; a list in a help text and a line of a picture end as lists do.
POLITE = re.compile(r"(요|니다|까|세요|지요|죠|어르신|님)[.?!]?$")
FILLED = re.compile(r"\}[.?]?$")
LIST = re.compile(
    r"bot\.(family\.(help|week_|head|absence_how|absence_why|message_how)|resident\.chose)|escalations\.|instruments\.ask$"
)
#: spoken in one breath: about a quarter of a minute.
LONGEST_SPOKEN = 160
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


@pytest.mark.parametrize("fault", HARSH)
def test_no_sentence(fault: str) -> None:
    assert (found := [one for one in ALL if re.search(HARSH[fault], one.text)]) == [], shown(found)


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
    assert re.search(HARSH[fault], text)


def test_every_sentence_ends_politely() -> None:
    rude = []
    for one in ALL:
        ends = [part.strip(" '\"”)") for part in re.split(r"(?<=[.?!])\s+|\n", one.text)]
        filled = [end for end in ends if re.search(r"\w", end) and not end.startswith("(") and not FILLED.search(end)]
        if not LIST.match(one.key) and any(not POLITE.search(re.sub(r"\(.*\)$", "", end).strip()) for end in filled):
            rude.append(one)
    assert rude == [], shown(rude)


def test_what_is_spoken_is_short_enough_for_the_ear() -> None:
    long = [one for one in ALL if one.key.startswith(SPOKEN) and len(one.text) > LONGEST_SPOKEN]
    assert long == [], shown(long)


def test_one_question_at_a_time() -> None:
    many = [
        one for one in ALL if one.key.startswith("talk.") and one.text.count("?") + one.text.count("{question}") > 1
    ]
    assert many == [], shown(many)


def test_no_two_wordings_of_one_sentence_are_the_same() -> None:
    twice = [b for a, b in pairwise(ALL) if a.text == b.text and a.key.rpartition(".")[0] == b.key.rpartition(".")[0]]
    assert twice == [], shown(twice)
