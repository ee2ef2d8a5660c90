"""What somebody is called for before the sentence has ended. Pure; words in `prompts/…/speech.yaml`, part `cries`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from speech.meaning import Meaning, RiskLevel


@dataclass(frozen=True)
class Cry:
    """kind: "help_call" or "fall"."""

    kind: str
    level: RiskLevel


@dataclass(frozen=True)
class Cries:
    """fallen: words that tell of a fall just now when nothing but words of `before` stands before them. Whatever else
    does (안, 어제, 손자가) may take them back: the sentence is waited for."""

    fallen: frozenset[str]
    before: frozenset[str]

    @classmethod
    def of(cls, words: Mapping[str, Sequence[str]]) -> "Cries":
        """From the part `cries`."""
        return cls(frozenset(words["fallen"]), frozenset(words["before"]))

    def cry(self, text: str, meaning: Meaning) -> Cry | None:
        """What the words so far cry, None where they may still become something else."""
        if meaning.cries:
            return Cry("help_call", RiskLevel.EMERGENCY)
        level = meaning.risks.get("fall")
        return Cry("fall", level) if level and self._fallen(text) else None

    def _fallen(self, text: str) -> bool:
        said = dropwhile(self.before.__contains__, text.split())
        return next(said, "") in self.fallen
