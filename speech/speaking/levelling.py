"""A recording made ready to be played: silence cut off, as loud as the voice of the house. Blocking."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from speech.hearing.decode import SAMPLE_RATE, BadAudio, NoSound, Sound, TooLong, decode
from speech.hearing.vad import CHUNK_BYTES, silero
from speech.speaking.voice import to_wav

#: bytes of an upload; 20 s of uncompressed stereo at 48 kHz are 3.9 MB.
MAX_BYTES = 8 * 2**20
#: more is not even decoded: the silence at both ends may be long, but not this long.
_MOST_SECONDS = 60.0
_LEAST_SECONDS = 0.3
#: left before the first and after the last sound of speech, in seconds.
_BEFORE, _AFTER = 0.15, 0.25
#: the loudness of the built-in voice (RMS of what is not silence), and what no sample goes beyond.
_TARGET_DB, _PEAK = -19.0, 0.89
#: more would make a room's noise as loud as speech.
_MOST_GAIN_DB = 30.0
#: clipping: so large a part of the samples at the limit.
_CLIPPED = 0.002
_FADE_S = 0.01
_SPEECH = 0.5

Samples = NDArray[np.float64]


class Fault(StrEnum):
    """Why a recording cannot be used; each has its words."""

    NOT_AUDIO = "not_audio"  # no sound file, or a broken one
    BROKEN_OFF = "broken_off"  # its end is missing
    NO_SPEECH = "no_speech"  # silence, or nothing but noise
    TOO_QUIET = "too_quiet"  # so faint that it would be noise when it is made louder
    TOO_LOUD = "too_loud"  # distorted
    TOO_SHORT = "too_short"  # a click
    TOO_LONG = "too_long"  # longer than a sentence, or larger than is taken


class Unfit(Exception):
    """A recording that cannot be used, and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Levelled:
    """A WAV file (PCM16, 16 kHz, mono), and how many seconds it lasts."""

    wav: bytes
    seconds: float


def levelled(audio: bytes, max_seconds: float) -> Levelled:
    """A sound file of any kind we know, ready to be played. Raises Unfit."""
    sound = _decoded(audio)
    samples = np.frombuffer(sound.pcm, "<i2").astype(np.float64) / 32768
    if np.mean(np.abs(samples) > 0.999) > _CLIPPED:
        raise Unfit(Fault.TOO_LOUD)
    spoken = _trimmed(samples, sound.pcm)
    seconds = len(spoken) / SAMPLE_RATE
    if seconds < _LEAST_SECONDS + _BEFORE + _AFTER:
        raise Unfit(Fault.TOO_SHORT)
    if seconds > max_seconds:
        raise Unfit(Fault.TOO_LONG)
    return Levelled(to_wav(_pcm(_faded(_louder(spoken))), SAMPLE_RATE), seconds)


def _decoded(audio: bytes) -> Sound:
    try:
        sound = decode(audio, max_bytes=MAX_BYTES, max_seconds=_MOST_SECONDS)
    except TooLong:
        raise Unfit(Fault.TOO_LONG) from None
    except NoSound:
        raise Unfit(Fault.NO_SPEECH) from None
    except BadAudio:
        raise Unfit(Fault.NOT_AUDIO) from None
    if not sound.complete:
        raise Unfit(Fault.BROKEN_OFF)
    return sound


def _trimmed(samples: Samples, pcm: bytes) -> Samples:
    """From a little before the first sound of speech to a little after the last."""
    voice = silero()
    padded = pcm + bytes(-len(pcm) % CHUNK_BYTES)
    starts = range(0, len(padded), CHUNK_BYTES)
    spoken = [start for start in starts if voice(padded[start : start + CHUNK_BYTES]) >= _SPEECH]
    if not spoken:
        raise Unfit(Fault.NO_SPEECH)
    first = spoken[0] // 2 - int(_BEFORE * SAMPLE_RATE)
    last = (spoken[-1] + CHUNK_BYTES) // 2 + int(_AFTER * SAMPLE_RATE)
    return samples[max(0, first) : last]


def _louder(samples: Samples) -> Samples:
    """At the target loudness; peaks beyond the limit are rounded off, not cut."""
    level = samples - samples.mean()
    pieces = np.array_split(level, max(1, len(level) // (SAMPLE_RATE // 50)))
    loudness = np.array([float(np.sqrt(np.mean(piece**2))) for piece in pieces])
    loud = float(np.sqrt(np.mean(loudness[loudness >= 0.1 * loudness.max()] ** 2)))
    gain_db = _TARGET_DB - 20 * np.log10(max(loud, 1e-9))
    if gain_db > _MOST_GAIN_DB:
        raise Unfit(Fault.TOO_QUIET)
    made: Samples = level * 10 ** (gain_db / 20)
    knee = 0.7 * _PEAK
    over = np.abs(made) > knee
    made[over] = np.sign(made[over]) * (knee + (_PEAK - knee) * np.tanh((np.abs(made[over]) - knee) / (_PEAK - knee)))
    return made


def _faded(samples: Samples) -> Samples:
    slope = np.linspace(0, 1, int(_FADE_S * SAMPLE_RATE))
    samples[: len(slope)] *= slope
    samples[-len(slope) :] *= slope[::-1]
    return samples


def _pcm(samples: Samples) -> bytes:
    return bytes(np.clip(samples * 32768, -32768, 32767).astype("<i2").tobytes())
