"""Whether words may be believed: they must last as long as the voice, with nothing foreign in their midst."""

from pathlib import Path

import pytest

from speech.hearing.doubt import DOUBTFUL, doubted
from speech.hearing.ears import Ears
from speech.hearing.heard import Heard, Word
from speech.hearing.transcribe import hear
from tests.speech.test_speaker_socket import spoken

MODEL = Path(__file__).parents[1] / "fixtures" / "vosk-ko-tiny"


def heard(seconds: float, foreign_s: float = 0.0) -> Heard:
    return Heard.of((Word("싶어요", 0.5, 0.5 + seconds, 0.99),), foreign_s)


@pytest.mark.parametrize(
    ("what", "voiced_s", "believed"),
    [
        (heard(1.0), 1.2, True),
        (heard(0.6), 4.0, False),  # one word of a long story
        (heard(3.0), 0.9, False),  # words in a tune
        (heard(1.0, foreign_s=0.29), 1.2, True),  # a breath
        (heard(1.0, foreign_s=0.3), 1.2, False),
        (Heard("싶어요", 0.99), 4.0, True),  # an engine without times
    ],
)
def test_words_that_do_not_account_for_the_voice_are_no_sure_answer(
    what: Heard, voiced_s: float, believed: bool
) -> None:
    found = doubted(what, voiced_s)
    assert found.text == what.text
    assert found.confidence == (what.confidence if believed else DOUBTFUL)


@pytest.fixture(scope="module")
def ears() -> Ears:
    loaded = Ears(MODEL)
    loaded.load_now()
    return loaded


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("화장실에서 넘어졌어요", False),
        ("무릎이 잘생겨 보인다는데 아파요", True),
        ("하루 그 이상이면 끝인 거예요 선생님 좀 와 주세요", True),
        ("이렇게 못 알아 듣니 보일러가 고장났어요", False),  # foreign only before it: its own words are whole
    ],
)
def test_a_sentence_with_something_foreign_in_its_midst_is_told_from_a_whole_one(
    ears: Ears, said: str, broken: bool
) -> None:
    assert (hear(spoken(said), ears).foreign_s >= 0.3) is broken
