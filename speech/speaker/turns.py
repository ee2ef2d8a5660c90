"""What a resident does with the speaker reaches the service, in the order it was done. Nothing said is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from math import inf
from typing import TypeVar

import structlog

from residents.people import Device
from speech.hearing.grammar import ANYTHING, Expected
from speech.hearing.heard import Heard, VoiceOff
from speech.hearing.listening import Partial
from speech.hearing.stream import Stream
from speech.speaker import protocol
from speech.speaker.desk import Desk
from speech.speaker.inbox import LATE_S, Inbox, Item, Retuned, SoundEnd
from speech.speaker.line import Gone, Line
from speech.speaker.protocol import Closed, End, Talk, Text
from speech.speaker.seat import Seat

_log = structlog.get_logger(__name__)

T = TypeVar("T")

#: words that stand are looked at again for a cry, in case a second ear missed it: real seconds.
_CRY_AGAIN_S = 2.0


class Turns:
    """The work on what one connection's `inbox` holds. It goes on after the inbox's end until all that came before has
    been taken: a cry for help does not need its socket any more.

    seat: its place among the talks. say_later: tells the resident that there is no room for one now.
    """

    def __init__(
        self,
        desk: Desk,
        device: Device,
        line: Line,
        sample_rate: int,
        seat: Seat,
        say_later: Callable[[], Awaitable[None]],
    ) -> None:
        self.inbox = Inbox(sample_rate, desk.limits.utterance_s)
        self._desk = desk
        self._device = device
        self._line = line
        self._seat = seat
        self._say_later = say_later
        self._stream = Stream(desk, sample_rate)
        self._told_off = False
        self._partly = Partial("")
        self._cry_sought_at = -inf

    def spoken_to(self, awaited: Expected = ANYTHING) -> None:
        """The service has just said something: what comes now answers it."""
        self._stream.awaited = awaited
        self._told_off = False
        self.inbox.spoken_to()

    async def work(self) -> None:
        """Take one thing after the other, and at the end what was being said."""
        while await self.inbox.waited():
            await self._done(self.inbox.take(self._late_s()))
        await self._heard_if_words(await self._stream.finish())

    async def _done(self, item: Item) -> None:
        match item:
            case bytes():
                await self._hear(item)
            case Retuned():
                await self._heard_if_words(await self._stream.retune(item.rate))
            case Text():
                await self._typed(item.text)
            case Talk():
                await self._talk()
            case SoundEnd():
                await self._sound_ended()
            case End():
                self._seat.leave()
                await self._ask("end_talk", lambda: self._desk.ports.end_talk(self._device))

    async def _talk(self) -> None:
        self.spoken_to()
        if not self._seat.take():
            self._seat.put_off()
            await self._promise()
            return
        await self._ask("start_talk", lambda: self._desk.ports.start_talk(self._device))

    def _late_s(self) -> float:
        """A room that the process cannot keep pace with goes on from what is said there now."""
        return inf if self._seat.taken or not self._stream.behind else LATE_S

    async def _typed(self, text: str) -> None:
        if words := text.strip()[: protocol.MAX_TEXT]:
            await self._said(words, None, "text")

    async def _hear(self, pcm: bytes) -> None:
        try:
            for found in await self._stream.feed(pcm, self._seat.taken):
                await (self._partial(found) if isinstance(found, Partial) else self._heard(found))
        except VoiceOff as off:
            await self._say_off(off)

    async def _sound_ended(self) -> None:
        """The client says that the utterance is over: what is still open was said, else nothing was."""
        heard = await self._stream.finish()
        if heard is not None:
            await self._heard(heard)
        elif self._stream.silent_for_long:
            await self._heard(Heard("", 0.0))

    async def _heard_if_words(self, heard: Heard | None) -> None:
        if heard is not None and heard.text:
            await self._heard(heard)

    async def _heard(self, heard: Heard) -> None:
        self._partly = Partial("")
        self.inbox.utterance_ended()
        await self._tell(protocol.heard(heard.text, heard.confidence))
        if not heard.text:
            await self._ask("unheard", lambda: self._desk.ports.unheard(self._device, heard.sound))
            return
        self._stream.words_came()
        if self._seat.take():
            await self._said(heard.text, heard.confidence, "voice", heard.sound)
        else:
            await self._said_in_full_house(heard)

    async def _said(self, text: str, confidence: float | None, source: str, sound: bytes = b"") -> None:
        """Words are tried again: they may be a cry for help."""
        what = (self._device, text, confidence, source, sound)
        await self._ask("heard", lambda: self._desk.ports.heard(*what), self._desk.limits.said_again_s)

    async def _said_in_full_house(self, said: Heard) -> None:
        """Taken in like everything said; only the talk that it would begin waits for its turn."""
        heard, again_s = self._desk.ports.heard_full, self._desk.limits.said_again_s
        what = (self._device, said.text, said.confidence, "voice", said.sound)
        goes_on = await self._ask("heard", lambda: heard(*what), again_s)
        if goes_on:
            self._seat.keep()
        elif goes_on is False and self._seat.put_off():
            await self._promise()

    async def _promise(self) -> None:
        await self._ask("put_off", lambda: self._desk.ports.put_off(self._device))
        await self._say_later()

    async def _partial(self, found: Partial) -> None:
        before, self._partly = self._partly, found
        if found.text and found.text != before.text:
            self._seat.take()  # the rest of it waits for nobody, where there is room
            await self._tell(protocol.partial(found.text))
        now = asyncio.get_running_loop().time()
        if found.steady and (found.steady != before.steady or now - self._cry_sought_at > _CRY_AGAIN_S):
            self._cry_sought_at = now
            await self._ask("partial", lambda: self._desk.ports.partial(self._device, found.steady, self._stream.again))

    async def _say_off(self, off: VoiceOff) -> None:
        if not self._told_off:
            self._told_off = True
            await self._tell(self._desk.complain(off.code))

    async def _ask(self, port: str, ask: Callable[[], Awaitable[T]], again_s: Sequence[float] = ()) -> T | None:
        """Call the service, again after each of `again_s`; what goes wrong there costs one message, not the
        connection: None."""
        for wait_s in (*again_s, None):
            try:
                return await ask()
            except Exception as error:
                _log.error("speaker_port_failed", port=port, home=self._device.home, error=type(error).__name__)
            if wait_s is not None:
                await asyncio.sleep(wait_s)
        await self._tell(self._desk.complain("try_again"))
        return None

    async def _tell(self, message: dict[str, object]) -> None:
        """Tell the client, if it is still there: what was heard counts all the same."""
        try:
            await self._line.send(message)
        except Gone:
            self._line.close(Closed.IDLE)
        except Exception as error:  # what is still to be heard must not be lost for it
            _log.error("speaker_not_told", home=self._device.home, error=type(error).__name__)
