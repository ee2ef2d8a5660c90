"""What is acted on before a sentence has ended, with the real understanding: a cry at once, everything else waits."""

import pytest

from speech.cries import Cries, Cry
from speech.meaning import RiskLevel
from speech.understanding.reader import Reader, load
from tests.speech.house import WORDS

CRIES = Cries.of(WORDS.data("speech.cries"))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load()


def cry(reader: Reader, text: str) -> Cry | None:
    return CRIES.cry(text, reader.read(text, ""))


@pytest.mark.parametrize("text", ["살려줘", "아이고 살려 주세요", "나 좀 도와줘", "사람 살려", "살려줘 무릎이 아파요"])
def test_a_call_for_help_is_acted_on_at_once(reader: Reader, text: str) -> None:
    assert cry(reader, text) == Cry("help_call", RiskLevel.EMERGENCY)


@pytest.mark.parametrize(
    "text",
    [
        "넘어졌어",
        "넘어졌어요",
        "아이고 넘어졌어",
        "나 넘어졌어",
        "내가 방금 넘어졌어",
        "여보세요 넘어졌어",
        "넘어졌어 무릎이",
    ],
)
def test_a_fall_told_as_such_is_acted_on_at_once(reader: Reader, text: str) -> None:
    found = cry(reader, text)
    assert found is not None
    assert found.kind == "fall"


@pytest.mark.parametrize(
    "text",
    [
        "안 넘어졌어",
        "안 넘어졌어요 괜찮아요",
        "어제 넘어졌어",
        "작년에 넘어졌어",
        "넘어질 뻔",
        "넘어질 뻔했어",
        "넘어졌을",
        "넘어졌다가",
        "넘어졌는데",
        "우리 손자가 넘어졌어",
        "화분이 넘어졌어",
        "드라마에서 넘어졌어",
        "넘어지지",
        "아이고",
        "나 지금",
        "무릎이 아파요",
        "죽고 싶어",
        "",
    ],
)
def test_what_may_still_become_something_else_waits_for_the_end_of_the_sentence(reader: Reader, text: str) -> None:
    assert cry(reader, text) is None
