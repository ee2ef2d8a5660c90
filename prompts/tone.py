"""What a sentence must not sound like, by what a rule can see; a person reads the rest. The patterns are data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n")
_FILLED = re.compile(r"\}[.?]?$")
_ASIDE = re.compile(r"\(.*\)$")


@dataclass(frozen=True)
class Tone:
    """harsh: fault → its pattern. polite: how a sentence ends. longest: characters said in one breath."""

    harsh: Mapping[str, re.Pattern[str]]
    polite: re.Pattern[str]
    longest: int

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Tone":
        """The rules of `editing.yaml`."""
        harsh = {name: re.compile(pattern) for name, pattern in raw["harsh"].items()}
        return cls(harsh, re.compile(raw["polite"]), int(raw["longest"]))

    def harshness(self, text: str) -> dict[str, str]:
        """Fault → the words that are at fault; empty for a kind sentence."""
        found = {name: pattern.search(text) for name, pattern in self.harsh.items()}
        return {name: hit[0] for name, hit in found.items() if hit}

    def rude_end(self, text: str) -> str:
        """The first sentence in it that ends without the polite form; "" where none does."""
        ends = (part.strip(" '\"”)") for part in _SENTENCE_END.split(text))
        said = (end for end in ends if re.search(r"\w", end) and not end.startswith("(") and not _FILLED.search(end))
        return next((end for end in said if not self.polite.search(_ASIDE.sub("", end).strip())), "")

    def too_long(self, text: str) -> bool:
        """Whether it is more than is said in one breath."""
        return len(text) > self.longest


def questions(text: str) -> int:
    """How many questions it puts; a place for {question} is one."""
    return text.count("?") + text.count("{question}")
