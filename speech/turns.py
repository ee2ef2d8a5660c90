"""What a resident does with the speaker, in the order it was done: pressing, typing, speaking. Nothing said is lost."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog

from residents.people import Device
from speech import protocol
from speech.hearing import EXECUTOR, Ears, Heard, VoiceOff
from speech.limits import Limits
from speech.line import Ended, Gone, Line
from speech.listening import Listener, Partial
from speech.ports import SpeakerPorts
from speech.protocol import Closed, End, Talk, Text
from speech.vad import Endings

_log = structlog.get_logger(__name__)
T = TypeVar("T")

#: so much sound goes to the recogniser in one piece; more would hold back the words so far.
_PIECE_S = 0.5
#: a frame counts as at least this many bytes: a flood of tiny ones is too much audio as well.
_LEAST_BYTES = 64
_MOST_MESSAGES = 100
#: a client that streams may send so much more silence, and `end`, after its utterance was found to have ended.
_TRAILING_S = 1.5


@dataclass(frozen=True)
class Desk:
    """What every speaker's connection of this process shares. complain: an error code → the message to send."""

    ports: SpeakerPorts
    ears: Ears
    endings: Endings
    limits: Limits
    complain: Callable[[str], dict[str, object]]


@dataclass(frozen=True)
class _SoundEnd:
    """An `end` that came after sound: of the utterance, not of the talk. Decided when it comes, not when it is taken:
    the service may have spoken in between."""


class Turns:
    """One connection's inbox and the work on it. `put…` never waits; `work` goes on after `end` until all that came
    before has been taken: a cry for help does not need its socket any more."""

    def __init__(self, desk: Desk, device: Device, line: Line, sample_rate: int) -> None:
        self._desk = desk
        self._device = device
        self._line = line
        self._rate = sample_rate
        self._inbox: deque[bytes | Talk | Text | End | _SoundEnd] = deque()
        self._more = asyncio.Event()
        self._listener: Listener | None = None
        self._unheard_bytes = 0  # since the last end of an utterance, received
        self._waiting_bytes = 0  # received, not yet listened to
        self._waiting_messages = 0
        self._sound_came = False  # since the service spoke last
        self._silent_bytes: float = math.inf  # listened to since words were heard last
        self._told_off = False
        self._ended = False

    def end(self) -> None:
        """Nothing more will come."""
        self._ended = True
        self._more.set()

    def put(self, message: Talk | Text | End) -> None:
        """Something pressed or typed. Raises Ended when too much waits already."""
        if self._waiting_messages >= _MOST_MESSAGES:
            raise Ended(Closed.TOO_MANY)
        self._waiting_messages += 1
        if not isinstance(message, Text):
            self._unheard_bytes = 0
        self._inbox.append(_SoundEnd() if isinstance(message, End) and self._sound_came else message)
        self._more.set()

    def put_sound(self, pcm: bytes) -> None:
        """Sound, PCM16 mono. Raises Ended when an utterance gets too long, BadMessage where it is no PCM16."""
        if len(pcm) % 2:
            raise protocol.BadMessage("bad_audio")
        self._unheard_bytes += max(len(pcm), _LEAST_BYTES)
        most = self._desk.limits.utterance_s * 2 * self._rate
        if self._unheard_bytes > most or self._waiting_bytes > 2 * most:
            raise Ended(Closed.TOO_MUCH_AUDIO)
        self._sound_came = True
        self._waiting_bytes += len(pcm)
        self._inbox.append(pcm)
        self._more.set()

    def retune(self, sample_rate: int) -> None:
        """The client says anew how its sound will come."""
        self._rate, self._listener = sample_rate, None

    def spoken_to(self) -> None:
        """The service has just said something: what comes now answers it."""
        self._unheard_bytes = 0
        self._sound_came = self._told_off = False

    async def work(self) -> None:
        """Take one thing after the other, and at the end what was being said."""
        while self._inbox or not self._ended:
            if not self._inbox:
                self._more.clear()
                await self._more.wait()
            else:
                await self._take()
        heard = await self._blocking(self._listener.finish) if self._listener else None
        if heard is not None and heard.text:
            await self._heard(heard)

    async def _take(self) -> None:
        item = self._inbox.popleft()
        if isinstance(item, bytes):
            await self._hear(self._joined(item))
            return
        self._waiting_messages -= 1
        if isinstance(item, Text):
            await self._typed(item.text)
        elif isinstance(item, Talk):
            self.spoken_to()
            await self._ask("start_talk", lambda: self._desk.ports.start_talk(self._device))
        elif isinstance(item, _SoundEnd):
            await self._sound_ended()
        else:
            await self._ask("end_talk", lambda: self._desk.ports.end_talk(self._device))

    def _joined(self, first: bytes) -> bytes:
        """This piece of sound with those that came right behind it."""
        pieces, size = [first], len(first)
        while self._inbox and isinstance(self._inbox[0], bytes) and size < _PIECE_S * 2 * self._rate:
            pieces.append(self._inbox.popleft())  # type: ignore[arg-type]  # just looked at
            size += len(pieces[-1])
        self._waiting_bytes -= size
        return b"".join(pieces)

    async def _typed(self, text: str) -> None:
        words = text.strip()[: protocol.MAX_TEXT]
        if words:
            await self._said(words, None, "text")

    async def _hear(self, pcm: bytes) -> None:
        try:
            listener = self._listening()
            self._silent_bytes += len(pcm)
            for found in await self._blocking(lambda: listener.feed(pcm)):
                await (self._partial(found) if isinstance(found, Partial) else self._heard(found))
        except VoiceOff as off:
            await self._say_off(off)

    async def _sound_ended(self) -> None:
        """The client says that the utterance is over: what is still open was said, else nothing was."""
        listener = self._listener
        heard = await self._blocking(listener.finish) if listener else None
        if heard is not None:
            await self._heard(heard)
        elif listener is not None and self._silent_bytes > _TRAILING_S * 2 * self._rate:
            await self._heard(Heard("", 0.0))

    async def _heard(self, heard: Heard) -> None:
        self._unheard_bytes = self._waiting_bytes
        await self._tell(protocol.heard(heard.text, heard.confidence))
        if heard.text:
            self._silent_bytes = 0
            await self._said(heard.text, heard.confidence, "voice")
        else:
            await self._ask("unheard", lambda: self._desk.ports.unheard(self._device))

    async def _said(self, text: str, confidence: float | None, source: str) -> None:
        """Words are tried again: they may be a cry for help."""
        heard = self._desk.ports.heard
        again_s = self._desk.limits.said_again_s
        await self._ask("heard", lambda: heard(self._device, text, confidence, source), again_s)

    async def _partial(self, found: Partial) -> None:
        if found.text:
            await self._tell(protocol.partial(found.text))
            await self._ask("partial", lambda: self._desk.ports.partial(self._device, found.text))

    async def _say_off(self, off: VoiceOff) -> None:
        if not self._told_off:
            self._told_off = True
            await self._tell(self._desk.complain(off.code))

    def _listening(self) -> Listener:
        if self._desk.ears.off is not None:
            raise self._desk.ears.off
        if self._listener is None:
            self._listener = Listener(self._desk.ears.recogniser, self._rate, self._desk.endings)
        return self._listener

    async def _blocking(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(EXECUTOR, work)

    async def _ask(self, port: str, ask: Callable[[], Awaitable[None]], again_s: Sequence[float] = ()) -> None:
        """Call the service, again after each of `again_s`; what goes wrong there costs one message, not the
        connection."""
        for wait_s in (*again_s, None):
            try:
                await ask()
            except Exception as error:
                _log.error("speaker_port_failed", port=port, home=self._device.home, error=type(error).__name__)
            else:
                return
            if wait_s is not None:
                await asyncio.sleep(wait_s)
        await self._tell(self._desk.complain("try_again"))

    async def _tell(self, message: dict[str, object]) -> None:
        """Tell the client, if it is still there: what was heard counts all the same."""
        try:
            await self._line.send(message)
        except Gone:
            self._line.close(Closed.IDLE)
