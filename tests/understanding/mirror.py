"""The mirrored sentences: what each pattern group must match and must not match."""

from functools import cache
from pathlib import Path

import yaml

import prompts
from speech.meaning import Meaning, Understand
from speech.understanding.emergency_words import EmergencyWords
from speech.understanding.groups import Group, blockers_of, groups_of
from speech.understanding.patterns import Lists
from speech.understanding.reader import Reader, load

FOLDER = Path(__file__).parent / "sentences"


@cache
def reader() -> Reader:
    """One reader for all tests."""
    return load()


def understand() -> Understand:
    """What it reads with."""
    return reader().read


def read(line: str) -> Meaning:
    """What a line "text | question" means."""
    text, _, prompt = line.partition(" | ")
    return understand()(text, prompt)


@cache
def words() -> EmergencyWords:
    """The words that may never be missed, without the model beside which they stand."""
    return EmergencyWords.of(prompts.load("ko"))


@cache
def lines() -> list[tuple[str, Group]]:
    """(line, its group with no other line) for every line of the list."""
    data = prompts.load("ko").data
    lists = Lists.of(data("meaning/vocabulary")["lists"])
    blockers = blockers_of(data("meaning/blockers"), lists)
    raw = data("meaning/emergencies")
    each = [(line, {name: spec | {"match": [line]}}) for name, spec in raw.items() for line in spec["match"]]
    return [(line, groups_of(spec, blockers, lists)[0]) for line, spec in each]


@cache
def groups() -> frozenset[str]:
    """The names of all pattern groups."""
    return frozenset(group.name for group in words().groups)


def hits(text: str) -> set[str]:
    """The groups that match a text."""
    return {hit.group for hit in words().hits(words().sentences(text))}


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
