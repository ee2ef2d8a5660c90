"""Hearing with a real recogniser: the tiny model of these tests knows a few hundred words in espeak's voice."""

import io
import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from speech.hearing.decode import decode
from speech.hearing.ears import Ears
from speech.hearing.grammar import ANYTHING, Expect, Expected, Grammars
from speech.hearing.heard import Heard
from speech.hearing.listening import Listener, Partial
from speech.hearing.transcribe import hear, transcribe
from speech.hearing.vad import Endings
from speech.speaking.voice import Manner, synthesize
from tests.speech.house import WORDS, close_code, house, question, settled, until
from tests.speech.test_decode import KINDS, encoded

MODEL = Path(__file__).parents[1] / "fixtures" / "vosk-ko-tiny"
SENTENCES = Path(__file__).parents[1] / "fixtures" / "vosk_build" / "sentences.txt"
SECOND = 32_000
HELP = ("살려줘", "도와줘", "넘어졌어")


@pytest.fixture(scope="module")
def ears() -> Ears:
    """The tiny model, loaded once."""
    loaded = Ears(MODEL)
    loaded.load_now()
    assert loaded.notice is None
    return loaded


def spoken(text: str, rate: int | None = None) -> bytes:
    return bytes(SECOND // 3) + decode(synthesize(text, Manner.of(rate))).pcm + bytes(SECOND)


def errors(said: str, heard: str) -> int:
    """Words wrong, missing or too many."""
    row = list(range(len(heard.split()) + 1))
    for number, word in enumerate(said.split(), 1):
        before, row[0] = row[0], number
        for i, other in enumerate(heard.split(), 1):
            before, row[i] = row[i], min(row[i] + 1, row[i - 1] + 1, before + (word != other))
    return row[-1]


@pytest.mark.parametrize("rate", [110, 140, 180])
def test_what_is_said_is_what_is_heard(ears: Ears, rate: int) -> None:
    lines = [line for line in SENTENCES.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    chosen = random.Random(rate).sample(lines, 40)
    wrong = sum(errors(said, hear(spoken(said, rate), ears).text) for said in chosen)
    assert wrong <= 0.02 * sum(len(said.split()) for said in chosen)


@pytest.mark.parametrize("cry", HELP)
def test_a_cry_for_help_is_heard_and_sure(ears: Ears, cry: str) -> None:
    heard = hear(spoken(cry), ears)
    assert heard.text == cry
    assert heard.confidence > 0.7
    word = heard.words[0]
    assert 0.2 < word.start < word.end < 2.5


def test_silence_and_noise_say_nothing_of_weight(ears: Ears) -> None:
    noise = random.Random(3).randbytes(2 * SECOND)
    assert hear(bytes(3 * SECOND), ears).text == ""
    assert not set(hear(noise, ears).text.split()) & set(HELP)


@pytest.mark.parametrize("pause_s", [0.2, 0.35, 0.4, 0.45])
@pytest.mark.parametrize("awaited", [ANYTHING, Expected(Expect.YES_NO)])
def test_who_goes_on_after_a_pause_behind_a_finished_sentence_is_heard_to_the_end(
    ears: Ears, pause_s: float, awaited: Expected
) -> None:
    grammar = Grammars.of(WORDS.data("speech.grammars")).grammar(awaited)
    listener = Listener(lambda: ears.recogniser(grammar), 16_000, Endings.of(WORDS.data("speech.endings")))
    first, second = (decode(synthesize(text, Manner())).pcm for text in ("네 잘 잤어요", "무릎이 조금 아파요"))
    sound = bytes(SECOND // 3) + first + bytes(int(pause_s * 16_000) * 2) + second + bytes(SECOND)
    found = [f for i in range(0, len(sound), 1600) for f in listener.feed(sound[i : i + 1600])]
    assert [f.text for f in found if isinstance(f, Heard)] == ["네 잘 잤어요 무릎이 조금 아파요"]


def test_nothing_is_left_to_be_done_when_a_finished_sentence_ends(ears: Ears) -> None:
    fed: list[int] = []

    class Counting:
        def __init__(self) -> None:
            self._ear = ears.recogniser()

        def accept(self, pcm: bytes) -> str:
            fed.append(len(pcm))
            return self._ear.accept(pcm)

        def settle(self) -> Heard:
            fed.append(0)
            return self._ear.finish()

        def finish(self) -> Heard:
            raise AssertionError("it was decided already")

    listener = Listener(Counting, 16_000, Endings.of(WORDS.data("speech.endings")))
    sound = spoken("약은 아침에 먹었어요")
    found = [f for i in range(0, len(sound), 1600) for f in listener.feed(sound[i : i + 1600])]
    assert [f.text for f in found if isinstance(f, Heard)] == ["약은 아침에 먹었어요"]
    assert fed[-1] == 0


def test_the_words_so_far_come_before_the_end(ears: Ears) -> None:
    listener = Listener(ears.recogniser, 16_000, Endings.of(WORDS.data("speech.endings")))
    sound = spoken("사람 살려")[: -SECOND // 2]
    found = [f for i in range(0, len(sound), 3200) for f in listener.feed(sound[i : i + 3200])]
    assert all(isinstance(f, Partial) for f in found)
    assert "살려" in found[-1].text
    last = listener.finish()
    assert last is not None
    assert last.text == "사람 살려"


def test_many_hear_at_once_from_one_model(ears: Ears) -> None:
    said = ["밥 잘 먹었어요", "무릎이 아파요", "살려줘", "약 먹었어요"] * 3
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda text: hear(spoken(text), ears).text, said)) == said


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_any_kind_is_transcribed(ears: Ears, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "note"
    file.write_bytes(encoded(kind, spoken=synthesize("어젯밤에 잘 잤어요", Manner())))
    out, faults = io.StringIO(), io.StringIO()
    assert transcribe([file], ears, out, faults) == 0
    line = json.loads(out.getvalue())
    assert line["text"] == "어젯밤에 잘 잤어요"
    assert line["confidence"] > 0.7
    assert [set(word) for word in line["words"]] == [{"word", "start", "end", "confidence"}] * 3


async def test_a_talk_by_voice_alone(ears: Ears, tmp_path: Path) -> None:
    async with house(tmp_path, ears=ears) as home, home.speaker() as client:
        await home.edge.channel.send(question("어젯밤에는 잘 주무셨어요?"))
        await until(client, "say")
        sound = spoken("잠을 한숨도 못 잤어요")
        for start in range(0, len(sound), 3200):
            await client.send(sound[start : start + 3200])
        heard = await until(client, "heard")
        assert heard["text"] == "잠을 한숨도 못 잤어요"
        await settled(lambda: len(home.service.of("heard")) == 1)
        text, confidence, source = home.service.of("heard")[0]
        assert (text, source) == ("잠을 한숨도 못 잤어요", "voice")
        assert confidence > 0.7


async def test_a_cry_reaches_the_service_before_the_sentence_has_ended(ears: Ears, tmp_path: Path) -> None:
    async with house(tmp_path, ears=ears) as home, home.speaker() as client:
        sound = spoken("나 좀 살려줘")[: -SECOND // 2]  # not yet silent for long enough
        for start in range(0, len(sound), 3200):
            await client.send(sound[start : start + 3200])
        await settled(lambda: any("살려줘" in text for (text,) in home.service.of("partial")))
        assert home.service.of("heard") == []
    assert ears.again(bytes(20 * SECOND) + sound) == "나 좀 살려줘"  # as a second ear hears it, whatever was before


async def test_a_minute_of_speech_without_a_pause_is_too_much(ears: Ears, tmp_path: Path) -> None:
    async with house(tmp_path, ears=ears) as home, home.speaker() as client:
        babble = decode(synthesize("어제 병원에 " * 40, Manner())).pcm
        for _ in range(1 + 61 * SECOND // len(babble)):
            await client.send(babble)
        assert await close_code(client) == 4413
