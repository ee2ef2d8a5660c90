"""Which of the words so far have stood for a while. Pure.

A recogniser guesses ahead and takes its guess back: in an hour of talk about other things the tiny model heard a cry
for help 18 times, and 16 of them were gone within half a second. What a person is called for must last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

#: of sound. A cry that ends a sentence is acted on after as long a silence anyway (`vad.Rules.finished_ms`).
STEADY_MS = 500


@dataclass(frozen=True)
class Standing:
    """The words so far, and since when each stands where it is, in milliseconds of sound."""

    words: tuple[str, ...] = ()
    since_ms: tuple[int, ...] = ()

    def heard(self, text: str, at_ms: int) -> "Standing":
        """The words as they are now: what has changed, and all behind it, is new."""
        words = tuple(text.split())
        same = _common(self.words, words)
        return Standing(words, (*self.since_ms[:same], *[at_ms] * (len(words) - same)))

    def steady(self, at_ms: int) -> str:
        """The first words, as far as they have stood for `STEADY_MS`."""
        return " ".join(
            word for word, since in zip(self.words, self.since_ms, strict=True) if at_ms - since >= STEADY_MS
        )


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
