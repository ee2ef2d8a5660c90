"""Whatever comes that is no speech, or speech gone wrong: a defined answer, never "fine", within bounds."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from websockets.exceptions import ConnectionClosed

from speech.hearing.decode import SAMPLE_RATE, BadAudio, Sound, decode
from speech.hearing.ears import Ears
from speech.hearing.heard import Heard
from speech.hearing.listening import Listener, Partial
from speech.hearing.transcribe import listen
from speech.hearing.vad import CHUNK_BYTES, CHUNK_MS, Endings
from speech.speaker.limits import Limits
from speech.speaking.voice import Manner, synthesize
from tests.checkins.book import book
from tests.speech.house import TOKEN, WORDS, ScriptedEars, close_code, house, settled, until
from tests.speech.test_decode import encoded
from tests.speech.test_hearing_real import MODEL

SURE = book().sure
SECOND = 32_000
ENDINGS = Endings.of(WORDS.data("speech.endings"))
Wave = NDArray[np.float64]


@pytest.fixture(scope="module")
def ears() -> Ears:
    loaded = Ears(MODEL)
    loaded.load_now()
    return loaded


def pcm(wave: Wave) -> bytes:
    return bytes((np.clip(wave, -1, 1) * 32767).astype("<i2").tobytes())


def spoken(text: str = "잘 잤어요 괜찮아요") -> Wave:
    return np.frombuffer(decode(synthesize(text, Manner())).pcm, "<i2") / 32768


def noise(loud: float, colour: float) -> bytes:
    """Ten seconds, from white (0) to brown (1)."""
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(10 * SAMPLE_RATE))
    wave = np.fft.irfft(spectrum / np.maximum(1, np.arange(len(spectrum))) ** colour)
    return pcm(wave / np.sqrt((wave**2).mean()) * loud)


def tone(hertz: float, seconds: float) -> Wave:
    at = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    overtones = [np.sin(2 * np.pi * hertz * k * at) / k**1.3 for k in range(1, 9)]
    return np.asarray(sum(overtones)) * np.exp(-2 * at)


def music(seed: int, sung: bool = False) -> bytes:
    """Twenty seconds of a tune with chords; sung: on an "아" with a vibrato."""
    chance, notes = random.Random(seed), list[Wave]()
    while sum(map(len, notes)) < 20 * SAMPLE_RATE:
        hertz, seconds = 220 * 2 ** (chance.choice([0, 2, 4, 7, 9, 12, 14, 16]) / 12), chance.choice([0.25, 0.5, 1.0])
        chord = sum(tone(hertz / 2 * 2 ** (step / 12), seconds) for step in (0, 4, 7))
        notes.append(0.15 * tone(hertz, seconds) + 0.06 * np.asarray(chord) + (_sung(hertz, seconds) if sung else 0))
    return pcm(np.concatenate(notes))


def _sung(hertz: float, seconds: float) -> Wave:
    at = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(hertz * (1 + 0.02 * np.sin(2 * np.pi * 5.5 * at))) / SAMPLE_RATE
    loud = [
        np.exp(-(((hertz * k - 700) / 400) ** 2)) + 0.6 * np.exp(-(((hertz * k - 1200) / 300) ** 2))
        for k in range(1, 15)
    ]
    return 0.2 * np.asarray(sum(a * np.sin(k * phase) for k, a in enumerate(loud, 1)))


def stereo_48k() -> bytes:
    """What a sound card gives by itself, sent as 16 kHz mono: three times too slow, every sample twice."""
    wave = spoken()
    return pcm(np.repeat(np.interp(np.arange(3 * len(wave)) / 3, np.arange(len(wave)), wave), 2))


SOUNDS: dict[str, Callable[[], bytes]] = {
    "silence": lambda: bytes(20 * SECOND),
    "white noise": lambda: noise(0.1, 0),
    "loud brown noise": lambda: noise(0.3, 1),
    "random bytes": lambda: random.Random(1).randbytes(10 * SECOND),
    "a tone": lambda: pcm(0.3 * np.sin(np.arange(10 * SAMPLE_RATE) * 2 * np.pi * 440 / SAMPLE_RATE)),
    "music": lambda: music(1),
    "other music": lambda: music(2),
    "a song": lambda: music(0, sung=True),
    "another song": lambda: music(1, sung=True),
    "48 kHz stereo sent as 16 kHz": stereo_48k,
    "8 kHz sent as 16 kHz": lambda: pcm(spoken()[::2]),
    "bytes the wrong way round": lambda: np.frombuffer(pcm(spoken()), "<i2").byteswap().tobytes(),
    "floats sent as integers": lambda: spoken().astype("<f4").tobytes(),
    "clipped to nothing but edges": lambda: pcm(np.sign(np.random.default_rng(2).standard_normal(5 * SAMPLE_RATE))),
}


def all_heard(listener: Listener, sound: bytes) -> list[Heard]:
    found = [f for at in range(0, len(sound), 3200) for f in listener.feed(sound[at : at + 3200])]
    last = listener.finish()
    return [f for f in (*found, last) if f is not None and not isinstance(f, Partial)]


@pytest.mark.parametrize("name", SOUNDS)
def test_no_sure_answer_is_heard_where_nobody_can_be_understood(ears: Ears, name: str) -> None:
    sound = SOUNDS[name]() + bytes(3 * SECOND)
    answers = all_heard(Listener(ears.recogniser, SAMPLE_RATE, ENDINGS), sound)
    assert [heard for heard in answers if heard.confidence >= SURE] == []
    assert listen(Sound(sound), ears).confidence < SURE  # nor in a voice note


@pytest.mark.parametrize("name", ["silence", "white noise", "music", "a song", "48 kHz stereo sent as 16 kHz"])
async def test_at_the_speaker_it_is_answered_and_the_talk_goes_on(ears: Ears, tmp_path: Path, name: str) -> None:
    async with house(tmp_path, ears=ears) as home, home.speaker() as client:
        await client.send(SOUNDS[name]())
        await client.send('{"type": "end"}')
        answer = await until(client, "heard")
        assert answer["confidence"] < SURE
        assert all(confidence < SURE for _, confidence, *_ in home.service.of("heard"))
        await client.send('{"type": "text", "text": "여기 있어"}')
        await settled(lambda: any(text == "여기 있어" for text, *_ in home.service.of("heard")))


def test_one_known_word_in_a_long_story_is_no_sure_answer(ears: Ears) -> None:
    story = "오늘은 손님이 많이 오셔서 정신이 하나도 없었는데 그래도 괜찮아요"
    [heard] = all_heard(Listener(ears.recogniser, SAMPLE_RATE, ENDINGS), pcm(spoken(story)) + bytes(3 * SECOND))
    assert "괜찮아요" in heard.text
    assert heard.confidence < SURE


@pytest.mark.parametrize("left", [0.3, 0.6, 0.9])
def test_a_voice_note_that_breaks_off_is_no_sure_answer(ears: Ears, left: float) -> None:
    note = encoded("opus", spoken=synthesize("어젯밤에 잘 잤어요 밥 잘 먹었어요", Manner()))
    try:
        cut = decode(note[: int(left * len(note))])
    except BadAudio:
        return
    assert not cut.complete
    assert listen(cut, ears).confidence < SURE


class Instant:
    """A voice for five seconds of every hundred, judged at once."""

    def __init__(self) -> None:
        self._at = 0

    def __call__(self, audio: bytes, /) -> float:
        self._at += CHUNK_MS
        return 0.9 if self._at % 100_000 < 5000 else 0.0

    def each(self, audio: bytes, /) -> list[float]:
        return [self(audio) for _ in range(len(audio) // CHUNK_BYTES)]


def test_three_hours_of_sound_take_no_more_room_than_a_minute() -> None:
    listener = Listener(ScriptedEars(*["잘 잤어요"] * 200).recogniser, SAMPLE_RATE, ENDINGS, voice=Instant)
    minute, answers, room = bytes(60 * SECOND), 0, 0
    for number in range(180):
        answers += sum(isinstance(f, Heard) for f in listener.feed(minute))
        room = psutil.Process().memory_info().rss if number == 3 else room
    assert answers == 3 * 3600 // 100
    assert psutil.Process().memory_info().rss - room < 10 * 2**20


async def test_three_hours_sent_at_once_are_cut_off_after_a_minute(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ScriptedEars()) as home, home.speaker() as client:
        sent = 0
        try:
            for _ in range(3 * 3600):
                await client.send(bytes(SECOND))
                sent += 1
        except ConnectionClosed:
            pass
        assert await close_code(client) == 4413
        assert sent < 600


async def test_two_gigabytes_in_one_message_are_refused_within_bounds(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ScriptedEars()) as home:
        before = psutil.Process().memory_info().rss
        piece = bytes(2**20)

        async def endless() -> object:
            for _ in range(2048):
                yield piece

        async with home.speaker() as client:
            with suppress(ConnectionClosed):
                await client.send(endless())
            assert await close_code(client) == 1009
        assert psutil.Process().memory_info().rss - before < 100 * 2**20
        async with home.speaker() as again:
            await until(again, "welcome")


async def test_five_hundred_sockets_that_never_speak_keep_nobody_out(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(hello_s=2.0)) as home:
        before = psutil.Process().memory_info().rss
        silent = []
        for _ in range(10):
            silent += await asyncio.gather(*(home.speaker(None) for _ in range(50)))
        assert home.edge.connections.waiting() <= 200
        async with home.speaker(None) as client:
            await client.send(json.dumps({"type": "hello", "token": TOKEN}))
            await until(client, "welcome")
        assert psutil.Process().memory_info().rss - before < 150 * 2**20  # both sides of 500 sockets
        codes = await asyncio.gather(*(close_code(one) for one in silent))
        assert set(codes) <= {1013, 4401}
        assert home.edge.connections.waiting() == 0


def test_a_file_of_garbage_is_named_quickly() -> None:
    began = time.process_time()
    for seed in range(50):
        with pytest.raises(BadAudio):
            decode(b"OggS" + random.Random(seed).randbytes(200_000))
    assert time.process_time() - began < 10
