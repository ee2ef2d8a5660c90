"""The mirrored sentences: what each pattern group must match and must not match."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

import prompts
from speech import understanding
from speech.groups import Group, Hit, Negation, all_hits, blockers_of, groups_of
from speech.meaning import Meaning, Understand
from speech.patterns import Lists, finder
from speech.sentences import spelled, split

FOLDER = Path(__file__).parent / "sentences"


@cache
def understand() -> Understand:
    """One reader for all tests."""
    return understanding.load().read


def read(line: str) -> Meaning:
    """What a line "text | question" means."""
    text, _, prompt = line.partition(" | ")
    return understand()(text, prompt)


@dataclass(frozen=True)
class WordList:
    """The words that may never be missed, without the model beside which they stand."""

    groups: Sequence[Group]
    negation: Negation
    spellings: Sequence[tuple[re.Pattern[str], str]]

    @classmethod
    @cache
    def load(cls) -> "WordList":
        """The list of `prompts/ko/meaning/`. Raises BadPattern."""
        words = prompts.load("ko")
        vocabulary = words.data("meaning/vocabulary")
        lists = Lists.of(vocabulary["lists"])
        blockers = blockers_of(words.data("meaning/blockers"), lists)
        denied = [finder(vocabulary[f"denied_{where}"], lists) for where in ("before", "inside", "after")]
        pairs = [line.partition(" => ") for line in vocabulary["spellings"]]
        return cls(
            groups=groups_of(words.data("meaning/emergencies"), blockers, lists),
            negation=Negation(*denied),
            spellings=[(re.compile(old), new) for old, _, new in pairs],
        )

    def hits(self, text: str, groups: Sequence[Group] | None = None) -> list[Hit]:
        """All hits in a text, of all groups or of these."""
        text = spelled(text)
        for old, new in self.spellings:
            text = old.sub(new, text)
        return list(all_hits(groups or self.groups, split(text), self.negation))


@cache
def lines() -> list[tuple[str, Group]]:
    """(line, its group with no other line) for every line of the list."""
    words = prompts.load("ko")
    lists = Lists.of(words.data("meaning/vocabulary")["lists"])
    blockers = blockers_of(words.data("meaning/blockers"), lists)
    raw = words.data("meaning/emergencies")
    each = [(line, {name: spec | {"match": [line]}}) for name, spec in raw.items() for line in spec["match"]]
    return [(line, groups_of(spec, blockers, lists)[0]) for line, spec in each]


@cache
def groups() -> frozenset[str]:
    """The names of all pattern groups."""
    return frozenset(group.name for group in WordList.load().groups)


def hits(text: str) -> set[str]:
    """The groups that match a text."""
    return {hit.group for hit in WordList.load().hits(text)}


@cache
def mirrored() -> dict[str, dict[str, list[str]]]:
    """Group name → {"match": […], "not": […]}."""
    found: dict[str, dict[str, list[str]]] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        found |= yaml.safe_load(file.read_text("utf-8"))
    return found


def pairs(kind: str) -> list[tuple[str, str]]:
    """(group, sentence) for every sentence of that kind."""
    return [(group, sentence) for group, sentences in mirrored().items() for sentence in sentences[kind]]
