"""What came of one connection and waits to be taken, in the order it was done: pressing, typing, speaking. Bounded."""

import asyncio
from collections import deque
from dataclasses import dataclass
from math import inf

from speech.hearing.stream import taken_from
from speech.speaker import protocol
from speech.speaker.line import Ended
from speech.speaker.protocol import Closed, End, Talk, Text

#: so much sound goes to the recogniser in one piece; more would hold back the words so far.
_PIECE_S = 0.5
#: so much sound may wait of a room without a talk that the process cannot keep pace with.
LATE_S = 10.0
#: a frame counts as at least this many bytes: a flood of tiny ones is too much audio as well.
_LEAST_BYTES = 64
_MOST_MESSAGES = 100


@dataclass(frozen=True)
class SoundEnd:
    """An `end` that came after sound: of the utterance, not of the talk. Decided when it comes, not when it is taken:
    the service may have spoken in between."""


@dataclass(frozen=True)
class Retuned:
    """Sound comes at this rate from here on."""

    rate: int


#: sound as PCM16, mono; what was pressed or typed.
Item = bytes | Talk | Text | End | SoundEnd | Retuned


class Inbox:
    """`put…` never waits, and raises Ended where too much came. utterance_s: the longest utterance."""

    def __init__(self, sample_rate: int, utterance_s: float) -> None:
        self._rate = sample_rate
        self._utterance_s = utterance_s
        self._items: deque[Item] = deque()
        self._more = asyncio.Event()
        self._ended = False
        self._unheard_bytes = 0  # since the last end of an utterance, received
        self._waiting_bytes = 0  # received, not yet taken
        self._waiting_messages = 0
        self._sound_came = False  # since the service spoke last

    def end(self) -> None:
        """Nothing more will come."""
        self._ended = True
        self._more.set()

    def put(self, message: Talk | Text | End) -> None:
        """Something pressed or typed."""
        if self._waiting_messages >= _MOST_MESSAGES:
            raise Ended(Closed.TOO_MANY)
        self._waiting_messages += 1
        if not isinstance(message, Text):
            self._unheard_bytes = 0
        self._add(SoundEnd() if isinstance(message, End) and self._sound_came else message)

    def put_sound(self, pcm: bytes) -> None:
        """Sound. Raises BadMessage where it is no PCM16."""
        if len(pcm) % 2:
            raise protocol.BadMessage("bad_audio")
        self._unheard_bytes += max(len(pcm), _LEAST_BYTES)
        most = self._utterance_s * 2 * self._rate
        if self._unheard_bytes > most or self._waiting_bytes > 2 * most:
            raise Ended(Closed.TOO_MUCH_AUDIO)
        self._sound_came = True
        self._waiting_bytes += len(pcm)
        self._add(pcm)

    def retune(self, sample_rate: int) -> None:
        """The client says anew how its sound will come."""
        self._rate = sample_rate
        self._add(Retuned(sample_rate))

    def spoken_to(self) -> None:
        """The service has just said something: what comes now answers it."""
        self._unheard_bytes = 0
        self._sound_came = False

    def utterance_ended(self) -> None:
        """All that was taken so far belongs to utterances that are over."""
        self._unheard_bytes = self._waiting_bytes

    async def waited(self) -> bool:
        """Wait until something is there; False where nothing is and nothing will come."""
        while not (self._items or self._ended):
            self._more.clear()
            await self._more.wait()
        return bool(self._items)

    def take(self, late_s: float = inf) -> Item:
        """The next one. Sound comes joined; where more than `late_s` of it waits, the oldest is let go unheard."""
        if isinstance(self._items[0], bytes):
            second = 2 * self._rate
            sound, taken = taken_from(self._items, _PIECE_S * second, late_s * second)
            self._waiting_bytes -= taken
            return sound
        item = self._items.popleft()
        if not isinstance(item, bytes | Retuned):
            self._waiting_messages -= 1
        return item

    def _add(self, item: Item) -> None:
        self._items.append(item)
        self._more.set()
