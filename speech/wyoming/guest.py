"""One Wyoming client, such as Home Assistant: it describes, transcribes and speaks for it, within limits."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe
from wyoming.ping import Ping, Pong
from wyoming.server import AsyncEventHandler
from wyoming.tts import Synthesize

from speech.hearing.ears import EXECUTOR, Ears
from speech.hearing.heard import VoiceOff
from speech.speaker.limits import Rate
from speech.speaking.aloud import Aloud
from speech.wyoming.info import LANGUAGES, info
from speech.wyoming.transcription import TooMuchSound, Transcription
from speech.wyoming.wire import BadSound, Bounded, Pcm, closed, read_event, sound_events

_log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class GuestLimits:
    """Seconds are real ones. Tests make them small.

    guests: connections at once, the one idle for longest gives way. hearing: streams being transcribed at once.
    speaking: sentences being made at once; the residents' own must not wait behind a heap of others.
    requests: events without sound of one connection per 10 s. utterance_s: sound of one transcription; it may take
    twice as long to come. linger_s: how long one that was refused may take to read why.
    """

    guests: int = 64
    hearing: int = 4
    speaking: int = 2
    requests: int = 100
    idle_s: float = 30.0
    send_s: float = 5.0
    linger_s: float = 1.0
    utterance_s: float = 60.0


@dataclass
class GuestDesk:
    """What all connections share."""

    ears: Ears
    aloud: Aloud
    limits: GuestLimits = GuestLimits()
    hearing: int = 0  # streams being transcribed now
    speaking: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.speaking = asyncio.Semaphore(self.limits.speaking)


class Guests(Protocol):
    """Who is connected."""

    def enter(self, guest: "Guest") -> bool:
        """Let it in; False where everybody else is busy and there is no room."""
        ...

    def leave(self, guest: "Guest") -> None:
        """It has gone."""
        ...


class _Refused(Exception):
    """The guest asked for what cannot be had; it is told, and may not go on."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Guest(AsyncEventHandler):
    """A connection from its first event to its last. `run` never raises."""

    def __init__(
        self, desk: GuestDesk, guests: Guests, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._bounded = Bounded(reader)
        super().__init__(self._bounded, writer)  # type: ignore[arg-type]  # it is only read from here
        self.seen = _now()
        self.busy = False
        self._desk = desk
        self._guests = guests
        self._rate = Rate(desk.limits.requests, 10.0)
        self._hearing: Transcription | None = None
        self._since = self.seen

    async def run(self) -> None:
        """Serve until either side ends it."""
        try:
            if not self._guests.enter(self):
                raise _Refused("full", "too many connections: try again later")
            while (event := await self._next()) is not None and await self.handle_event(event):
                pass
        except _Refused as refused:
            await self._complain(refused.code, str(refused))
        except (TimeoutError, OSError):
            pass
        except Exception as error:
            _log.error("wyoming_guest_failed", error=type(error).__name__)
        finally:
            self._no_sound()
            self._guests.leave(self)
            await closed(self.writer, self._desk.limits.send_s)

    def show_out(self) -> None:
        """Somebody else needs the place."""
        self.writer.close()

    async def handle_event(self, event: Event) -> bool:
        """Answer one event; unknown ones are let pass, as the protocol asks."""
        self.busy = True
        try:
            await self._answer(event)
        finally:
            self.busy = self._hearing is not None
            self.seen = _now()
        return True

    async def _next(self) -> Event | None:
        async with asyncio.timeout(self._desk.limits.idle_s):
            event = await read_event(self._bounded)
        if event is None and not self._bounded.gone:
            raise _Refused("bad_event", "that was no Wyoming event")
        if event is not None and not _is(event, AudioChunk) and not self._rate.allows(_now()):
            raise _Refused("too_many", "too many requests: try again later")
        return event

    async def _answer(self, event: Event) -> None:
        if _is(event, AudioChunk, AudioStart, AudioStop, Transcribe):
            await self._hear(event)
        elif _is(event, Synthesize):
            await self._speak(event.data.get("text"))
        elif _is(event, Describe):
            await self._send(info(hears=self._hears()).event())
        elif _is(event, Ping):
            await self._send(Pong(text=event.data.get("text")).event())

    def _hears(self) -> bool:
        off = self._desk.ears.off
        return off is None or off.code == "voice_loading"

    async def _hear(self, event: Event) -> None:
        try:
            if _is(event, AudioChunk):
                await self._take(event)
            elif _is(event, AudioStop):
                await self._transcript()
            else:
                self._no_sound()
                if _is(event, AudioStart):
                    Pcm.of(event.data)
        except BadSound as bad:
            raise _Refused("bad_sound", str(bad)) from None
        except TooMuchSound:
            raise _Refused("too_much_audio", "too much sound in one request") from None
        except VoiceOff as off:
            raise _Refused(off.code, off.reason) from None

    async def _take(self, event: Event) -> None:
        pcm = Pcm.of(event.data)
        if self._hearing is None:
            self._hearing, self._since = self._transcription(), _now()
        if _now() - self._since > 2 * self._desk.limits.utterance_s:
            raise TooMuchSound
        hearing, sound = self._hearing, event.payload or b""
        if hearing.waits_with(sound):
            hearing.put(pcm, sound)
        else:
            await _blocking(lambda: hearing.feed(pcm, sound))

    def _transcription(self) -> Transcription:
        if self._desk.hearing >= self._desk.limits.hearing:
            raise _Refused("busy", "too many are being listened to: try again later")
        made = Transcription(self._desk.ears.recogniser, self._desk.limits.utterance_s)
        self._desk.hearing += 1
        return made

    async def _transcript(self) -> None:
        text = (await _blocking(self._hearing.finish)).text if self._hearing else ""
        self._no_sound()
        await self._send(Transcript(text=text, language=LANGUAGES[0]).event())

    def _no_sound(self) -> None:
        if self._hearing is not None:
            self._desk.hearing -= 1
            self._hearing = None

    async def _speak(self, text: object) -> None:
        if not isinstance(text, str):
            raise _Refused("bad_event", "there is no text to speak")
        async with self._desk.speaking:
            wav = await self._desk.aloud.say(text)
        if wav is None:
            raise _Refused("no_voice", "there is no voice here now")
        for event in sound_events(wav):
            await self._send(event)

    async def _send(self, event: Event) -> None:
        async with asyncio.timeout(self._desk.limits.send_s):
            await self.write_event(event)

    async def _complain(self, code: str, text: str) -> None:
        try:
            await self._send(Error(text=text, code=code).event())
            self.writer.write_eof()
            async with asyncio.timeout(self._desk.limits.linger_s):
                await self._bounded.hear_out()
        except (TimeoutError, OSError):
            return


def _is(event: Event, *kinds: type) -> bool:
    return any(kind.is_type(event.type) for kind in kinds)  # type: ignore[attr-defined]  # all are Eventable


async def _blocking(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(EXECUTOR, work)


def _now() -> float:
    return asyncio.get_running_loop().time()
