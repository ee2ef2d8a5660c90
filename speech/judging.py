"""From how likely each state is to one Meaning. Pure: the model's word and the word lists' finds in, a decision out.

Either the model or a word list may raise a risk; neither can take back what the other raised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from speech.groups import Hit
from speech.meaning import RISKS, TOPICS, Meaning, RiskLevel, Sentiment

#: For each answer of the model, how likely each of its states is; the first state of topics and risks is "not said".
Chances = Mapping[str, Sequence[float]]

#: A bodily risk is a complaint about health, a wish to die a low mood, a cry for help a request (understanding.md).
_BODILY = ("fall", "chest_pain", "breathing", "stroke", "bleeding", "consciousness", "symptom")
CARRIES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(_BODILY, ("health", "complaint")),
    "self_harm": ("mood", "low"),
    "help_call": ("request", "present"),
}


@dataclass(frozen=True)
class Limits:
    """Fitted on answers the model never saw, by `speech/training`; kept beside the model in `reading.json`.

    topic, risk: how likely anything but "not said" must be; grave: an emergency's share in that of its two levels;
    slope, lift: from the least likely decision to the chance that all of them are right.
    """

    topic: float
    risk: float
    grave: float
    slope: float
    lift: float


def judged(chances: Chances, hits: Sequence[Hit], limits: Limits) -> Meaning:
    """The meaning, with how sure it is: the chance that every topic and risk in it is right."""
    risks = _graver(_risks(chances, limits), hits)
    topics = _topics(chances, limits)
    for kind in risks:
        if kind in CARRIES:
            topic, state = CARRIES[kind]
            topics[topic] = min(topics.get(topic, state), state, key=TOPICS[topic].index)
    feelings = chances["sentiment"]
    felt = list(Sentiment)[max(range(len(feelings)), key=feelings.__getitem__)]
    return Meaning(
        sentiment=Sentiment.NEGATIVE if risks else felt,
        topics={topic: topics[topic] for topic in TOPICS if topic in topics},
        risks=risks,
        confidence=1.0 if risks else confidence(chances, limits),
        because=tuple(dict.fromkeys(hit.words for hit in hits if hit.words)),
    )


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
    return {kind: risks[kind] for kind in RISKS if kind in risks}


def confidence(chances: Chances, limits: Limits) -> float:
    """The chance that all topics and risks are read rightly, from the least likely of the decisions."""
    least = min(max(chances[name]) for name in (*TOPICS, *RISKS))
    least = min(max(least, 1e-6), 1 - 1e-6)
    return 1 / (1 + exp(-(limits.slope * log(least / (1 - least)) + limits.lift)))


def weighed(whole: Chances, without: Chances, meaning: Meaning) -> float:
    """How much a word weighed: the greatest share of its certainty that a part of the meaning loses without it."""
    parts = [("sentiment", list(Sentiment).index(meaning.sentiment))]
    parts += [(topic, TOPICS[topic].index(state) + 1) for topic, state in meaning.topics.items()]
    lost = [1 - without[name][at] / max(whole[name][at], 1e-6) for name, at in parts]
    lost += [1 - (1 - without[kind][0]) / max(1 - whole[kind][0], 1e-6) for kind in meaning.risks]
    return max(0.0, min(1.0, max(float(share) for share in lost)))
