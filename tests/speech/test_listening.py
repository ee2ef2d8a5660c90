"""When an utterance starts and ends: rules with made-up probabilities, then real voices."""

from collections.abc import Iterable
from itertools import repeat
from pathlib import Path

import pytest

from speech.hearing.decode import decode, decode_file
from speech.hearing.heard import Hear, Heard, Recogniser, VoiceOff, Word
from speech.hearing.listening import Listener, Partial
from speech.hearing.vad import CHUNK_BYTES, CHUNK_MS, Edge, Endings, Rules, Utterance, level, silero, step
from speech.speaking.voice import Manner, synthesize
from tests.needs import DATA
from tests.speech.house import WORDS, ScriptedEars

RULES = Rules()
ENDINGS = Endings.of(WORDS.data("speech.endings"))
SECOND = 32_000


def edges(
    probabilities: Iterable[float], patience_ms: int = 500, levels: Iterable[float] = repeat(1.0)
) -> list[tuple[int, Edge]]:
    """(chunk number, edge) for a row of probabilities, and how loud each chunk is."""
    state, found = Utterance(), []
    for number, (probability, loud) in enumerate(zip(probabilities, levels, strict=False)):
        state, edge = step(state, probability, loud, patience_ms, RULES)
        if edge:
            found.append((number, edge))
    return found


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.0] * 100, []),  # silence
        ([0.9, 0.9, 0.0] * 20, []),  # clicks: never three in a row
        ([0.0] * 10 + [0.9] * 3, [(12, Edge.STARTED)]),
        ([0.9] * 10 + [0.0] * 15, [(2, Edge.STARTED)]),  # a pause of 480 ms is a pause
        ([0.9] * 10 + [0.0] * 16, [(2, Edge.STARTED), (25, Edge.ENDED)]),  # 512 ms is the end
        ([0.9] * 5 + [0.4] * 50, [(2, Edge.STARTED)]),  # between the two limits, what was goes on
        ([0.4] * 50, []),  # and does not begin
        ([0.9] * 5 + [0.0] * 10 + [0.9] + [0.0] * 15, [(2, Edge.STARTED)]),  # one more sound: the pause starts anew
        (([0.9] * 4 + [0.0] * 16) * 2, [(2, Edge.STARTED), (19, Edge.ENDED), (22, Edge.STARTED), (39, Edge.ENDED)]),
    ],
)
def test_an_utterance_starts_and_ends(probabilities: list[float], expected: list[tuple[int, Edge]]) -> None:
    assert edges(probabilities) == expected


def test_what_the_network_only_remembers_is_silence_already() -> None:
    remembered = [0.9] * 13 + [0.0] * 13  # three chunks longer than the voice
    assert edges(remembered, levels=[3000.0] * 10 + [10.0] * 16) == [(2, Edge.STARTED), (25, Edge.ENDED)]
    assert edges(remembered, levels=[3000.0] * 10 + [300.0] * 16) == [(2, Edge.STARTED)]  # a quiet last syllable


def test_a_slammed_door_deafens_for_less_than_a_second_and_ends_nothing() -> None:
    soft = [30_000.0] * 3 + [100.0] * 60  # 50 dB below it
    assert edges([0.9] * 63, levels=soft) == [(2, Edge.STARTED)]
    assert edges([0.9] * 63 + [0.0] * 16, levels=[*soft, *[100.0] * 16]) == [(2, Edge.STARTED), (78, Edge.ENDED)]


@pytest.mark.parametrize(
    ("text", "patience_ms"),
    [
        ("밥 잘 먹었어요", RULES.finished_ms),
        ("네", RULES.finished_ms),
        ("어제 병원에 갔다", RULES.finished_ms),
        ("살려줘", RULES.finished_ms),
        ("어제 병원에", RULES.open_ms),
        ("", RULES.open_ms),
        ("어제 병원에 갔는데", RULES.unfinished_ms),
        ("무릎이 아파서", RULES.unfinished_ms),
        ("오늘은 그", RULES.unfinished_ms),
        ("그게 뭐더라", RULES.unfinished_ms),
        ("어", RULES.unfinished_ms),
        ("밥 먹고", RULES.unfinished_ms),
        ("무릎이 아프면", RULES.unfinished_ms),
        ("어제 어머니", RULES.open_ms),
        ("아침까지", RULES.open_ms),
        ("밥은 다", RULES.open_ms),
        ("다 먹었다", RULES.finished_ms),
        ("사람 살려", RULES.finished_ms),
        ("무릎이 아파", RULES.finished_ms),
        ("점심에 라면", RULES.open_ms),
        ("우리 아버지", RULES.open_ms),
        ("그렇지", RULES.finished_ms),
        ("뭐라고", RULES.open_ms),
        ("집에서", RULES.open_ms),
        ("저기", RULES.unfinished_ms),
    ],
)
def test_the_words_decide_how_long_a_pause_may_be(text: str, patience_ms: int) -> None:
    assert ENDINGS.patience_ms(text, RULES) == patience_ms


def listener(*sentences: str, rate: int = 16_000) -> Listener:
    return Listener(ScriptedEars(*sentences).recogniser, rate, ENDINGS)


def speech(text: str) -> bytes:
    return decode(synthesize(text, Manner())).pcm


def heard(found: list[Partial | Heard]) -> list[str]:
    return [f.text for f in found if isinstance(f, Heard)]


def test_two_sentences_with_a_pause_are_two_utterances() -> None:
    ear = listener("잘 잤어요", "밥도 먹었어요")
    sound = speech("잘 잤어요") + bytes(SECOND) + speech("밥도 먹었어요") + bytes(SECOND)
    found = [f for start in range(0, len(sound), 1000) for f in ear.feed(sound[start : start + 1000])]
    assert heard(found) == ["잘 잤어요", "밥도 먹었어요"]
    assert isinstance(found[0], Partial)
    assert ear.finish() is None


def test_an_unfinished_sentence_is_waited_for() -> None:
    ear = listener("무릎이 아파서")
    assert heard(ear.feed(speech("무릎이 아파서") + bytes(int(1.5 * SECOND)))) == []
    assert heard(ear.feed(bytes(SECOND))) == ["무릎이 아파서"]


def test_what_was_still_open_is_not_lost() -> None:
    ear = listener("살려줘")
    assert heard(ear.feed(speech("살려줘"))) == []
    assert ear.finish() == Heard("살려줘", 0.9, (ear_word(),))


def ear_word() -> Word:
    return ScriptedEars("살려줘").recogniser().finish().words[0]


def test_silence_and_a_humming_tone_make_no_recogniser() -> None:
    def hear() -> Recogniser:
        raise AssertionError("nobody spoke")

    ear = Listener(hear, 16_000, ENDINGS)
    tone = b"".join(int(3000 * ((i // 20) % 2 * 2 - 1)).to_bytes(2, "little", signed=True) for i in range(16_000))
    assert ear.feed(bytes(2 * SECOND)) == []
    assert ear.feed(tone) == []
    assert ear.finish() is None


def test_the_first_sound_of_a_word_reaches_the_recogniser() -> None:
    fed: list[bytes] = []

    class Counting:
        def accept(self, pcm: bytes) -> str:
            fed.append(pcm)
            return ""

        def finish(self) -> Heard:
            return Heard("", 0.0)

    hear: Hear = Counting
    spoken = speech("안녕하세요")
    Listener(hear, 16_000, ENDINGS).feed(bytes(SECOND) + spoken + bytes(2 * SECOND))
    assert sum(map(len, fed)) >= len(spoken)


def test_no_model_is_said_when_somebody_speaks() -> None:
    def hear() -> Recogniser:
        raise VoiceOff("voice_off", "no model")

    ear = Listener(hear, 16_000, ENDINGS)
    with pytest.raises(VoiceOff):
        ear.feed(speech("안녕하세요"))
    assert ear.finish() is None


def test_real_voices_are_found_and_not_cut_short() -> None:
    clips = sorted((DATA / "speech_ko").glob("*.flac"))[::5]
    if not clips:
        pytest.skip("no real clips: set ANBU_DATA")
    late = [_last_end(clip) for clip in clips]
    assert all(-0.3 < seconds < 1.0 for seconds in late)


def _last_end(clip: Path) -> float:
    """Seconds from the last loud moment of a clip to where the utterance is taken to have ended."""
    pcm = decode_file(clip).pcm
    samples = memoryview(pcm).cast("h")
    loud = max(abs(s) for s in samples) * 0.1
    last = max(i for i, s in enumerate(samples) if abs(s) > loud) / 16_000
    padded, voice, patience = pcm + bytes(3 * SECOND), silero(), RULES.open_ms
    probabilities = voice.each(padded[: len(padded) // CHUNK_BYTES * CHUNK_BYTES])
    levels = [level(padded[at : at + CHUNK_BYTES]) for at in range(0, len(padded), CHUNK_BYTES)]
    ends = [number for number, edge in edges(probabilities, patience, levels) if edge is Edge.ENDED]
    return ((ends[-1] + 1) * CHUNK_MS - patience) / 1000 - last
