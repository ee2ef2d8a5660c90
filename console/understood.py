"""What was understood as the page shows it, and what a coordinator says it means instead. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from checkins.talk import Book
from speech.meaning import RISKS, TOPICS, Explained, Meaning, RiskLevel, Sentiment, Weighed

#: the page's tones for how somebody feels.
_FEELS = {Sentiment.NEGATIVE: "caution", Sentiment.NEUTRAL: "care", Sentiment.POSITIVE: "good"}
#: a word that weighed at least this much is shaded so.
_SHADES = ((0.5, "much"), (0.2, "some"), (0.05, "little"))
#: from here on it is called sure; below the talk's own limit it would ask again.
_SURE = 0.8


class Unfitting(ValueError):
    """The form names no sentiment, or a state or level that there is not."""


def shown(explained: Explained, text: str, book: Book) -> dict[str, Any]:
    """The result: feeling, topics and states, risks and levels, how sure, and the words with their shades."""
    meaning = explained.meaning
    return {
        "sentiment": meaning.sentiment.value,
        "tone": _FEELS[meaning.sentiment],
        "topics": list(meaning.topics.items()),
        "risks": [(kind, level.value) for kind, level in meaning.risks.items()],
        "percent": round(meaning.confidence * 100),
        "sure": _sureness(meaning, book.understood),
        "then": _then(meaning, text, book),
        "words": [{"text": word.word, "shade": _shade(word)} for word in explained.words],
        "weighed": any(_shade(word) for word in explained.words),
    }


def choices(meaning: Meaning) -> dict[str, Any]:
    """The correction's fields, filled in with a meaning."""
    return {
        "sentiments": [(feeling.value, feeling is meaning.sentiment) for feeling in Sentiment],
        "topics": [_choice(topic, states, meaning.topics.get(topic, "")) for topic, states in TOPICS.items()],
        "risks": [_choice(kind, list(RiskLevel), meaning.risks.get(kind, "")) for kind in RISKS],
    }


def meant(form: Mapping[str, Any]) -> Meaning:
    """What the sent fields `sentiment`, `topic-…` and `risk-…` state; empty topics and risks are not said. Raises
    Unfitting."""
    feeling = _picked(form, "sentiment", list(Sentiment))
    if not feeling:
        raise Unfitting("sentiment")
    topics = {topic: _picked(form, f"topic-{topic}", states) for topic, states in TOPICS.items()}
    risks = {kind: _picked(form, f"risk-{kind}", list(RiskLevel)) for kind in RISKS}
    return Meaning(
        sentiment=Sentiment(feeling),
        topics={topic: state for topic, state in topics.items() if state},
        risks={kind: RiskLevel(level) for kind, level in risks.items() if level},
    )


def _sureness(meaning: Meaning, limit: float) -> str:
    if meaning.confidence < limit:
        return "low"
    return "high" if meaning.confidence >= _SURE else "fair"


def _then(meaning: Meaning, text: str, book: Book) -> str:
    """What a talk would do with it: a risk is told at once, however sure; what is unclear is asked again."""
    if meaning.worst is not None:
        return meaning.worst.value
    if meaning.confidence >= book.understood:
        return "on"
    short = book.listen.intent(text) is not None or book.listen.answer(text) is not None
    return "short" if short else "again"


def _shade(word: Weighed) -> str:
    return next((shade for least, shade in _SHADES if word.weight >= least), "")


def _choice(name: str, states: Sequence[str], state: str) -> dict[str, Any]:
    return {"name": name, "states": [str(s) for s in states], "state": str(state)}


def _picked(form: Mapping[str, Any], field: str, states: Sequence[str]) -> str:
    value = form.get(field, "")
    if value and value not in states:
        raise Unfitting(field)
    return str(value)
