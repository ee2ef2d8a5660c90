"""Sound files → PCM16, 16 kHz, mono. By content, not by name; bounded in bytes and seconds; every fault has a name."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
from av.error import FFmpegError

SAMPLE_RATE = 16_000
BYTES_PER_SECOND = 2 * SAMPLE_RATE
#: for a file named on the command line; a voice note is given less.
MAX_BYTES = 256 * 1024 * 1024
MAX_SECONDS = 3600.0
#: so much may be missing at the end before a file counts as cut off (encoders round and pad).
_SLACK_S = 0.25
_HEAD = 64
_OGG_PAGE_MAX = 65_307
_OGG_HEADER = 27
_OGG_LAST_PAGE = 0x04


class BadAudio(Exception):
    """A sound file that cannot be used. The message is one sentence without the file's name."""


class NotAudio(BadAudio):
    """Not a sound file of a kind we know (wav, flac, ogg/opus, mp3, m4a, webm)."""


class NoSound(BadAudio):
    """The file holds no sound at all."""


class TooLong(BadAudio):
    """The file is bigger or lasts longer than is listened to."""


@dataclass(frozen=True)
class Sound:
    """Decoded speech: PCM16 little-endian, 16 kHz, mono. complete: False when the file broke off before its end."""

    pcm: bytes
    complete: bool = True

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.pcm) / BYTES_PER_SECOND


def decode_file(file: Path, *, max_bytes: int = MAX_BYTES, max_seconds: float = MAX_SECONDS) -> Sound:
    """A file's sound. Blocking. Raises BadAudio, OSError."""
    with file.open("rb") as stream:
        if stream.seek(0, io.SEEK_END) > max_bytes:
            raise TooLong(f"the file is bigger than {max_bytes // 2**20} MB")
        return _decode(stream, max_seconds)


def decode(audio: bytes, *, max_bytes: int = MAX_BYTES, max_seconds: float = MAX_SECONDS) -> Sound:
    """The same for bytes in memory, such as a voice note. Blocking. Raises BadAudio."""
    if len(audio) > max_bytes:
        raise TooLong(f"the file is bigger than {max_bytes // 2**20} MB")
    return _decode(io.BytesIO(audio), max_seconds)


class Resampler:
    """A running stream of PCM16 mono at any rate from 8 to 48 kHz → the same at 16 kHz. Keeps state between calls."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)

    def feed(self, pcm: bytes) -> bytes:
        """The next piece. Its length is a whole number of samples."""
        if self._rate == SAMPLE_RATE or not pcm:
            return pcm
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.rate = self._rate
        frame.planes[0].update(pcm)
        return b"".join(_samples(out) for out in self._resampler.resample(frame))


def _decode(stream: BinaryIO, max_seconds: float) -> Sound:
    kind = _kind(stream)
    try:
        # a given format and an open stream: nothing in the file can make the library open another file or address.
        with av.open(stream, mode="r", format=kind) as container:
            return _whole(container, stream, kind, max_seconds)
    except (FFmpegError, ValueError, IndexError) as error:
        raise NotAudio(f"the {kind} file is broken: {type(error).__name__}") from None


def _whole(container: "av.container.InputContainer", stream: BinaryIO, kind: str, max_seconds: float) -> Sound:
    if not container.streams.audio:
        raise NoSound("the file holds no sound")
    promised = (container.duration or 0) / av.time_base
    if promised > max_seconds:
        raise TooLong(f"the sound lasts {promised:.0f} s; at most {max_seconds:.0f} s are listened to")
    pieces: list[bytes] = []
    complete = True
    try:
        for piece in _pieces(container, max_seconds):
            pieces.append(piece)
    except (FFmpegError, ValueError):
        complete = False
    sound = Sound(b"".join(pieces), complete and _ended(stream, kind))
    if not sound.pcm:
        raise NoSound("the file holds no sound")
    missing = promised - sound.seconds > _SLACK_S + 0.02 * promised
    return Sound(sound.pcm, sound.complete and not missing)


def _pieces(container: "av.container.InputContainer", max_seconds: float) -> Iterator[bytes]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    left = int(max_seconds * BYTES_PER_SECOND)
    for frame in _frames(container):
        for out in resampler.resample(frame):
            piece = _samples(out)
            left -= len(piece)
            if left < 0:
                raise TooLong(f"the sound lasts longer than {max_seconds:.0f} s")
            yield piece


def _frames(container: "av.container.InputContainer") -> Iterator["av.AudioFrame | None"]:
    yield from container.decode(audio=0)
    yield None  # empties the resampler


def _samples(frame: "av.AudioFrame") -> bytes:
    return bytes(frame.planes[0])[: 2 * frame.samples]


def _kind(stream: BinaryIO) -> str:
    """The container by its first bytes, and the stream set back to its start."""
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    for kind, fits in _KINDS.items():
        if fits(head):
            return kind
    raise NotAudio("the file is empty" if not head else "not a sound file of a kind we know")


_KINDS: dict[str, Callable[[bytes], bool]] = {
    "wav": lambda head: head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE",
    "flac": lambda head: head[:4] == b"fLaC",
    "ogg": lambda head: head[:4] == b"OggS",
    "mp4": lambda head: head[4:8] == b"ftyp",
    "matroska": lambda head: head[:4] == b"\x1a\x45\xdf\xa3",
    "aac": lambda head: head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xF6 == 0xF0,
    "mp3": lambda head: head[:3] == b"ID3" or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE0 == 0xE0),
}


def _ended(stream: BinaryIO, kind: str) -> bool:
    """Whether the file itself says that nothing is missing; True where a kind has no way to say so."""
    if kind == "ogg":
        return _ogg_ended(stream)
    return _wav_ended(stream) if kind == "wav" else True


def _wav_ended(stream: BinaryIO) -> bool:
    """Whether the file is as long as its header says; 0 and all ones stand for a stream of unknown length."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(4)
    promised = int.from_bytes(stream.read(4), "little")
    return promised in {0, 0xFFFFFFFF} or promised + 8 <= size + int(_SLACK_S * BYTES_PER_SECOND)


def _ogg_ended(stream: BinaryIO) -> bool:
    """Whether the last Ogg page is there as a whole and says that it is the last (RFC 3533, section 6)."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _OGG_PAGE_MAX))
    tail = stream.read()
    page = tail[max(0, tail.rfind(b"OggS")) :]
    if len(page) < _OGG_HEADER or not page[5] & _OGG_LAST_PAGE:
        return False
    lengths = page[_OGG_HEADER : _OGG_HEADER + page[_OGG_HEADER - 1]]
    return len(page) >= _OGG_HEADER + len(lengths) + sum(lengths)
