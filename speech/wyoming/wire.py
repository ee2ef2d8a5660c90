"""Wyoming events on a socket, read within bounds: nothing that comes costs more memory than one event may."""

import asyncio
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from wyoming.audio import wav_to_chunks
from wyoming.client import AsyncTcpClient
from wyoming.event import Event, async_read_event

from speech.hearing.decode import Resampler

#: a bigger event is none of ours: six seconds of CD sound.
MAX_EVENT = 1024 * 1024
_RATES = (4000, 192_000)
_CHUNK_SAMPLES = 1024
_CLOSE_S = 2.0
_MOST_AT_ONCE = 64 * 1024
#: whatever a broken or hostile event makes the library raise.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, EOFError, OSError)


class BadSound(Exception):
    """Sound in a format that cannot be heard; the message says what is possible."""


class Bounded:
    """A stream reader that lets `wyoming.event` read no more than one event's share."""

    def __init__(self, reader: asyncio.StreamReader, most: int = MAX_EVENT) -> None:
        self._reader = reader
        self._most = most

    async def readline(self) -> bytes:
        """One line, at most as long as the reader's own limit. Raises ValueError."""
        return await self._reader.readline()

    async def readexactly(self, size: int) -> bytes:
        """So many bytes. Raises ValueError where that is more than an event holds, EOFError at the end."""
        if not isinstance(size, int) or size > self._most:
            raise ValueError("an event too big")
        return await self._reader.readexactly(size)

    def feed_eof(self) -> None:
        """Nothing more will be read."""
        self._reader.feed_eof()

    async def hear_out(self) -> None:
        """Read on, for nothing: what closes while something is unread takes its last words with it (TCP's reset)."""
        while await self._reader.read(_MOST_AT_ONCE):
            pass

    @property
    def gone(self) -> bool:
        """Whether the other side has closed, rather than sent what cannot be read."""
        return self._reader.at_eof()


async def read_event(reader: Bounded) -> Event | None:
    """The next event; None where the other side has gone or what came is no event."""
    try:
        event = await async_read_event(reader)  # type: ignore[arg-type]  # it reads lines and bytes, nothing else
    except _UNREADABLE:
        return None
    readable = event is not None and isinstance(event.type, str) and isinstance(event.data, dict)
    return event if readable else None


class Client(AsyncTcpClient):
    """The library's client with bounded reading, and an end that comes."""

    async def connect(self) -> None:
        """Raises OSError, TimeoutError."""
        await super().connect()
        assert self._reader is not None  # noqa: S101  # the library has just set it
        self._bounded = Bounded(self._reader)

    async def read_event(self) -> Event | None:
        """See `read_event`. Raises TimeoutError where a `read_timeout` was given."""
        async with asyncio.timeout(self.read_timeout):
            return await read_event(self._bounded)

    async def disconnect(self) -> None:
        """Never raises; what the other side does not read is dropped after a while."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            await closed(writer, _CLOSE_S)


async def closed(writer: asyncio.StreamWriter, within_s: float) -> None:
    """Close a connection; what the other side does not read in time is dropped."""
    writer.close()
    try:
        async with asyncio.timeout(within_s):
            await writer.wait_closed()
    except (TimeoutError, OSError):
        writer.transport.abort()


@dataclass(frozen=True)
class Pcm:
    """How sound comes. rate: samples a second; width: bytes a sample (3 and 4 too); channels: interleaved."""

    rate: int
    width: int
    channels: int

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Pcm":
        """From an audio event's fields. Raises BadSound."""
        rate, width, channels = (data.get(name) for name in ("rate", "width", "channels"))
        if not all(type(number) is int for number in (rate, width, channels)):
            raise BadSound("sound needs a rate, a width and channels")
        found = cls(rate, width, channels)  # type: ignore[arg-type]  # just looked at
        if not (_RATES[0] <= found.rate <= _RATES[1] and 1 <= found.width <= 4 and 1 <= found.channels <= 8):
            raise BadSound("sound comes as PCM of 4 to 192 kHz, 1 to 4 bytes a sample, 1 to 8 channels")
        return found


class Converter:
    """A running stream of PCM of any format → 16-bit mono; at 16 kHz, or at its own rate. Keeps half a sample."""

    def __init__(self, pcm: Pcm, *, resample: bool = True) -> None:
        self.pcm = pcm
        self._frame = pcm.width * pcm.channels
        self._rest = b""
        self._resampler = Resampler(pcm.rate) if resample else None

    def feed(self, sound: bytes) -> bytes:
        """The next piece, of any length."""
        data = self._rest + sound
        whole = len(data) - len(data) % self._frame
        self._rest = data[whole:]
        mono = _mono(data[:whole], self.pcm)
        return self._resampler.feed(mono) if self._resampler else mono


def _mono(data: bytes, pcm: Pcm) -> bytes:
    if (pcm.width, pcm.channels) == (2, 1):
        return data
    samples = _sixteen_bits(np.frombuffer(data, np.uint8), pcm.width).reshape(-1, pcm.channels)
    return bytes(samples.mean(axis=1).astype("<i2").tobytes())


def _sixteen_bits(data: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.int16]:
    """The two most significant bytes of each sample; a single byte is unsigned, as in WAV files."""
    if width == 1:
        return (data.astype("<i2") - 128) << 8
    return np.ascontiguousarray(data.reshape(-1, width)[:, -2:]).view("<i2").reshape(-1)


def sound_events(wav: bytes) -> Iterator[Event]:
    """A WAV file as the events that play it: start, chunks, stop."""
    with wave.open(BytesIO(wav)) as file:
        for piece in wav_to_chunks(file, _CHUNK_SAMPLES, start_event=True, stop_event=True):
            yield piece.event()


def seconds_of(wav: bytes) -> float:
    """How long a WAV file plays."""
    with wave.open(BytesIO(wav)) as file:
        return float(file.getnframes() / file.getframerate())
