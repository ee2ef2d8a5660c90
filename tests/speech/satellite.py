"""A satellite made of the `wyoming` library's server. It does what rhasspy's wyoming-satellite does: with a wake word
of its own it streams from there on until it has a transcript; without one it streams whenever it may."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import Attribution, Describe, Info
from wyoming.info import Satellite as About
from wyoming.ping import Ping, Pong
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.satellite import PauseSatellite, RunSatellite
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.snd import Played
from wyoming.wake import Detection

from speech.hearing.decode import decode
from tests.needs import PATIENCE_S
from tests.running import free_port
from tests.speech.house import settled

_CHUNK = 2048


@dataclass
class Satellite:
    """wake_word: whether it has one. tells: whether it says when a sentence has been played; `tell` does it by hand
    where not. spoken: what it was given to play, as PCM at 16 kHz. rate, channels: its microphone. takes: while it is
    not set, no sound is taken off the wire, as by one that takes it as it plays it."""

    wake_word: bool = True
    tells: bool = True
    triggers: bool = False
    rate: int = 16_000
    channels: int = 1
    port: int = field(default_factory=free_port)
    events: list[str] = field(default_factory=list)
    spoken: list[bytes] = field(default_factory=list)
    streaming: bool = False
    running: bool = False
    connections: int = 0
    owner: "_Handler | None" = None
    takes: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.takes.set()

    async def write(self, event: Event) -> None:
        assert self.owner is not None, "nobody is connected"
        await self.owner.write_event(event)

    async def wake(self, name: str = "ok_nabu") -> None:
        """Somebody says the wake word."""
        self.streaming = True
        await self.write(Detection(name=name).event())
        await self.write(RunPipeline(PipelineStage.ASR, PipelineStage.TTS).event())

    async def hears(self, pcm: bytes) -> None:
        """Somebody speaks in the room: it goes out where the satellite streams, and nowhere else."""
        piece = _CHUNK * self.channels
        for start in range(0, len(pcm), piece):
            if self.streaming:
                await self.write(AudioChunk(self.rate, 2, self.channels, pcm[start : start + piece]).event())

    async def tell(self) -> None:
        """It has played a sentence."""
        await self.write(Played().event())

    async def is_running(self) -> None:
        await settled(lambda: self.running)

    async def has_said(self, sentences: int, within: float = PATIENCE_S) -> bytes:
        """The sound of the last of so many sentences."""
        await settled(lambda: len(self.spoken) >= sentences, within)
        return self.spoken[sentences - 1]

    async def may_stream(self, within: float = PATIENCE_S) -> None:
        await settled(lambda: self.streaming, within)

    async def is_quiet(self, within: float = PATIENCE_S) -> None:
        await settled(lambda: not self.streaming, within)


class _Handler(AsyncEventHandler):
    def __init__(self, satellite: Satellite, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._satellite = satellite
        self._sound: list[AudioChunk] = []
        satellite.connections += 1

    async def handle_event(self, event: Event) -> bool:
        at = self._satellite
        at.events.append(event.type)
        if Describe.is_type(event.type):
            await self.write_event(_about(at))
            return True
        if at.owner is None:
            at.owner = self
        elif at.owner is not self:
            return False
        if Ping.is_type(event.type):
            await self.write_event(Pong(text=Ping.from_event(event).text).event())
        elif RunSatellite.is_type(event.type):
            at.running = True
            if not at.wake_word:
                at.streaming = True
                await self.write_event(RunPipeline(PipelineStage.WAKE, PipelineStage.TTS).event())
        elif PauseSatellite.is_type(event.type) or Transcript.is_type(event.type):
            at.running = at.running and not PauseSatellite.is_type(event.type)
            at.streaming = False
        elif RunPipeline.is_type(event.type):
            at.streaming = True
            await self.write_event(RunPipeline(PipelineStage.ASR, PipelineStage.TTS).event())
        else:
            await self._play(event)
        return True

    async def _play(self, event: Event) -> None:
        if AudioStart.is_type(event.type):
            self._sound = []
        elif AudioChunk.is_type(event.type):
            await self._satellite.takes.wait()
            self._sound.append(AudioChunk.from_event(event))
        elif AudioStop.is_type(event.type):
            self._satellite.spoken.append(_pcm(self._sound))
            if self._satellite.tells:
                await self.write_event(Played().event())

    async def disconnect(self) -> None:
        if self._satellite.owner is self:
            self._satellite.owner = None
            self._satellite.streaming = self._satellite.running = False


def _about(at: Satellite) -> Event:
    about = About(
        "living room",
        attribution=Attribution("", ""),
        installed=True,
        description="",
        version="1",
        supports_trigger=at.triggers,
    )
    return Info(satellite=about).event()


def _pcm(chunks: list[AudioChunk]) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(chunks[0].channels)
        wav.setsampwidth(chunks[0].width)
        wav.setframerate(chunks[0].rate)
        wav.writeframes(b"".join(chunk.audio for chunk in chunks))
    return decode(file.getvalue()).pcm


@asynccontextmanager
async def switched_on(satellite: Satellite) -> AsyncIterator[Satellite]:
    """Listen on the satellite's port."""
    server = AsyncTcpServer("127.0.0.1", satellite.port)
    await server.start(lambda reader, writer: _Handler(satellite, reader, writer))
    try:
        yield satellite
    finally:
        await server.stop()
        await settled(lambda: satellite.owner is None)
