"""Pattern groups: what the word lists say an utterance may state, and where it is only an idiom, the past or a film."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from speech.meaning import RISKS, TOPICS, RiskLevel
from speech.patterns import BadPattern, Finder, Lists, finder, finders
from speech.sentences import Sentence

#: States that a resident's own question ("약은 먹었나?") does not state.
_NOT_BY_ASKING = {
    ("meal", "eaten"), ("meal", "skipped"), ("sleep", "good"), ("health", "fine"), ("medication", "taken"),
    ("medication", "missed"), ("mood", "good"), ("activity", "active"), ("social", "connected"),
}  # fmt: skip
#: How many characters from the words of a risk an exception may stand.
_CLOSE = 8
_KEYS = {
    "match",
    "gives",
    "risk",
    "feel",
    "unless",
    "unless_after",
    "needs",
    "asked",
    "not_asked",
    "blocked",
    "negatable",
}


@dataclass(frozen=True)
class Blocker:
    """Words that take a match its force: `where` they may stand, seen from it, and what gives the force back."""

    finds: Finder
    where: str = "anywhere"
    unless: Finder | None = None

    def blocks(self, text: str, start: int, end: int) -> bool:
        """Whether the match at start..end of this sentence is blocked."""
        if self.where == "after":
            return bool(self.finds.regex.match(text, end))
        before = self.where == "before"
        hits = list(self.finds.regex.finditer(text, 0, start if before else len(text)))
        if not hits:
            return False
        since = hits[-1].end() if before else 0
        return not (self.unless and self.unless.regex.search(text, since, start if before else len(text)))


@dataclass(frozen=True)
class Effect:
    """What a match or an answer states. feel: below zero sad, above zero glad."""

    topics: Mapping[str, str] = field(default_factory=dict)
    risks: Mapping[str, RiskLevel] = field(default_factory=dict)
    feel: float = 0.0
    confidence: float = 0.9


@dataclass(frozen=True)
class Hit:
    """One match: the group's name, its effect, and the words that weighed."""

    group: str
    effect: Effect
    words: str
    place: int


@dataclass(frozen=True)
class Group:
    """Patterns that state the same thing."""

    name: str
    closed: Finder | None
    spaced: Finder | None
    effect: Effect
    blockers: tuple[Blocker, ...] = ()
    unless: Finder | None = None
    unless_after: Finder | None = None
    needs: Finder | None = None
    asked: frozenset[str] = frozenset()
    not_asked: frozenset[str] = frozenset()
    negatable: bool = True

    @property
    def by_asking(self) -> bool:
        """Whether a question of the resident's may state it."""
        return not any(pair in _NOT_BY_ASKING for pair in self.effect.topics.items())

    def fits(self, asked: str) -> bool:
        """Whether it may be an answer to this kind of question ("" = none)."""
        return (not self.asked or asked in self.asked) and asked not in self.not_asked

    def hit(self, sentence: Sentence, whole: str, place: int, negation: "Negation") -> Hit | None:
        """The first match in this sentence that nothing takes back. `place`: where the sentence starts in `whole`."""
        if sentence.question and not self.by_asking:
            return None
        text = sentence.text
        for start, end in self._places(sentence):
            if self._holds(text, start, end, whole, place, negation):
                return Hit(self.name, self.effect, text[start:end].strip(), place + start)
        return None

    def _places(self, sentence: Sentence) -> Iterator[tuple[int, int]]:
        if self.closed:
            for match in self.closed.regex.finditer(sentence.closed):
                yield sentence.place(match.start()), sentence.place(match.end() - 1) + 1
        if self.spaced:
            for match in self.spaced.regex.finditer(sentence.text):
                yield match.span()

    def _holds(self, text: str, start: int, end: int, whole: str, place: int, negation: "Negation") -> bool:
        if self.negatable and negation.denies(text, start, end):
            return False
        if self.unless and self._excepted(text, start, end):
            return False
        if self.unless_after and self.unless_after.regex.search(whole, place + end):
            return False
        if self.needs and not self.needs.regex.search(whole):
            return False
        return not any(blocker.blocks(text, start, end) for blocker in self.blockers)

    def _excepted(self, text: str, start: int, end: int) -> bool:
        """Whether an exception stands in the sentence; for a risk it must stand close by, so that none gets lost."""
        found = self.unless.regex.finditer(text) if self.unless else ()
        reach = _CLOSE if self.effect.risks else len(text)
        return any(m.start() < end + reach and m.end() > start - reach for m in found)


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
            effect=effect_of(spec.get("gives", {}), spec.get("risk", {}), spec.get("feel", 0)),
            blockers=tuple(blockers[b] for b in spec.get("blocked", ("film", "past"))),
            unless=optional("unless"),
            unless_after=optional("unless_after"),
            needs=optional("needs"),
            asked=frozenset(spec.get("asked", ())),
            not_asked=frozenset(spec.get("not_asked", ())),
            negatable=bool(spec.get("negatable", True)),
        )
    except (KeyError, ValueError) as fault:
        raise BadPattern(f"{name}: {fault}") from fault


def effect_of(topics: Mapping[str, str], risks: Mapping[str, str], feel: float, confidence: float = 0.9) -> Effect:
    """An effect whose topics, states, risks and levels are known ones. Raises ValueError."""
    for topic, state in topics.items():
        if state not in TOPICS.get(topic, ()):
            raise ValueError(f"no state {state!r} of topic {topic!r}")
    if unknown := set(risks) - set(RISKS):
        raise ValueError(f"no risk {unknown}")
    return Effect(topics, {kind: RiskLevel(level) for kind, level in risks.items()}, float(feel), confidence)


def blockers_of(raw: Mapping[str, Mapping[str, Any]], lists: Lists) -> dict[str, Blocker]:
    """The blockers by name."""
    return {name: _blocker(spec, lists) for name, spec in raw.items()}


def _blocker(spec: Mapping[str, Any], lists: Lists) -> Blocker:
    unless = finder(spec["unless"], lists) if spec.get("unless") else None
    return Blocker(finder(spec["match"], lists), spec.get("where", "anywhere"), unless)


def all_hits(groups: Sequence[Group], sentences: Sequence[Sentence], asked: str, negation: Negation) -> Iterator[Hit]:
    """Every group's hits over all sentences; `asked` is the kind of question that was put ("" = none)."""
    whole = " . ".join(s.text for s in sentences)
    place = 0
    for sentence in sentences:
        for group in groups:
            if group.fits(asked) and (hit := group.hit(sentence, whole, place, negation)):
                yield hit
        place += len(sentence.text) + 3
