"""The sentences of the talks' script as they are spoken: what can be recorded, and what is spoken ahead. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: the parts of talk.yaml that are spoken, in the order in which a talk comes to them.
SECTIONS = ("greeting", "ask", "ack", "follow", "flow", "close", "red", "rights")
#: what the service may have to say again, more slowly.
SLOW_SECTIONS = ("ask", "flow")
CALLED = "{called}"
#: about as much as is read out well in one go; a longer text is recorded in parts.
_LONGEST = 90
_UNSPOKEN = frozenset({"buttons", "sign", "withdraw"})
_END = re.compile(r"(?<=[.?!…])\s+")
_SLOT = re.compile(r"\{[^}]*\}")
_SAYING = re.compile(r"[.?!…]$")


@dataclass(frozen=True)
class Line:
    """A piece of the script without slots, but for {called}."""

    section: str
    text: str

    @property
    def personal(self) -> bool:
        """Whether it holds the name of the one who is spoken to."""
        return CALLED in self.text

    def to(self, called: str) -> "Line":
        """The same as said to somebody."""
        return Line(self.section, self.text.replace(CALLED, called))


def sentences(text: str) -> list[str]:
    """A text cut where a sentence ends; the pieces joined by spaces are the text again, but for its spacing."""
    return [sentence for sentence in _END.split(" ".join(text.split())) if sentence]


def normal(text: str) -> str:
    """What makes two sentences the same: their letters and signs, not their spacing."""
    return "".join(unicodedata.normalize("NFC", text).split()).casefold()


def lines(talk: Mapping[str, Any]) -> list[Line]:
    """Every piece of talk.yaml that is said as it stands, each once."""
    found: dict[str, Line] = {}
    for section in SECTIONS:
        for wording in _wordings(talk.get(section)):
            for text in _pieces(wording):
                found.setdefault(normal(text), Line(section, text))
    return list(found.values())


def _wordings(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        if _SAYING.search(part.strip()):  # what ends otherwise is a word to be put into a sentence
            yield part
    elif isinstance(part, Mapping):
        for name, value in part.items():
            if name not in _UNSPOKEN:
                yield from _wordings(value)
    elif isinstance(part, Sequence):
        for value in part:
            yield from _wordings(value)


def _pieces(wording: str) -> Iterator[str]:
    """The stretches of whole sentences between slots. A slot {question} stands for sentences of its own."""
    for stretch in wording.split("{question}"):
        held = ""
        for sentence in sentences(stretch):
            slotted = bool(_SLOT.search(sentence.replace(CALLED, "")))
            if held and (slotted or len(held) + len(sentence) > _LONGEST):
                yield held
                held = ""
            if not slotted:
                held = f"{held} {sentence}".strip()
        if held:
            yield held
