"""Wyoming parts for the tests: the service's own server on a free port, and clients of the `wyoming` library."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event

from speech.hearing.decode import decode
from speech.hearing.ears import Ears
from speech.speaking.aloud import Aloud
from speech.speaking.cache import Cache
from speech.speaking.speaking import Speaking
from speech.speaking.voice import Manner, synthesize
from speech.wyoming.guest import GuestLimits
from speech.wyoming.server import WyomingServer
from tests.running import free_port

MODEL = Path(__file__).parents[1] / "fixtures" / "vosk-ko-tiny"
SECOND = 32_000


def loaded_ears() -> Ears:
    """The tiny model."""
    ears = Ears(MODEL)
    ears.load_now()
    assert ears.notice is None
    return ears


def spoken(text: str, rate: int | None = None) -> bytes:
    """Speech as PCM16 at 16 kHz, with silence around it: two seconds end any utterance."""
    return bytes(SECOND // 3) + decode(synthesize(text, Manner.of(rate))).pcm + bytes(2 * SECOND)


@asynccontextmanager
async def server(
    folder: Path, ears: Ears | None = None, limits: GuestLimits = GuestLimits(), cache: Cache | None = None
) -> AsyncIterator[int]:
    """The service's Wyoming server; its port."""
    port = free_port()
    aloud = Aloud(Speaking(cache or Cache(folder / "audio", b"secret")))
    running = WyomingServer("127.0.0.1", port, ears or Ears(None), aloud, limits)
    await running.start()
    try:
        yield port
    finally:
        await running.stop()


def client(port: int, read_timeout: float = 5.0) -> AsyncTcpClient:
    """The library's client."""
    return AsyncTcpClient("127.0.0.1", port, connect_timeout=5.0, read_timeout=read_timeout)


async def transcribed(port: int, pcm: bytes, rate: int = 16_000, width: int = 2, channels: int = 1) -> str:
    """Ask for the words in this sound as Home Assistant does."""
    async with client(port, 15.0) as guest:
        await guest.write_event(Transcribe(language="ko").event())
        await guest.write_event(AudioStart(rate, width, channels).event())
        for start in range(0, len(pcm), 2048 * width * channels):
            piece = pcm[start : start + 2048 * width * channels]
            await guest.write_event(AudioChunk(rate, width, channels, piece).event())
        await guest.write_event(AudioStop().event())
        answer = await guest.read_event()
        assert answer is not None
        assert Transcript.is_type(answer.type), answer
        return Transcript.from_event(answer).text


async def events_until(guest: AsyncTcpClient, kind: Any) -> list[Event]:
    """All events up to one of this kind."""
    found: list[Event] = []
    while not found or not kind.is_type(found[-1].type):
        event = await guest.read_event()
        assert event is not None, f"closed after {[e.type for e in found]}"
        found.append(event)
    return found


async def sent_raw(port: int, data: bytes, within: float = 5.0) -> bytes:
    """Bytes to the port, and all that comes back until the service closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(within):
            writer.write(data)
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def resampled(pcm: bytes, rate: int) -> bytes:
    """16 kHz sound at another rate, by the library that the service uses too, the other way round."""
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
    frame.rate = 16_000
    frame.planes[0].update(pcm)
    return b"".join(bytes(out.planes[0])[: 2 * out.samples] for out in resampler.resample(frame))
