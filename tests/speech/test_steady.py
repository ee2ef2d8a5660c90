"""What is guessed and taken back calls nobody; what stands is acted on before the sentence ends."""

from collections.abc import Iterable

from speech.hearing.decode import decode
from speech.hearing.heard import Heard
from speech.hearing.listening import Listener, Partial
from speech.hearing.steady import STEADY_MS, Standing
from speech.hearing.vad import Endings
from speech.speaking.voice import Manner, synthesize
from tests.speech.house import WORDS


def steady(guesses: Iterable[tuple[int, str]], at_ms: int) -> str:
    standing = Standing()
    for when_ms, text in guesses:
        standing = standing.heard(text, when_ms)
    return standing.steady(at_ms)


def test_a_word_is_steady_when_it_has_stood_for_half_a_second() -> None:
    guesses = [(200, "나 좀"), (400, "나 좀 살려줘"), (600, "나 좀 살려줘")]
    assert steady(guesses, 400 + STEADY_MS - 1) == "나 좀"
    assert steady(guesses, 400 + STEADY_MS) == "나 좀 살려줘"


def test_a_guess_that_was_taken_back_never_stands() -> None:
    assert steady([(200, "사람 살려"), (400, "사람")], 5_000) == "사람"
    assert steady([(200, "살려줘"), (400, ""), (600, "살려줘")], 600 + STEADY_MS - 1) == ""


def test_all_behind_a_changed_word_is_new() -> None:
    assert steady([(0, "너무 빨리 도와줘"), (600, "너무 아파 도와줘")], 700) == "너무"


def test_nothing_heard_is_nothing() -> None:
    assert steady([], 1_000) == ""
    assert steady([(0, "")], 1_000) == ""


class Guesses:
    """A recogniser that guesses a cry at first and then takes it back."""

    def __init__(self, back_after_bytes: int) -> None:
        self._fed, self._back = 0, back_after_bytes

    def accept(self, pcm: bytes) -> str:
        self._fed += len(pcm)
        return "살려줘" if self._fed <= self._back else "사과를"

    def finish(self) -> Heard:
        return Heard("사과를", 0.9)


def partials(back_after_bytes: int) -> list[Partial]:
    ear = Listener(lambda: Guesses(back_after_bytes), 16_000, Endings.of(WORDS.data("speech.endings")))
    sound = decode(synthesize("시장에서 사과를 한 봉지 사 왔어요", Manner())).pcm
    found = [f for at in range(0, len(sound), 3200) for f in ear.feed(sound[at : at + 3200])]
    return [f for f in found if isinstance(f, Partial)]


def test_what_is_heard_for_a_moment_only_is_shown_but_not_steady() -> None:
    told = partials(back_after_bytes=24_000)  # 0.75 s, of which the first half second is from before
    assert "살려줘" in [f.text for f in told]
    assert {f.steady for f in told} == {"", "사과를"}


def test_what_goes_on_being_heard_is_told_as_steady_once() -> None:
    told = partials(back_after_bytes=10**9)
    assert [f.steady for f in told] == ["", "살려줘"]
