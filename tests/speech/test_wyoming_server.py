"""Speech for Home Assistant: the library's own client over real sockets, a real model, and those who misbehave."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest
from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize

from speech.hearing.decode import decode
from speech.hearing.ears import Ears
from speech.speaking.aloud import Aloud
from speech.speaking.cache import Cache
from speech.speaking.speaking import Speaking
from speech.speaking.voice import Manner, VoiceMissing, to_wav
from speech.wyoming.guest import GuestLimits
from speech.wyoming.server import WyomingServer
from speech.wyoming.wire import Converter, Pcm
from tests.running import free_port
from tests.speech.house import ScriptedEars, settled
from tests.speech.wyoming_house import (
    SECOND,
    client,
    events_until,
    loaded_ears,
    resampled,
    sent_raw,
    server,
    spoken,
    transcribed,
)

SAID = "잠을 한숨도 못 잤어요"


@pytest.fixture(scope="module")
def ears() -> Ears:
    """The tiny model, loaded once."""
    return loaded_ears()


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """A server that has a voice and no ears."""
    async with server(tmp_path) as port:
        yield port


async def test_home_assistant_is_told_what_there_is(tmp_path: Path, ears: Ears) -> None:
    async with server(tmp_path, ears) as port, client(port) as guest:
        await guest.write_event(Describe().event())
        answer = await guest.read_event()
        assert answer is not None
        info = Info.from_event(answer)
        [hearing], [speaking] = info.asr, info.tts
        assert hearing.installed
        assert hearing.models[0].languages == speaking.voices[0].languages == ["ko"]
        assert hearing.version == speaking.version != ""
        assert hearing.attribution.url.startswith("https://")


async def test_without_a_model_only_the_voice_is_offered(port: int) -> None:
    async with client(port) as guest:
        await guest.write_event(Describe().event())
        answer = await guest.read_event()
        assert answer is not None
        info = Info.from_event(answer)
        assert (info.asr[0].installed, info.tts[0].installed) == (False, True)


async def test_speech_becomes_text(tmp_path: Path, ears: Ears) -> None:
    async with server(tmp_path, ears) as port:
        assert await transcribed(port, spoken(SAID)) == SAID


@pytest.mark.parametrize(("rate", "width", "channels"), [(48_000, 2, 2), (44_100, 4, 1), (22_050, 3, 2), (8000, 2, 1)])
async def test_sound_of_any_format_becomes_text(
    tmp_path: Path, ears: Ears, rate: int, width: int, channels: int
) -> None:
    samples = np.frombuffer(resampled(spoken("밥 잘 먹었어요"), rate), "<i2")
    wide = {2: samples.astype("<i2").tobytes(), 4: (samples.astype("<i4") << 16).tobytes()}
    wide[3] = np.frombuffer(wide[4], np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    each = np.frombuffer(wide[width], np.uint8).reshape(-1, width)
    async with server(tmp_path, ears) as port:
        text = await transcribed(port, np.repeat(each, channels, axis=0).tobytes(), rate, width, channels)
    assert text == "밥 잘 먹었어요"


async def test_sound_without_words_is_no_words(tmp_path: Path, ears: Ears) -> None:
    async with server(tmp_path, ears) as port:
        assert await transcribed(port, bytes(2 * SECOND)) == ""
        assert await transcribed(port, b"") == ""


async def test_one_connection_may_ask_more_than_once(tmp_path: Path) -> None:
    async with server(tmp_path, ScriptedEars("하나", "둘")) as port, client(port) as guest:
        for expected in ("하나", "둘"):
            await guest.write_event(AudioChunk(16_000, 2, 1, bytes(SECOND)).event())
            await guest.write_event(AudioStop().event())
            answer = await guest.read_event()
            assert answer is not None
            assert Transcript.from_event(answer).text == expected


async def test_a_sentence_is_spoken_from_the_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path, b"secret")
    async with server(tmp_path, cache=cache) as port, client(port) as guest:
        await guest.write_event(Synthesize(text="안녕하세요, 어르신.").event())
        events = await events_until(guest, AudioStop)
    start = AudioStart.from_event(events[0])
    pcm = b"".join(AudioChunk.from_event(event).audio for event in events[1:-1])
    kept = cache.read(cache.key("안녕하세요, 어르신.", Manner.of()))
    assert kept is not None
    assert decode(to_wav(pcm, start.rate)).pcm == decode(kept).pcm
    assert decode(kept).seconds > 1


async def test_nothing_to_say_is_said_without_sound(port: int) -> None:
    async with client(port) as guest:
        await guest.write_event(Synthesize(text="").event())
        assert AudioStop.is_type((await events_until(guest, AudioStop))[-1].type)
        await guest.write_event(Ping(text="still").event())
        answer = await guest.read_event()
        assert answer is not None
        assert Pong.from_event(answer).text == "still"


async def refusal(port: int, *events: bytes) -> str:
    """Why the service ends a connection on which these came."""
    answer = await sent_raw(port, b"".join(events))
    head, _, data = answer.partition(b"\n")
    assert json.loads(head)["type"] == "error"
    return str(json.loads(data)["code"])


def line(type: str, payload: bytes = b"", **data: object) -> bytes:
    """One event as its bytes."""
    return json.dumps({"type": type, "data": data, "payload_length": len(payload)}).encode() + b"\n" + payload


async def test_a_sound_that_cannot_be_heard_is_refused_by_name(tmp_path: Path) -> None:
    async with server(tmp_path, ScriptedEars("", "")) as port:
        for bad in ({}, {"rate": 1e9, "width": 2, "channels": 1}, {"rate": 16_000, "width": 9, "channels": 1}):
            assert await refusal(port, line("audio-start", **bad)) == "bad_sound"
            assert await refusal(port, line("audio-chunk", b"xxxx", **bad)) == "bad_sound"


async def test_where_nobody_can_be_heard_it_says_so(port: int) -> None:
    sound = line("audio-chunk", bytes(9000), rate=16_000, width=2, channels=1)
    assert await refusal(port, sound) == "voice_off"


async def test_too_much_sound_in_one_request_is_refused(tmp_path: Path) -> None:
    async with server(tmp_path, ScriptedEars(""), GuestLimits(utterance_s=1.0)) as port, client(port) as guest:
        answer = None
        for _ in range(20):
            await guest.write_event(AudioChunk(48_000, 2, 2, bytes(19_200)).event())
        answer = await guest.read_event()
        assert answer is not None
        assert Error.from_event(answer).code == "too_much_audio"


async def test_a_voice_that_fails_is_told(tmp_path: Path) -> None:
    def voice(text: str, manner: Manner) -> bytes:
        raise VoiceMissing("no voice in this test")

    async with server(tmp_path, cache=Cache(tmp_path, b"secret", synthesis=voice)) as port:
        assert await refusal(port, line("synthesize", text="네")) == "no_voice"
        assert await refusal(port, line("synthesize", text=[1])) == "bad_event"


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"hello\n",
        b"[]\n",
        b"3\n",
        b"{}\n",
        b'{"type": 3}\n',
        b'{"type": "describe", "data": []}\n',
        b'{"type": "describe", "data_length": "9"}\n',
        b'{"type": "describe", "data_length": 5}\nnull!',
        b'{"type": "audio-chunk", "payload_length": 4000000000}\n',
        b'{"type": "audio-chunk", "payload_length": 1e300}\n',
        b"[" * 60_000 + b"\n",
        b"x" * 200_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
        b"GET / HTTP/1.1\r\nHost: anbu\r\n\r\n",
        b"\xff\xfe\x00\n",
    ],
)
async def test_garbage_is_shown_out_and_nothing_breaks(
    port: int, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await sent_raw(port, garbage)
    assert answer == b"" or b"bad_event" in answer
    async with client(port) as guest:
        await guest.write_event(Describe().event())
        assert await guest.read_event() is not None
    assert caplog.records == []


async def test_an_event_cut_short_is_let_go(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b'{"type": "audio-chunk", "payload_length": 5000}\n123')
    await writer.drain()
    writer.close()
    async with client(port) as guest:
        await guest.write_event(Describe().event())
        assert await guest.read_event() is not None


async def test_a_hundred_idle_connections_keep_nobody_out(tmp_path: Path) -> None:
    async with server(tmp_path, ScriptedEars("네")) as port, AsyncExitStack() as stack:
        idle = [await stack.enter_async_context(client(port)) for _ in range(100)]
        assert await asyncio.wait_for(transcribed(port, bytes(SECOND)), 5) == "네"
        assert await idle[0].read_event() is None  # the one idle for longest had to go
        await idle[-1].write_event(Describe().event())
        assert await idle[-1].read_event() is not None


async def test_who_says_nothing_is_shown_out(tmp_path: Path) -> None:
    async with server(tmp_path, limits=GuestLimits(idle_s=0.1)) as port, client(port) as guest:
        assert await guest.read_event() is None


async def test_too_many_to_be_listened_to_at_once_are_told(tmp_path: Path) -> None:
    sound = line("audio-chunk", bytes(9000), rate=16_000, width=2, channels=1)
    limits = GuestLimits(hearing=1, guests=2)
    async with server(tmp_path, ScriptedEars("하나", "둘"), limits) as port, client(port) as first:
        await first.write_event(AudioChunk(16_000, 2, 1, bytes(SECOND)).event())
        await first.write_event(Ping().event())
        assert await first.read_event() is not None  # it is being listened to
        assert await refusal(port, sound) == "busy"
        await first.write_event(AudioStop().event())
        answer = await first.read_event()
        assert answer is not None
        assert Transcript.from_event(answer).text == "하나"
        assert await transcribed(port, bytes(SECOND)) == "둘"


async def test_when_all_are_busy_a_new_one_is_told(tmp_path: Path) -> None:
    async with server(tmp_path, ScriptedEars("네"), GuestLimits(guests=1)) as port, client(port) as first:
        await first.write_event(AudioChunk(16_000, 2, 1, bytes(SECOND)).event())
        await first.write_event(Ping().event())
        await first.read_event()
        assert await refusal(port) == "full"


async def test_a_flood_of_requests_is_ended(tmp_path: Path) -> None:
    async with server(tmp_path, limits=GuestLimits(requests=10)) as port:
        answer = await sent_raw(port, line("ping") * 50)
        assert answer.count(b'"pong"') == 10
        assert b"too_many" in answer


async def test_who_does_not_read_is_given_up(tmp_path: Path) -> None:
    port = free_port()
    aloud = Aloud(Speaking(Cache(tmp_path, b"secret")))
    serving = WyomingServer("127.0.0.1", port, Ears(None), aloud, GuestLimits(send_s=0.2))
    await serving.start()
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", port))
    deaf.sendall(line("synthesize", text="안녕하세요. " * 200) * 20)
    await settled(lambda: serving.guests() == 1)
    await settled(lambda: serving.guests() == 0)
    deaf.close()
    await serving.stop()


async def test_a_sound_that_fails_in_any_way_is_none(tmp_path: Path) -> None:
    def broken(_text: str, _manner: Manner) -> bytes:
        raise ValueError("a voice nobody expected to fail so")

    async def lost(_id: str) -> bytes:
        raise RuntimeError("the store is away")

    aloud = Aloud(Speaking(Cache(tmp_path, b"secret", synthesis=broken), sound_of=lost))
    assert await aloud.say("안녕하세요.") is None
    assert await aloud.at(f"/audio/{'0' * 64}.wav") is None


def test_a_sample_that_arrives_in_two_pieces_is_one() -> None:
    sound = spoken("네")
    whole = Converter(Pcm(16_000, 2, 1)).feed(sound)
    split = Converter(Pcm(16_000, 2, 1))
    assert b"".join(split.feed(sound[i : i + 7]) for i in range(0, len(sound), 7)) == whole == sound


def test_one_byte_a_sample_is_unsigned() -> None:
    assert Converter(Pcm(16_000, 1, 1)).feed(bytes([128, 255, 0])) == np.array([0, 32512, -32768], "<i2").tobytes()
