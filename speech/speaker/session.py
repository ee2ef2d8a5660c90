"""One signed-in speaker: reading what comes, saying what is due, and noticing when nobody is there any more."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from residents.people import Device
from speech.hearing.grammar import ANYTHING, Expected
from speech.speaker import protocol
from speech.speaker.connections import Connections, address_of
from speech.speaker.desk import Desk
from speech.speaker.limits import Rate
from speech.speaker.line import Busy, Ended, Gone, Line
from speech.speaker.protocol import BadMessage, Closed, Hello, Pong, Sos, Talk
from speech.speaker.seat import Seat
from speech.speaker.turns import Turns
from speech.speaking.speaking import followed
from store import new_id

_log = structlog.get_logger(__name__)

#: makes the sound of a sentence, slowly where asked for, and returns its address; None where it cannot.
Sound = Callable[[str, bool], Awaitable[str | None]]


class Session:
    """A device's connection after its sign-in. `run` returns the code to close with, None where it is gone already."""

    def __init__(
        self, desk: Desk, connections: Connections, device: Device, line: Line, sample_rate: int, sound: Sound
    ) -> None:
        self.device = device
        self.line = line
        self._desk = desk
        self._connections = connections
        self._sound = sound
        self._seat = Seat(desk, device)
        self._turns = Turns(desk, device, line, sample_rate, self._seat, self._say_later)
        self._said: deque[str] = deque(maxlen=50)
        self._number = 0
        self._faults = 0
        self._deaf = False
        self._rate = Rate(desk.limits.messages, 10.0)
        self._seen = self._now()
        self._welcomed = asyncio.Event()
        self._resumed = asyncio.Event()

    async def run(self, called: str) -> int | None:
        """Welcome the speaker and serve until either side ends it. called: how the resident likes to be called."""
        code: int | None = None
        working = self._errand(self._work())
        try:
            async with asyncio.TaskGroup() as tasks:
                arriving = (self._arrive(called), self._hear_later(called))
                for work in (self.line.ended(), self._read(), _faults_of(working), self._beat(), *arriving):
                    tasks.create_task(work)
        except* Gone:
            pass
        except* Ended as ended:
            code = _first(ended).code
        finally:
            self._resumed.set()
            self._turns.inbox.end()
        return code

    async def say(
        self,
        key: str,
        text: str,
        *,
        listen: bool,
        bye: bool,
        slow: bool,
        awaited: Expected = ANYTHING,
        sound: str | None = None,
    ) -> None:
        """See `Connected`."""
        if key in self._said:
            return
        audio = await self._sound(text, slow)
        if sound is not None:
            audio = followed(audio, sound)
        await self._welcomed.wait()
        self._number += 1
        messages = [protocol.say(self._number, text, audio, listen)] + ([protocol.bye()] if bye else [])
        self._turns.spoken_to(awaited)
        await self.line.send(*messages)
        self._said.append(key)
        if listen:
            self._seat.keep()
        elif bye:
            self._seat.leave()

    async def _say_later(self) -> None:
        """There is no room for a talk now."""
        try:
            with suppress(Busy):  # something is being said: the call back comes all the same
                await self.say(new_id("later"), self._desk.later, listen=False, bye=False, slow=False)
        except Gone:
            self.line.close(Closed.IDLE)

    def call_back(self) -> bool:
        """See `Connected`."""
        try:
            self._turns.inbox.put(Talk(type="talk"))
        except Ended:
            return False
        return True

    async def confirm_sos(self, escalation: str) -> None:
        """See `Connected`."""
        await self.line.send(protocol.sos_ack(escalation))

    async def _read(self) -> None:
        while True:
            frame = await self.line.receive()
            self._seen = self._now()
            try:
                self._take(frame)
            except BadMessage as bad:
                await self._complain(bad.code)

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self._turns.inbox.put_sound(frame)
            return
        if not self._rate.allows(self._seen):
            raise Ended(Closed.TOO_MANY)
        message = protocol.read(frame)
        match message:
            case Sos():
                self._errand(self._sos(message.id or new_id("sos")))
            case Hello():
                self._turns.inbox.retune(message.sample_rate)
            case Pong():
                pass
            case _:
                self._turns.inbox.put(message)

    async def _complain(self, code: str) -> None:
        self._faults += 1
        await self.line.send(self._desk.complain(code))
        if self._faults >= self._desk.limits.faults:
            raise Ended(Closed.TOO_MANY)

    def _errand(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Not a task of this connection: an SOS, and what was said, goes on when the speaker's socket breaks."""
        task = asyncio.create_task(work)
        self._connections.errands.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, errand: asyncio.Task[None]) -> None:
        self._connections.errands.discard(errand)
        if not errand.cancelled() and (error := errand.exception()) is not None:
            _log.error("speaker_errand_failed", device=address_of(self.device), error=type(error).__name__)

    async def _sos(self, sos: str) -> None:
        for wait_s in (*self._desk.limits.sos_again_s, None):
            try:
                escalation = await self._desk.ports.sos(self.device, sos)
            except Exception as error:
                _log.error("sos_not_stored", device=address_of(self.device), sos=sos, error=type(error).__name__)
                await self._try_send(self._desk.complain("sos_failed"))
                if wait_s is not None:
                    await asyncio.sleep(wait_s)
            else:
                await self._try_send(protocol.sos_ack(escalation))
                return

    async def _try_send(self, message: dict[str, object]) -> None:
        try:
            await self.line.send(message)
        except Gone:
            self.line.close(Closed.IDLE)

    async def _beat(self) -> None:
        """Ask whether the other side is there; a half-open socket never answers."""
        limits = self._desk.limits
        while True:
            await asyncio.sleep(limits.ping_s)
            if self._now() - self._seen > limits.idle_s:
                raise Ended(Closed.IDLE)
            await self.line.send(protocol.ping())

    async def _arrive(self, called: str) -> None:
        """Welcome the speaker, let the service resume what was open, and go on saying that it is here."""
        self._deaf = self._desk.ears.off is not None
        await self.line.send(protocol.welcome(called, not self._deaf))
        self._welcomed.set()
        await self._stay_present()
        await self._resume()
        self._resumed.set()
        while True:
            self._seat.offer()
            await asyncio.sleep(self._desk.limits.present_s)
            await self._stay_present()

    async def _hear_later(self, called: str) -> None:
        """Who was welcomed before there was a voice model is welcomed again when there is: only then does it listen."""
        await self._welcomed.wait()
        if self._deaf:
            await self._desk.ears.loaded.wait()
            await self.line.send(protocol.welcome(called, True))

    async def _work(self) -> None:
        """Turns wait until what was open has been resumed: a question put again must not overtake a new talk's
        greeting. An SOS waits for nothing."""
        await self._resumed.wait()
        await self._turns.work()

    async def _resume(self) -> None:
        try:
            if await self._desk.ports.connected(self.device):
                self._seat.put_off()
        except Exception as error:
            _log.error("resume_failed", device=address_of(self.device), error=type(error).__name__)

    async def _stay_present(self) -> None:
        if await self._tell_present(True) is False:
            raise Ended(Closed.NOT_SIGNED_IN)

    async def _tell_present(self, here: bool) -> bool | None:
        try:
            return await self._desk.ports.present(self.device, here)
        except Exception as error:
            _log.error("presence_not_stored", device=address_of(self.device), error=type(error).__name__)
            return None

    async def farewell(self) -> None:
        """The socket has ended and nothing has replaced it."""
        self._seat.gone()
        await self._tell_present(False)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


async def _faults_of(working: asyncio.Task[None]) -> None:
    """Fails when the work does; cancelled, it leaves the work alone."""
    await asyncio.shield(working)


def _first(group: BaseExceptionGroup[Ended]) -> Ended:
    found = group.exceptions[0]
    return found if isinstance(found, Ended) else _first(found)
