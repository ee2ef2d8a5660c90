"""One speaker's sound on its way to words: in pieces, away from the event loop, in the order it came."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any, TypeVar

from speech.hearing.aside import Spent
from speech.hearing.ears import EXECUTOR
from speech.hearing.grammar import ANYTHING
from speech.hearing.heard import Heard, Recogniser
from speech.hearing.listening import Listener, Partial
from speech.kept import Remembering
from speech.speaker.desk import Desk

T = TypeVar("T")

#: a client that streams may send so much more silence, and `end`, after its utterance was found to have ended.
_TRAILING_S = 1.5


class Stream:
    """PCM16 mono at `rate`. Its methods are awaited one after the other.

    awaited: the kind of answer that the last question asks for.
    """

    def __init__(self, desk: Desk, rate: int) -> None:
        self._desk = desk
        self._rate = rate
        self._listener: Listener | None = None
        self._silent_bytes: float = math.inf  # listened to since words were heard last
        self._spent = Spent()
        self._remembered: Remembering | None = None
        self.awaited = ANYTHING

    async def feed(self, pcm: bytes, in_talk: bool) -> Sequence[Partial | Heard]:
        """What came out of the next piece of sound. Raises VoiceOff.

        in_talk: has a place among the talks; else it waits for its turn among those who have none.
        """
        if self._desk.ears.off is not None:
            raise self._desk.ears.off
        listener = self._listener = self._listener or Listener(self._ear, self._rate, self._desk.endings)
        self._silent_bytes += len(pcm)
        if in_talk:
            return await _blocking(lambda: listener.feed(pcm))
        async with self._desk.aside.turn(self._spent):
            return await _blocking(lambda: listener.feed(pcm))

    async def finish(self) -> Heard | None:
        """The utterance is over: what was still open; None where nobody was speaking."""
        return await _blocking(self._listener.finish) if self._listener else None

    async def again(self) -> str:
        """The utterance so far, heard once more. Raises VoiceOff."""
        remembered = self._remembered
        return await _blocking(lambda: self._desk.ears.again(remembered.fed)) if remembered else ""

    async def retune(self, rate: int) -> Heard | None:
        """The sound will come at another rate; what was still open."""
        heard = await self.finish()
        self._rate, self._listener = rate, None
        return heard

    @property
    def behind(self) -> bool:
        """Whether the process cannot keep pace with all who have no talk, and this is one of them."""
        return self._spent.behind

    def words_came(self) -> None:
        """Something was heard just now."""
        self._silent_bytes = 0

    @property
    def silent_for_long(self) -> bool:
        """Whether sound came, and no words in it, for longer than a client goes on streaming after an answer."""
        return self._listener is not None and self._silent_bytes > _TRAILING_S * 2 * self._rate

    def _ear(self) -> Recogniser:
        """For the utterance that begins now: first for the answers that the last question asks for."""
        grammar = self._desk.grammars.grammar(self.awaited)
        self._remembered = Remembering(self._desk.ears.recogniser(grammar))
        return self._remembered


def taken_from(inbox: deque[Any], most: float, late: float) -> tuple[bytes, int]:
    """The next piece of sound in an inbox, joined to about `most` bytes, and how many bytes went out of it: where it
    holds more than `late` bytes of sound in a row, the oldest are let go unheard."""
    row = list(takewhile(lambda item: isinstance(item, bytes), inbox))
    left = sum(map(len, row))
    pieces, size, gone = list[bytes](), 0, 0
    for piece in row:
        if left - gone > late and piece is not row[-1]:
            gone += len(piece)
        elif size < most:
            pieces.append(piece)
            size += len(piece)
        else:
            break
        inbox.popleft()
    return b"".join(pieces), size + gone


async def _blocking(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(EXECUTOR, work)
