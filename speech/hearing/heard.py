"""What is heard, and what hears: the words every engine of hearing shares."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


class BadModel(Exception):
    """The folder is not a speech model that can be read. The message says what is wrong and what to do."""


class VoiceOff(Exception):
    """Nobody can be heard now: no model, a broken one, or one still loading. Text and buttons go on working."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code  # "voice_off" | "voice_loading"
        self.reason = reason


@dataclass(frozen=True)
class Word:
    """One word. start and end: seconds from the start of what was fed; confidence: 0 to 1."""

    word: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Heard:
    """One utterance. confidence: the mean of its words', weighted by their length; 0 where there is none.

    foreign_s: how long something was said between its words that the engine has no words for. sound: what was listened
    to, PCM16, 16 kHz, mono; b"" where nobody remembered it.
    """

    text: str
    confidence: float
    words: tuple[Word, ...] = ()
    foreign_s: float = 0.0
    sound: bytes = field(default=b"", repr=False, compare=False)

    @classmethod
    def of(cls, words: tuple[Word, ...], foreign_s: float = 0.0) -> "Heard":
        """From its words."""
        length = sum(len(w.word) for w in words)
        confidence = sum(w.confidence * len(w.word) for w in words) / length if length else 0.0
        return cls(" ".join(w.word for w in words), round(confidence, 3), words, foreign_s)


class Recogniser(Protocol):
    """One utterance's ear. Its methods block: call them on `EXECUTOR`, one at a time."""

    def accept(self, pcm: bytes) -> str:
        """The next piece of PCM16, 16 kHz, mono; returns the words so far."""
        ...

    def finish(self) -> Heard:
        """All that was heard. Afterwards the recogniser is done with."""
        ...


@runtime_checkable
class Settles(Protocol):
    """A recogniser that can decide before the utterance is over, and goes on from there where it is not."""

    def settle(self) -> Heard | None:
        """All that was heard so far, as `finish` would tell; None where that cannot be said yet."""
        ...


#: makes a recogniser. Raises VoiceOff.
Hear = Callable[[], Recogniser]
