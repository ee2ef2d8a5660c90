"""The sentences of the scripts and what people have made of them: which there are, what may be said instead, and what
is in force when changes are laid over the shipped ones. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any, Final

from checkins.particles import PAIRS
from checkins.script import fill
from prompts.said import NO_SENTENCE, SAID
from prompts.tone import Tone, questions

#: a name may be left out of any sentence; every other word put in is what the sentence is about.
_OPTIONAL: Final = frozenset({"called"})
_SAYING: Final = re.compile(r"[.?!…]")
_FORMS: Final = sorted({form for pair in PAIRS.values() for form in pair}, key=len, reverse=True)
_PAIR_OF: Final = {form: name for name, pair in reversed(list(PAIRS.items())) for form in pair}
_BARE: Final = re.compile(rf"\{{(\w+)\}}({'|'.join(_FORMS)})(?!\w)")
_UNDECIDED: Final = re.compile("|".join(re.escape(f"{a}({b})") for x, y in PAIRS.values() for a, b in ((x, y), (y, x))))


@dataclass(frozen=True)
class Sentence:
    """One sentence of talk.yaml: where it stands and its wordings as shipped. single: there is room for one only."""

    path: tuple[str, ...]
    shipped: tuple[str, ...]
    single: bool

    @property
    def key(self) -> str:
        return ".".join(self.path)

    @property
    def slots(self) -> tuple[str, ...]:
        """The words that may be put into it, in order."""
        return tuple(dict.fromkeys(name for text in self.shipped for name, _ in _slots(text)))


@dataclass(frozen=True)
class Fault:
    """Why a wording cannot be saved: a key of `console.scripts.fault`. place: which wording, from 1; 0 for all of them.
    what: the words at fault."""

    code: str
    place: int = 0
    what: str = ""


class BadWordings(ValueError):
    """These wordings cannot be said."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = faults
        super().__init__(", ".join(fault.code for fault in faults))


@dataclass(frozen=True)
class Rules:
    """What is kept to when sentences are changed; see `editing.yaml`."""

    tone: Tone
    most: int
    guards: tuple[str, ...]
    kept: tuple[str, ...]
    kept_guarded: tuple[str, ...]
    examples: Mapping[str, Mapping[str, Sequence[str]]]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Rules":
        """The rules of `editing.yaml`."""
        kept, more = tuple(raw["kept"]), tuple(raw["kept_guarded"])
        return cls(Tone.of(raw), int(raw["most"]), tuple(raw["guarded"]), kept, more, raw["examples"])

    def guarded(self, key: str) -> bool:
        """Whether it tells of danger or rights: a supervisor's to change."""
        return any(f"{key}.".startswith(f"{guard}.") for guard in self.guards)

    def must_stay(self, sentence: Sentence) -> tuple[str, ...]:
        """The words that every wording has to have, because every shipped one has them."""
        words = (*self.kept, *(self.kept_guarded if self.guarded(sentence.key) else ()))
        return tuple(word for word in words if all(word in text for text in sentence.shipped))

    def previews(self, sentence: Sentence, text: str) -> tuple[str, ...]:
        """A wording as it is heard, with each of the examples; none where it has a place for something unknown."""
        near = [made for start, made in self.examples.items() if f"{sentence.key}.".startswith(f"{start}.")]
        values = dict(self.examples["everywhere"]) | {name: made for part in near for name, made in part.items()}
        try:
            said = (fill(text, **{name: made[n] for name, made in values.items()}) for n in range(2))
            return tuple(dict.fromkeys(said))
        except (ValueError, LookupError, AttributeError):
            return ()


def sentences_of(talk: Mapping[str, Any]) -> dict[str, Sentence]:
    """Every sentence of talk.yaml by its key, in order. Settings, patterns, answers and single words are none."""
    return {found.key: found for found in _below((), talk)}


def faults(sentence: Sentence, wordings: Sequence[str], rules: Rules) -> list[Fault]:
    """Everything that stands against these wordings; none where they can be said."""
    found = [fault for place, text in enumerate(wordings, 1) for fault in _faults_of(sentence, text, place, rules)]
    if not wordings:
        found.append(Fault("none"))
    if len(wordings) > (1 if sentence.single else rules.most):
        found.append(Fault("single" if sentence.single else "too_many", what=str(rules.most)))
    if len(set(wordings)) < len(wordings):
        found.append(Fault("twice"))
    return found


def laid_over(talk: Mapping[str, Any], changes: Mapping[str, Sequence[str]], rules: Rules) -> Mapping[str, Any]:
    """talk.yaml with these changes in it. What it has no longer, or what cannot be said now, stays as shipped."""
    known = sentences_of(talk)
    for key, wordings in changes.items():
        if key in known and not faults(known[key], wordings, rules):
            talk = _with(talk, known[key].path, wordings[0] if known[key].single else list(wordings))
    return talk


def _below(path: tuple[str, ...], found: Any) -> Iterator[Sentence]:
    if ".".join(path) in SAID["talk"]:
        return
    if isinstance(found, Mapping):
        for name, value in found.items():
            if name not in NO_SENTENCE:
                yield from _below((*path, name), value)
        return
    texts = (found,) if isinstance(found, str) else tuple(found) if isinstance(found, list) else ()
    if texts and all(isinstance(text, str) and _SAYING.search(text) for text in texts):
        yield Sentence(path, texts, isinstance(found, str))


def _with(found: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    return {**found, path[0]: value if len(path) == 1 else _with(found[path[0]], path[1:], value)}


def _slots(text: str) -> list[tuple[str, str]]:
    """(name, particle) of every place to be filled. Raises ValueError for a brace that is left open."""
    if "{{" in text or "}}" in text:
        raise ValueError("a brace stands for itself")
    parts = Formatter().parse(text)
    return [(f"{name}!{turned}" if turned else name, spec or "") for _, name, spec, turned in parts if name is not None]


def _faults_of(sentence: Sentence, text: str, place: int, rules: Rules) -> Iterator[Fault]:
    if not text.isprintable() or not _SAYING.search(text):
        yield Fault("no_sentence", place)
    try:
        slots = _slots(text)
    except ValueError:
        yield Fault("broken", place)
        return
    yield from _faults_of_slots(sentence, text, slots, place)
    yield from (Fault("kept", place, word) for word in rules.must_stay(sentence) if word not in text)
    yield from (Fault(name, place, what) for name, what in rules.tone.harshness(text).items())
    if rude := rules.tone.rude_end(text):
        yield Fault("rude", place, rude)
    if rules.tone.too_long(text):
        yield Fault("long", place, str(rules.tone.longest))
    asked = [questions(shipped) for shipped in sentence.shipped]
    if not min(asked) <= questions(text) <= max(asked):
        yield Fault("asks_too_little" if questions(text) < min(asked) else "asks_too_much", place)


def _faults_of_slots(sentence: Sentence, text: str, slots: Sequence[tuple[str, str]], place: int) -> Iterator[Fault]:
    names = {name for name, _ in slots}
    needed = set.intersection(*({name for name, _ in _slots(shipped)} for shipped in sentence.shipped)) - _OPTIONAL
    yield from (Fault("unknown", place, name) for name, _ in slots if name not in sentence.slots)
    yield from (Fault("missing", place, name) for name in sentence.slots if name in needed - names)
    yield from (Fault("no_particle", place, spec) for _, spec in slots if spec and spec not in PAIRS)
    fixed = {hit.groups() for shipped in sentence.shipped for hit in _BARE.finditer(shipped)}
    bare = (hit for hit in _BARE.finditer(text) if hit.groups() not in fixed)
    yield from (Fault("particle", place, f"{{{hit[1]}:{_PAIR_OF[hit[2]]}}}") for hit in bare)
    yield from (Fault("undecided", place, hit[0]) for hit in _UNDECIDED.finditer(text))
