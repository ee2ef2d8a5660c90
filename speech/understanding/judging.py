"""From how likely each state is to one Meaning. Pure: the model's word and the word lists' finds in, a decision out.

Either the model or a word list may raise a risk; neither can take back what the other raised. Only a whole answer that
says nothing ("I do not know") is no risk, whatever the model makes of it (`riskless`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log

from speech.meaning import RISKS, TOPICS, Meaning, RiskLevel, Sentiment
from speech.understanding.groups import Hit

#: What the model holds less likely than this did not rest on its word.
_HELD = 0.2
#: From even odds to near certainty (0.998), as a logarithm: what a word weighs at most.
_SURELY = 6.0
#: For each answer of the model, how likely each of its states is; the first state of topics and risks is "not said".
Chances = Mapping[str, Sequence[float]]

#: A bodily risk is a complaint about health, a wish to die a low mood, a cry for help a request (understanding.md).
_BODILY = ("fall", "chest_pain", "breathing", "stroke", "bleeding", "consciousness", "symptom")
_CARRIES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(_BODILY, ("health", "complaint")),
    "self_harm": ("mood", "low"),
    "help_call": ("request", "present"),
}


@dataclass(frozen=True)
class Limits:
    """Fitted on answers the model never saw, by `speech/training`; kept beside the model in `reading.json`.

    topic, risk: how likely anything but "not said" must be; grave: an emergency's share in that of its two levels;
    slope, lift: from the least likely decision to the chance that all of them are right; calm: how much likelier a
    neutral feeling is than the model says, as a logarithm.
    """

    topic: float
    risk: float
    grave: float
    slope: float
    lift: float
    calm: float = 0.0


def judged(chances: Chances, hits: Sequence[Hit], limits: Limits) -> Meaning:
    """The meaning, with how sure it is: the chance that every topic and risk in it is right."""
    risks = _graver(_risks(chances, limits), hits)
    meaning = Meaning(
        sentiment=_feeling(chances["sentiment"], limits),
        topics=_topics(chances, limits),
        risks=risks,
        confidence=1.0 if risks else confidence(chances, limits),
        because=tuple(dict.fromkeys(hit.words for hit in hits if hit.words)),
    )
    return completed(meaning)


def completed(meaning: Meaning) -> Meaning:
    """The same with what a risk carries, each of which is its topic's most worrying state, and distress."""
    topics = dict(meaning.topics) | dict(_CARRIES[kind] for kind in meaning.risks if kind in _CARRIES)
    return replace(
        meaning,
        sentiment=Sentiment.NEGATIVE if meaning.risks else meaning.sentiment,
        topics={topic: topics[topic] for topic in TOPICS if topic in topics},
        risks={kind: meaning.risks[kind] for kind in RISKS if kind in meaning.risks},
    )


def _feeling(feelings: Sequence[float], limits: Limits) -> Sentiment:
    lifted = {
        s: f * exp(limits.calm) if s is Sentiment.NEUTRAL else f for s, f in zip(Sentiment, feelings, strict=True)
    }
    return max(lifted, key=lifted.__getitem__)


def _topics(chances: Chances, limits: Limits) -> dict[str, str]:
    found = {}
    for topic, states in TOPICS.items():
        unsaid, *said = chances[topic]
        if 1 - unsaid >= limits.topic:
            found[topic] = states[max(range(len(said)), key=said.__getitem__)]
    return found


def _risks(chances: Chances, limits: Limits) -> dict[str, RiskLevel]:
    found = {}
    for kind in RISKS:
        unsaid, urgent, emergency = chances[kind]
        if 1 - unsaid >= limits.risk:
            grave = emergency >= limits.grave * (urgent + emergency)
            found[kind] = RiskLevel.EMERGENCY if grave else RiskLevel.URGENT
    return found


def _graver(risks: dict[str, RiskLevel], hits: Sequence[Hit]) -> dict[str, RiskLevel]:
    for hit in hits:
        for kind, level in hit.effect.risks.items():
            if risks.get(kind) is not RiskLevel.EMERGENCY:
                risks[kind] = level
    return risks


def riskless(chances: Chances) -> Chances:
    """The same without what the model holds of any risk."""
    return {**chances, **dict.fromkeys(RISKS, (1.0, 0.0, 0.0))}


def confidence(chances: Chances, limits: Limits) -> float:
    """The chance that all topics and risks are read rightly, from the least likely of the decisions."""
    least = min(max(chances[name]) for name in (*TOPICS, *RISKS))
    least = min(max(least, 1e-6), 1 - 1e-6)
    return 1 / (1 + exp(-(limits.slope * log(least / (1 - least)) + limits.lift)))


def together(parts: Sequence[Chances]) -> Chances:
    """The stretches of one long text as one: what worries most in any of them counts, feelings count in the mean."""
    if len(parts) == 1:
        return parts[0]
    found = {name: min((p[name] for p in parts), key=lambda states: states[0]) for name in parts[0]}
    for topic, states in TOPICS.items():
        stated = [p[topic] for at in range(1, len(states) + 1) for p in parts if p[topic][at] >= 0.5]
        found[topic] = stated[0] if stated else found[topic]
    for kind in RISKS:
        grave, least = max(p[kind][2] for p in parts), min(p[kind][0] for p in parts)
        found[kind] = (least, max(0.0, 1 - least - grave), grave)
    found["sentiment"] = [sum(p["sentiment"][at] for p in parts) / len(parts) for at in range(len(Sentiment))]
    return found


def weighed(whole: Chances, without: Chances, meaning: Meaning) -> float:
    """How much a word weighed, 0 to 1: by how much the odds of any part of the meaning fall without it.

    Odds, not chances: of "my purse was stolen" either word alone still says it, and yet both weigh.
    """
    parts = [("sentiment", list(Sentiment).index(meaning.sentiment))]
    parts += [(topic, TOPICS[topic].index(state) + 1) for topic, state in meaning.topics.items()]
    pairs = [(whole[name][at], without[name][at]) for name, at in parts]
    pairs += [(1 - whole[kind][0], 1 - without[kind][0]) for kind in meaning.risks]
    lost = [(_odds(full) - _odds(less)) / _SURELY for full, less in pairs if full >= _HELD]
    return min(1.0, max([0.0, *lost]))


def _odds(chance: float) -> float:
    """The logarithm of the odds, within reason."""
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return log(chance / (1 - chance))
