"""What residents say, kept as sound by those who agreed to it: sealed, for 30 days, deleted when they take it back."""

import io
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction

import av
from av.audio.stream import AudioStream
from sqlmodel import Session, col, select

from residents.people import Consent
from residents.service import has_consent
from speech.hearing.decode import BYTES_PER_SECOND, SAMPLE_RATE, decode
from speech.hearing.heard import Heard, Recogniser, Settles
from speech.speaking.voice import to_wav
from speech.tables import KeptSoundRow

#: bits a second of Opus: clear speech, 3 KB a second.
_BIT_RATE = 24_000
#: more of one utterance is not kept; a speaker's is cut off at a minute anyway.
_MOST_BYTES = 60 * BYTES_PER_SECOND
_OPUS_RATE = 48_000


@dataclass(frozen=True)
class Packed:
    """An utterance made ready to be kept. ogg: Ogg Opus."""

    ogg: bytes = field(repr=False)
    seconds: float


@dataclass(frozen=True)
class KeptSound:
    """The sound of one turn. ogg: Ogg Opus."""

    turn: str
    resident: str
    seconds: float
    ogg: bytes = field(repr=False)

    def wav(self) -> bytes:
        """As every browser plays it. Blocking."""
        return to_wav(decode(self.ogg).pcm, SAMPLE_RATE)


class Remembering:
    """A recogniser that gives what it was fed out with what it heard. It holds the sound no longer than itself."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._fed = bytearray()

    def accept(self, pcm: bytes) -> str:
        """See `Recogniser`."""
        self._fed += pcm[: max(0, _MOST_BYTES - len(self._fed))]
        return self._recogniser.accept(pcm)

    @property
    def fed(self) -> bytes:
        """All that it was given so far."""
        return bytes(self._fed)

    def settle(self) -> Heard | None:
        """See `Settles`; None where its recogniser cannot."""
        heard = self._recogniser.settle() if isinstance(self._recogniser, Settles) else None
        return replace(heard, sound=bytes(self._fed)) if heard is not None else None

    def finish(self) -> Heard:
        """See `Recogniser`."""
        return replace(self._recogniser.finish(), sound=bytes(self._fed))


def packed(pcm: bytes) -> Packed:
    """PCM16, 16 kHz, mono as Ogg Opus, a tenth of its size. Blocking, about 5 ms a second of sound."""
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=_OPUS_RATE)
        assert isinstance(stream, AudioStream)  # noqa: S101  # what libopus makes
        stream.layout, stream.bit_rate = "mono", _BIT_RATE
        resampler = av.AudioResampler(stream.format, "mono", _OPUS_RATE, frame_size=_OPUS_RATE // 50)
        for frame in (_frame(pcm), None):
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return Packed(out.getvalue(), len(pcm) / BYTES_PER_SECOND)


def repacked(audio: bytes) -> Packed:
    """A sound file of any kind, its first minute. Blocking. Raises BadAudio."""
    return packed(decode(audio).pcm[:_MOST_BYTES])


def keep(tx: Session, turn: str, resident: str, sound: Packed, now: datetime) -> bool:
    """Keep a turn's sound if the resident agrees to it now; whether it was kept."""
    if not has_consent(tx, resident, Consent.AUDIO):
        return False
    tx.add(KeptSoundRow(turn=turn, resident=resident, at=now, seconds=sound.seconds, sound=sound.ogg))
    return True


def kept_turns(tx: Session, turns: Collection[str]) -> frozenset[str]:
    """Which of these turns can be listened to."""
    return frozenset(tx.exec(select(KeptSoundRow.turn).where(col(KeptSoundRow.turn).in_(turns))))


def sound_of(tx: Session, turn: str) -> KeptSound | None:
    """A turn's sound, None where none is kept or its resident does not agree any more."""
    row = tx.get(KeptSoundRow, turn)
    if row is None or not has_consent(tx, row.resident, Consent.AUDIO):
        return None
    return KeptSound(row.turn, row.resident, row.seconds, row.sound)


def _frame(pcm: bytes) -> "av.AudioFrame":
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
    frame.rate, frame.time_base = SAMPLE_RATE, Fraction(1, SAMPLE_RATE)
    frame.planes[0].update(pcm)
    return frame
