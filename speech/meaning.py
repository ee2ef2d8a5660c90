"""What one utterance means: the three parts that the rest of the service may rest on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Sentiment(StrEnum):
    """How the resident feels in this one utterance."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class RiskLevel(StrEnum):
    """How soon a person must hear of a risk."""

    URGENT = "urgent"
    EMERGENCY = "emergency"


#: topic → its states, the more worrying ones first (two states in one utterance: the first listed wins).
TOPICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "meal": ("poor_appetite", "skipped", "eaten"),
        "sleep": ("poor", "good"),
        "health": ("complaint", "fine"),
        "medication": ("missed", "taken"),
        "mood": ("low", "anxious", "angry", "good"),
        "activity": ("inactive", "active"),
        "social": ("isolated", "connected"),
        "request": ("present",),
    }
)

#: every risk kind a person must hear about.
RISKS: tuple[str, ...] = (
    "self_harm",
    "fall",
    "chest_pain",
    "breathing",
    "stroke",
    "bleeding",
    "consciousness",
    "fire_gas",
    "crime_abuse",
    "confusion",
    "starvation",
    "heat_cold",
    "help_call",
    "symptom",
)


@dataclass(frozen=True)
class Meaning:
    """One utterance, understood. What is not mentioned is absent, not negative.

    confidence: 0 to 1, how sure the reader is of the whole; `because`: the words that weighed, for the
    coordinator's eyes only (never logged).
    """

    sentiment: Sentiment = Sentiment.NEUTRAL
    topics: Mapping[str, str] = field(default_factory=dict)
    risks: Mapping[str, RiskLevel] = field(default_factory=dict)
    confidence: float = 1.0
    because: tuple[str, ...] = ()

    @property
    def worst(self) -> RiskLevel | None:
        """The gravest level among the risks, or None."""
        if RiskLevel.EMERGENCY in self.risks.values():
            return RiskLevel.EMERGENCY
        return RiskLevel.URGENT if self.risks else None

    @property
    def cries(self) -> bool:
        """Whether it calls for help in words of the list that may never be missed: sure enough in half a sentence."""
        return "help_call" in self.risks and bool(self.because)


@dataclass(frozen=True)
class Weighed:
    """One word of the utterance and how much it weighed: 0 (nothing) to 1 (without it, all would be read otherwise)."""

    word: str
    weight: float


@dataclass(frozen=True)
class Explained:
    """What was understood, and each word of the utterance in order with what it weighed."""

    meaning: Meaning
    words: tuple[Weighed, ...]


#: The port: (text, prompt) → Meaning.
Understand = Callable[[str, str], Meaning]
#: (text, prompt) → Explained; takes many times as long as to understand.
Explain = Callable[[str, str], Explained]
