"""The corpus of check-in answers: written by hand for this project, one labelled answer a line, in `corpus/*.tsv`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from speech.meaning import RISKS, TOPICS, RiskLevel, Sentiment

FOLDER = Path(__file__).parent / "corpus"
#: Written by other hands than the rest and never trained on: thresholds and confidence are fitted on it.
HELD_OUT = FOLDER / "held_out"
#: Neither learned from nor fitted on, and its errors are read by nobody: what is measured here flatters nothing.
MEASURED = FOLDER / "measured"


class BadCorpus(ValueError):
    """A line that is not a labelled answer; the message names file, line and what is wrong."""


@dataclass(frozen=True)
class Answer:
    """One labelled answer, as the understanding contract defines the labels."""

    prompt: str
    text: str
    sentiment: Sentiment
    topics: dict[str, str]
    risks: dict[str, RiskLevel]


def load(folder: Path = FOLDER) -> list[Answer]:
    """All answers in the `.tsv` files of one folder (not of those below). Raises BadCorpus."""
    return [answer for file in sorted(folder.glob("*.tsv")) for answer in read(file)]


def read(file: Path) -> list[Answer]:
    """The answers of one file; blank lines count for nothing. Raises BadCorpus."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_answer(line))
        except ValueError as fault:
            raise BadCorpus(f"{file.name}, line {number}: {fault}") from fault
    return found


def _answer(line: str) -> Answer:
    parts = line.split("\t")
    if len(parts) != 5:
        raise ValueError(f"five fields parted by tabs are needed, here are {len(parts)}")
    prompt, text, sentiment, topics, risks = (part.strip() for part in parts)
    if not text:
        raise ValueError("the answer is empty")
    stated, told = _pairs(topics), _pairs(risks)
    for topic, state in stated.items():
        if state not in TOPICS.get(topic, ()):
            raise ValueError(f"no such topic and state: {topic}={state}")
    for risk in told:
        if risk not in RISKS:
            raise ValueError(f"no such risk: {risk}")
    return Answer(prompt, text, Sentiment(sentiment), stated, {r: RiskLevel(level) for r, level in told.items()})


def _pairs(field: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in field.split(",") if pair)


def both(one: Answer, other: Answer) -> Answer | None:
    """What somebody means who says one and then the other; None where that would be two feelings at once."""
    feelings = {one.sentiment, other.sentiment} - {Sentiment.NEUTRAL}
    if len(feelings) > 1:
        return None
    topics = dict(one.topics)
    for topic, state in other.topics.items():
        topics[topic] = min(topics.get(topic, state), state, key=TOPICS[topic].index)
    risks = dict(one.risks)
    for risk, level in other.risks.items():
        risks[risk] = _graver([risks.get(risk, level), level])
    return Answer(
        one.prompt, f"{one.text} {other.text}", feelings.pop() if feelings else Sentiment.NEUTRAL, topics, risks
    )


def _graver(levels: Iterable[RiskLevel]) -> RiskLevel:
    return RiskLevel.EMERGENCY if RiskLevel.EMERGENCY in levels else RiskLevel.URGENT
