"""The mirrored sentences: what each pattern group must match and must not match."""

from functools import cache
from pathlib import Path

import yaml

import prompts
from speech import understanding
from speech.groups import all_hits
from speech.meaning import Meaning, Understand
from speech.questions import question_put

FOLDER = Path(__file__).parent / "sentences"


@cache
def understand() -> Understand:
    """One reader for all tests."""
    return understanding.load()


def read(line: str) -> Meaning:
    """What a line "text | question" means."""
    text, _, prompt = line.partition(" | ")
    return understand()(text, prompt)


@cache
def groups() -> frozenset[str]:
    """The names of all pattern groups."""
    return frozenset(group.name for group in _reader().groups)


def hits(line: str) -> set[str]:
    """The groups that match a line."""
    reader = _reader()
    text, _, prompt = line.partition(" | ")
    question = question_put(reader.questions, reader.sentences(prompt))
    asked = question.kind if question else ""
    return {h.group for h in all_hits(reader.groups, reader.sentences(text), asked, reader.negation)}


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


@cache
def _reader() -> understanding.Reader:
    return understanding.Reader.of(prompts.load("ko"))
