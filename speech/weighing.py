"""From single finds to one Meaning: the more worrying state wins, feelings are added up, and how sure that is.

How sure (`confidence`): 0.9 where the words themselves say it; 0.85 for a plain "네" or "아니" to a plain question; 0.7
for an ordinary sentence in which nothing of interest is said (0.6 if a question was put, which it does not answer).
Below 0.5, which asks for a second try: an empty text, noise, no Korean, a fragment, or two opposite things.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from speech.groups import Effect, Hit
from speech.meaning import TOPICS, Meaning, RiskLevel, Sentiment
from speech.patterns import Finder
from speech.questions import Answer
from speech.sentences import HANGUL, Sentence, syllables

#: A bodily risk is a complaint about health, a wish to die a low mood, a cry for help a request (understanding.md).
_BODILY = ("fall", "chest_pain", "breathing", "stroke", "bleeding", "consciousness", "symptom")
_CARRIES = {
    **dict.fromkeys(_BODILY, ("health", "complaint")),
    "self_harm": ("mood", "low"),
    "help_call": ("request", "present"),
}
#: The states of which the opposite in the same short breath is a contradiction.
_CALM = {"meal": "eaten", "sleep": "good", "medication": "taken"}
#: A feeling below this counts for nothing; what follows "그래도" or "는데" weighs more.
_FELT, _AFTER_TURN = 0.9, 1.6
_REPEATED = re.compile(r"([가-힣])(?:[ ,]*\1)+")


@dataclass(frozen=True)
class Heard:
    """All that was found in one utterance."""

    sentences: Sequence[Sentence]
    hits: Sequence[Hit]
    answers: Sequence[Answer]
    effect: Effect | None
    answer_words: str
    asked: bool

    @property
    def text(self) -> str:
        """The whole text in one line."""
        return " ".join(s.text for s in self.sentences)

    @property
    def effects(self) -> list[Effect]:
        """What the words and the short answer state."""
        return [h.effect for h in self.hits] + ([self.effect] if self.effect else [])


@dataclass(frozen=True)
class Scales:
    """The word lists that weighing needs."""

    contrast: Finder
    ending: Finder
    noise: Finder
    both_ways: Finder

    def weigh(self, heard: Heard) -> Meaning:
        """The meaning of what was found."""
        risks = worst_risks(heard.effects)
        carried = [dict([_CARRIES[kind]]) for kind in risks if kind in _CARRIES]
        words = [h.words for h in heard.hits if h.words] + ([heard.answer_words] if heard.effect else [])
        return Meaning(
            sentiment=Sentiment.NEGATIVE if risks else self._sentiment(heard),
            topics=worst_topics([*(e.topics for e in heard.effects), *carried]),
            risks=risks,
            confidence=self._confidence(heard),
            because=tuple(dict.fromkeys(words)),
        )

    def _sentiment(self, heard: Heard) -> Sentiment:
        whole = " . ".join(s.text for s in heard.sentences)
        turn = max((m.end() for m in self.contrast.regex.finditer(whole)), default=0)
        total = heard.effect.feel if heard.effect else 0.0
        total += sum(h.effect.feel * (_AFTER_TURN if turn and h.place >= turn - 2 else 1.0) for h in heard.hits)
        if abs(total) < _FELT:
            return Sentiment.NEUTRAL
        return Sentiment.POSITIVE if total > 0 else Sentiment.NEGATIVE

    def _confidence(self, heard: Heard) -> float:
        if any(e.risks for e in heard.effects):
            return 0.9
        if not HANGUL.search(heard.text) and not heard.effects:
            return 0.1 if heard.text else 0.0
        if self._contradicts(heard):
            return 0.4
        if any(h.effect.topics or h.effect.feel for h in heard.hits):
            return 0.9
        return heard.effect.confidence if heard.effect else self._plain(heard)

    def _plain(self, heard: Heard) -> float:
        """How sure one can be of a text in which nothing was found."""
        text = heard.text
        if heard.answers and heard.answers[-1].whole:
            return 0.6
        if self.noise.regex.fullmatch(text) or _REPEATED.fullmatch(text) or syllables(text) * 2 < len(text) * 0.8:
            return 0.2
        if syllables(text) >= 4 and (" " in text or self.ending.regex.search(text)):
            return 0.6 if heard.asked else 0.7
        return 0.3 if heard.asked else 0.5

    def _contradicts(self, heard: Heard) -> bool:
        if not heard.hits and {"affirm", "deny"} <= {a.kind for a in heard.answers}:
            return True
        if self.both_ways.regex.search(heard.text):
            return True
        if syllables(heard.text) > 16 or self.contrast.regex.search(heard.text):
            return False
        stated = [pair for h in heard.hits for pair in h.effect.topics.items()]
        return any((t, calm) in stated and any(x == t and s != calm for x, s in stated) for t, calm in _CALM.items())


def worst_topics(stated: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """One state per topic: the more worrying one."""
    found: dict[str, str] = {}
    for topics in stated:
        for topic, state in topics.items():
            found[topic] = min(found.get(topic, state), state, key=TOPICS[topic].index)
    return {topic: found[topic] for topic in TOPICS if topic in found}


def worst_risks(effects: Iterable[Effect]) -> dict[str, RiskLevel]:
    """One level per risk: the graver one."""
    found: dict[str, RiskLevel] = {}
    for effect in effects:
        for kind, level in effect.risks.items():
            if found.get(kind) is not RiskLevel.EMERGENCY:
                found[kind] = level
    return found
