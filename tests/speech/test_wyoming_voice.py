"""Another program's voice: a server of the `wyoming` library speaks; when it fails, the built-in voice does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.tts import Synthesize

from speech.hearing.decode import decode
from speech.speaking.cache import Cache
from speech.speaking.tempo import paced
from speech.speaking.voice import Manner
from speech.speaking.wyoming_voice import FarCache, FarVoice, Patience, VoiceAway, cache_for
from speech.wyoming.wire import sound_events
from tests.running import free_port
from tests.speech.test_voice import kinds

SAID = "오늘은 3시에 병원에 가세요."
HASTY = Patience(connect_s=0.5, silence_s=0.3, sentence_s=1.0, away_s=30.0)
TONE = (np.sin(np.arange(24_000) * 0.1) * 9000).astype("<i2")  # a second at 24 kHz


def tone() -> list[Event]:
    """A second of a tone, in stereo, as a server would send it."""
    sound = np.repeat(TONE, 2).tobytes()
    pieces = [AudioChunk(24_000, 2, 2, sound[i : i + 5000]).event() for i in range(0, len(sound), 5000)]
    return [AudioStart(24_000, 2, 2).event(), *pieces, AudioStop().event()]


@dataclass
class Voice:
    """A text-to-speech server. answer: what it says to a text; None in it: it closes; an int: it waits."""

    answer: Callable[[], list[Event | int | None]] = lambda: [*tone()]
    asked: list[str] = field(default_factory=list)
    port: int = field(default_factory=free_port)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"


class _Handler(AsyncEventHandler):
    def __init__(self, voice: Voice, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._voice = voice

    async def handle_event(self, event: Event) -> bool:
        asked = Synthesize.from_event(event)
        assert asked.voice is not None
        assert asked.voice.language == "ko"
        self._voice.asked.append(asked.text)
        for each in self._voice.answer():
            if each is None:
                return False
            if isinstance(each, int):
                await asyncio.sleep(each)
            else:
                await self.write_event(each)
        return True


@asynccontextmanager
async def speaking(voice: Voice) -> AsyncIterator[Voice]:
    server = AsyncTcpServer("127.0.0.1", voice.port)
    await server.start(lambda reader, writer: _Handler(voice, reader, writer))
    try:
        yield voice
    finally:
        await server.stop()


def cache(folder: Path, voice: Voice, patience: Patience = HASTY) -> FarCache:
    return FarCache(folder, b"secret", name=voice.address, speak=FarVoice(voice.address, patience).speak)


def seconds(cache: Cache, key: str) -> float:
    return decode(cache.read(key) or b"").seconds


async def test_the_server_speaks_and_is_asked_once(tmp_path: Path) -> None:
    async with speaking(Voice()) as voice:
        kept = cache(tmp_path, voice)
        key = await kept.spoken(SAID, Manner())
        assert await kept.spoken(SAID, Manner()) == key
    assert voice.asked == ["오늘은 세 시에 병원에 가세요."]  # numbers read as they are said
    assert seconds(kept, key) == pytest.approx(1.0, abs=0.01)
    start, *_ = sound_events(kept.read(key) or b"")
    assert (start.data["rate"], start.data["channels"]) == (24_000, 1)


async def test_each_voice_has_its_own_sounds(tmp_path: Path) -> None:
    near = Cache(tmp_path, b"secret")
    async with speaking(Voice()) as voice, speaking(Voice()) as other:
        keys = [await each.spoken(SAID, Manner()) for each in (near, cache(tmp_path, voice), cache(tmp_path, other))]
    assert len(set(keys)) == 3


async def test_it_speaks_at_the_residents_pace(tmp_path: Path) -> None:
    async with speaking(Voice()) as voice:
        kept = cache(tmp_path, voice)
        slow = await kept.spoken(SAID, Manner().slower())
        assert seconds(kept, slow) == pytest.approx(4 / 3, abs=0.1)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda: [*tone()[:5], None], id="gone in the middle of the sentence"),
        pytest.param(lambda: [None], id="gone before it"),
        pytest.param(lambda: [Error(text="no").event()], id="an error"),
        pytest.param(lambda: [AudioStop().event()], id="no sound"),
        pytest.param(lambda: [*tone()[:3], 2], id="silent in the middle"),
        pytest.param(lambda: [Event("audio-chunk", {"rate": "fast"}, b"1234"), AudioStop().event()], id="garbage"),
        pytest.param(lambda: [*tone()[:3], AudioChunk(8000, 2, 1, b"1234").event()], id="two formats"),
    ],
)
async def test_when_it_fails_the_built_in_voice_speaks(
    tmp_path: Path, fault: Callable[[], list[Event | int | None]]
) -> None:
    voice = Voice(fault)
    async with speaking(voice):
        kept = cache(tmp_path, voice)
        key = await kept.spoken(SAID, Manner())
        assert key == Cache(tmp_path, b"secret").key(SAID, Manner())
        assert seconds(kept, key) > 1.5
        await kept.spoken("다른 말이에요.", Manner())  # for a while it is not even asked
        assert len(voice.asked) == 1
    assert len(kinds(tmp_path)) == 2  # nothing half of a sentence


async def test_one_that_is_not_there_costs_no_time_and_has_the_word_once_it_is(tmp_path: Path) -> None:
    voice = Voice()
    kept = cache(tmp_path, voice, Patience(away_s=0.0))
    near = await kept.spoken(SAID, Manner())
    assert seconds(kept, near) > 1.5
    async with speaking(voice):
        assert await kept.spoken(SAID, Manner()) != near


async def test_one_that_answers_too_slowly_is_not_waited_for(tmp_path: Path) -> None:
    async with speaking(Voice(lambda: [3, *tone()])) as voice:
        far = FarVoice(voice.address, HASTY)
        async with asyncio.timeout(1.0):
            with pytest.raises(VoiceAway):
                await far.speak(SAID, Manner())


async def test_many_sentences_at_once_are_all_spoken_by_it(tmp_path: Path) -> None:
    async with speaking(Voice()) as voice:
        kept = cache(tmp_path, voice)
        await asyncio.gather(*(kept.spoken(f"{n}번 문장이에요.", Manner()) for n in range(20)))
        assert len(voice.asked) == 20


async def test_what_cannot_be_pronounced_is_not_asked_for(tmp_path: Path) -> None:
    async with speaking(Voice()) as voice:
        kept = cache(tmp_path, voice)
        for text in ("", "…", "?!"):
            assert kept.read(await kept.spoken(text, Manner())) is not None
        assert voice.asked == []


def test_the_setting_chooses_the_voice(tmp_path: Path) -> None:
    assert type(cache_for("espeak", tmp_path, b"secret")) is Cache
    far = cache_for("tcp://piper.example:10200", tmp_path, b"secret")
    assert isinstance(far, FarCache)
    assert far.name == "tcp://piper.example:10200"


@pytest.mark.parametrize(("factor", "expected"), [(1.0, 1.0), (0.75, 1.33), (2.0, 0.5), (9.0, 0.5), (0.1, 2.0)])
def test_pace_changes_the_length_only(factor: float, expected: float) -> None:
    made = paced(TONE.tobytes(), 24_000, factor)
    assert len(made) / len(TONE.tobytes()) == pytest.approx(expected, abs=0.05)
    if factor != 1:
        spectrum = np.abs(np.fft.rfft(np.frombuffer(made, "<i2")[2000:10_000]))
        assert spectrum.argmax() * 24_000 / 8000 == pytest.approx(24_000 * 0.1 / (2 * np.pi), rel=0.03)


def test_no_sound_has_no_pace() -> None:
    assert paced(b"", 24_000, 0.5) == b""
