"""How a sentence is said: in a real voice where somebody has recorded it, else by the voice of the house."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog

from speech.speaking.cache import Cache
from speech.speaking.joining import joined
from speech.speaking.script_lines import sentences
from speech.speaking.voice import Manner

_log = structlog.get_logger(__name__)

#: texts → the ids of their recordings, for this resident before everybody; what is not recorded is left out.
Find = Callable[[str | None, Sequence[str]], Awaitable[Mapping[str, str]]]
#: a recording's id → its WAV file, None where there is none.
SoundOf = Callable[[str], Awaitable[bytes | None]]

#: a text of more pieces is spoken in one, by the voice of the house.
MOST_PIECES = 12
#: so many sentences in a row are looked for as one recording.
_LONGEST_RUN = 5
#: recordings are a nicety: a store that is slow to say which there are keeps no sentence waiting.
_FIND_WITHIN_S = 0.3
_ID = re.compile(rf"[0-9a-f]{{64}}(-[0-9a-f]{{64}}){{0,{MOST_PIECES - 1}}}")


async def _none_found(_resident: str | None, _texts: Sequence[str]) -> Mapping[str, str]:
    return {}


async def _no_sound(_id: str) -> bytes | None:
    return None


def followed(address: str | None, sound: str) -> str:
    """A sentence's address with a sound's behind it (an id of `sound_of`'s): one file, one after the other."""
    return f"{address.removesuffix('.wav')}-{sound}.wav" if address else f"/audio/{sound}.wav"


class Speaking:
    """The one way to a sentence's sound: `spoken` makes it ready and names it, `read` gives it out by that name.

    cache: the voice of the house, sentence by sentence. find, sound_of: the recordings.
    """

    def __init__(self, cache: Cache, find: Find = _none_found, sound_of: SoundOf = _no_sound) -> None:
        self.cache = cache
        self._find, self._sound_of = find, sound_of
        self._live = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def spoken(self, text: str, manner: Manner, resident: str | None = None) -> str:
        """The id of this text's sound, for `/audio/<id>.wav`. Raises VoiceMissing, OSError."""
        with self._speaking():
            parts = sentences(text)
            if not 1 < len(parts) <= MOST_PIECES:
                parts = [text]
            recorded = await self._recorded(resident, parts)
            pieces = [recorded.get(piece) or await self.cache.spoken(piece, manner) for piece in _cut(parts, recorded)]
            return "-".join(pieces)

    async def read(self, id: str) -> bytes | None:
        """The WAV file under an id; None where there is none, or where the id is none of ours."""
        if not _ID.fullmatch(id):
            return None
        found = [await self._piece(key) for key in id.split("-")]
        whole = [sound for sound in found if sound is not None]
        if len(whole) < len(found):
            return None
        return whole[0] if len(whole) == 1 else await asyncio.to_thread(joined, whole)

    async def quiet(self) -> None:
        """Wait until nobody waits for a sentence: who speaks ahead gives way."""
        await self._quiet.wait()

    async def _piece(self, key: str) -> bytes | None:
        cached = await asyncio.to_thread(self.cache.read, key)
        return cached if cached is not None else await self._sound_of(key)

    async def _recorded(self, resident: str | None, parts: Sequence[str]) -> Mapping[str, str]:
        try:
            async with asyncio.timeout(_FIND_WITHIN_S):
                return await self._find(resident, list(_runs(parts)))
        except Exception as error:
            _log.warning("recordings_not_looked_up", error=type(error).__name__)
            return {}

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        self._live += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._live -= 1
            if not self._live:
                self._quiet.set()


def _runs(parts: Sequence[str]) -> Iterator[str]:
    for start in range(len(parts)):
        for end in range(start + 1, min(len(parts), start + _LONGEST_RUN) + 1):
            yield " ".join(parts[start:end])


def _cut(parts: Sequence[str], recorded: Mapping[str, str]) -> Iterator[str]:
    """The text in as few pieces as the recordings allow: the longest one first, single sentences between them."""
    start = 0
    while start < len(parts):
        ends = range(min(len(parts), start + _LONGEST_RUN), start, -1)
        end = next((e for e in ends if " ".join(parts[start:e]) in recorded), start + 1)
        yield " ".join(parts[start:end])
        start = end
