"""Pattern groups: which risks the reviewed list of words sees, and where they are only an idiom, the past or a film."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speech.meaning import RISKS, RiskLevel
from speech.understanding.patterns import BadPattern, Finder, Lists, finder, finders
from speech.understanding.sentences import Sentence

#: How many characters from the words of a risk an exception may stand, so that none gets lost.
_CLOSE = 8
_KEYS = {"match", "risk", "unless", "needs", "blocked", "negatable"}
#: What takes a match its force unless the group names others.
_BLOCKED = ("film", "past")


@dataclass(frozen=True)
class Blocker:
    """Words that take a match its force: `where` they may stand, seen from it, and what gives the force back."""

    finds: Finder
    where: str = "anywhere"
    unless: Finder | None = None

    def blocks(self, text: str, start: int, end: int, whole: str) -> bool:
        """Whether the match at start..end of this sentence is blocked. `whole`: all that was said."""
        if self.where == "answer":
            return bool(self.finds.regex.search(whole))
        if self.where == "after":
            return bool(self.finds.regex.match(text, end))
        before = self.where == "before"
        until = end if before else len(text)
        hits = list(self.finds.regex.finditer(text, 0, until))
        if not hits:
            return False
        since = hits[-1].end() if before else 0
        return not (self.unless and self.unless.regex.search(text, since, until))


@dataclass(frozen=True)
class Effect:
    """What a match states: kind of risk → level."""

    risks: Mapping[str, RiskLevel]


@dataclass(frozen=True)
class Hit:
    """One match: the group's name, its effect, and the words that weighed."""

    group: str
    effect: Effect
    words: str


@dataclass(frozen=True)
class Group:
    """Patterns that state the same risk."""

    name: str
    closed: Finder | None
    spaced: Finder | None
    effect: Effect
    blockers: tuple[Blocker, ...] = ()
    unless: Finder | None = None
    needs: Finder | None = None
    negatable: bool = True

    def hit(self, sentence: Sentence, whole: str, negation: "Negation") -> Hit | None:
        """The first match in this sentence that nothing takes back. `whole`: all that was said."""
        for start, end in self._places(sentence):
            if self._holds(sentence.text, start, end, whole, negation):
                return Hit(self.name, self.effect, sentence.text[start:end].strip())
        return None

    def _places(self, sentence: Sentence) -> Iterator[tuple[int, int]]:
        if self.closed:
            for match in self.closed.regex.finditer(sentence.closed):
                yield sentence.place(match.start()), sentence.place(match.end() - 1) + 1
        if self.spaced:
            for match in self.spaced.regex.finditer(sentence.text):
                yield match.span()

    def _holds(self, text: str, start: int, end: int, whole: str, negation: "Negation") -> bool:
        if self.negatable and negation.denies(text, start, end):
            return False
        if self.unless and self._excepted(text, start, end):
            return False
        if self.needs and not self.needs.regex.search(whole):
            return False
        return not any(blocker.blocks(text, start, end, whole) for blocker in self.blockers)

    def _excepted(self, text: str, start: int, end: int) -> bool:
        found = self.unless.regex.finditer(text) if self.unless else ()
        return any(m.start() < end + _CLOSE and m.end() > start - _CLOSE for m in found)


@dataclass(frozen=True)
class Negation:
    """Says whether a match is denied before its last word ("무릎이 안 아파") or right after it; both is a yes again."""

    before: Finder
    inside: Finder
    after: Finder

    def denies(self, text: str, start: int, end: int) -> bool:
        """Whether the match at start..end is denied."""
        before = self.before.regex.search(text[max(0, start - 8) : start]) or self.inside.regex.search(text[start:end])
        return bool(before) != bool(self.after.regex.match(text, end))


def groups_of(raw: Mapping[str, Mapping[str, Any]], blockers: Mapping[str, Blocker], lists: Lists) -> list[Group]:
    """The groups of one file. Raises BadPattern with the group's name for anything unreadable."""
    return [_group(name, spec, blockers, lists) for name, spec in raw.items()]


def _group(name: str, spec: Mapping[str, Any], blockers: Mapping[str, Blocker], lists: Lists) -> Group:
    if unknown := set(spec) - _KEYS:
        raise BadPattern(f"{name}: unknown {', '.join(sorted(unknown))}")

    def optional(key: str) -> Finder | None:
        return finder(spec[key], lists) if spec.get(key) else None

    try:
        closed, spaced = finders(spec["match"], lists)
        return Group(
            name=name,
            closed=closed,
            spaced=spaced,
            effect=_effect(spec["risk"]),
            blockers=tuple(blockers[b] for b in spec.get("blocked", _BLOCKED)),
            unless=optional("unless"),
            needs=optional("needs"),
            negatable=bool(spec.get("negatable", True)),
        )
    except (KeyError, ValueError) as fault:
        raise BadPattern(f"{name}: {fault}") from fault


def _effect(risks: Mapping[str, str]) -> Effect:
    """An effect whose risks and levels are known ones. Raises ValueError."""
    if unknown := set(risks) - set(RISKS):
        raise ValueError(f"no risk {unknown}")
    return Effect({kind: RiskLevel(level) for kind, level in risks.items()})


def blockers_of(raw: Mapping[str, Mapping[str, Any]], lists: Lists) -> dict[str, Blocker]:
    """The blockers by name."""
    return {name: _blocker(spec, lists) for name, spec in raw.items()}


def _blocker(spec: Mapping[str, Any], lists: Lists) -> Blocker:
    unless = finder(spec["unless"], lists) if spec.get("unless") else None
    return Blocker(finder(spec["match"], lists), spec.get("where", "anywhere"), unless)


def all_hits(groups: Sequence[Group], sentences: Sequence[Sentence], negation: Negation) -> Iterator[Hit]:
    """Every group's hits over all sentences."""
    whole = " . ".join(s.text for s in sentences)
    for sentence in sentences:
        for group in groups:
            if hit := group.hit(sentence, whole, negation):
                yield hit
