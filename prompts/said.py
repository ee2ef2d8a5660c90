"""Every sentence the service can say or write to residents and their families, with its key: to be read for its tone.

What is said stands here by leaving out what is not, so that a new sentence is listed without anybody thinking of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from prompts.words import Words

#: file → parts of it that are not said to a resident or relative: settings, patterns, labels, words for staff.
SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "talk": ("limits", "scripts", "named", "red.question", "red.told", "red.relations", "rights.topic"),
    "instruments": ("choices", "ordinals", "polite", "numbers", "numbers_spoken", "signs", "cuts", "spoken"),
    "bot": ("commands", "coordinator", "linked.coordinator", "levels", "signs", "morning", "afternoon", "day"),
    "speech": ("example", "nobodys", "cry", "cries", "endings", "grammars", "page"),
}
#: where more is for staff than for others, the other way round: what is said.
ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "escalations": ("page.contact", "page.contact_plain", "notice.taken", "notice.confirmed", "notice.closed"),
}
#: files that say nothing to residents or relatives.
SILENT: Final = frozenset(
    {"away", "checkins", "console", "demo", "devices", "editing", "intake", "listen", "memory", "personas", "polite"}
    | {"residents", "sensors", "understand", "wellbeing"}
    | {"meaning/blockers", "meaning/emergencies", "meaning/vocabulary"}
)
#: what a key calls no sentence, wherever it stands: the resident's own words, names of things, parts of sentences.
NO_SENTENCE: Final = frozenset({"buttons", "withdraw", "sign", "expect", "sharing", "choices", "weekdays"})
#: of an instrument, what is read aloud.
_READ: Final = ("intro", "items")
#: shorter ones are words that sentences are put together from.
_SHORTEST: Final = 8


@dataclass(frozen=True)
class Sentence:
    """key: as `Words.text` takes it, with the place in a list; text: with its places to fill in."""

    key: str
    text: str


def sentences(words: Words) -> list[Sentence]:
    """All of them, in the order of the files."""
    return [*_of_talks(words), *_of_instruments(words)]


def _of_talks(words: Words) -> Iterator[Sentence]:
    for file, apart in SAID.items():
        yield from _below(file, words.data(file), tuple(f"{file}.{part}" for part in apart))
    for file, parts in ALSO.items():
        for part in parts:
            yield from _below(f"{file}.{part}", words.data(f"{file}.{part}"), ())


def _of_instruments(words: Words) -> Iterator[Sentence]:
    for file, raw in words.files("instruments").items():
        yield from _below(file, {name: raw[name] for name in _READ}, ())


def _below(key: str, found: Any, apart: tuple[str, ...]) -> Iterator[Sentence]:
    if key in apart:
        return
    if isinstance(found, str):
        if len(found) >= _SHORTEST:
            yield Sentence(key, found)
    elif isinstance(found, Mapping):
        for name, value in found.items():
            if name not in NO_SENTENCE:
                yield from _below(f"{key}.{name}", value, apart)
    elif isinstance(found, list):
        for place, value in enumerate(found, 1):
            yield from _below(f"{key}.{place}", value, apart)
