"""After the lessons: where to draw the lines, and how far the model's own certainty can be believed.

Everything is fitted on answers that were written by other hands and never trained on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from speech.meaning import RISKS, Meaning, RiskLevel, Sentiment
from speech.training.corpus import Answer
from speech.understanding.judging import Limits, confidence, judged

START = Limits(topic=0.5, risk=0.5, grave=0.4, slope=1.0, lift=0.0)
#: A threshold for risks may cost at most this share of the answers without any risk. A hundredth is asked for; a fifth
#: less keeps the hard ones among them below three of a hundred, and finds as much.
FALSE_AT_MOST = 0.008
Chances = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Figures:
    """How well answers are understood; shares between 0 and 1."""

    sentiment: float
    topics: float
    any_risk: float
    emergencies: float
    false_risks: float
    exact: float
    calibration_error: float


def rows(chances: Chances) -> list[dict[str, list[float]]]:
    """From one table for each head to one dictionary for each answer."""
    size = len(next(iter(chances.values())))
    lists = {name: table.tolist() for name, table in chances.items()}
    return [{name: table[row] for name, table in lists.items()} for row in range(size)]


def fitted(answers: Sequence[Answer], chances: Chances) -> Limits:
    """The limits that read these answers best."""
    each = rows(chances)
    limits = replace(
        START,
        topic=_best_topic(answers, each),
        risk=_lowest_risk(answers, chances),
        calm=_best_calm(answers, each),
    )
    slope, lift = _believed(answers, each, limits)
    return replace(limits, slope=slope, lift=lift)


def _best_topic(answers: Sequence[Answer], each: Sequence[Mapping[str, Sequence[float]]]) -> float:
    tried = np.arange(0.3, 0.71, 0.02)
    scores = [topic_f1(answers, [judged(c, (), replace(START, topic=float(t))) for c in each]) for t in tried]
    return round(float(tried[int(np.argmax(scores))]), 2)


def _best_calm(answers: Sequence[Answer], each: Sequence[Mapping[str, Sequence[float]]]) -> float:
    """Writers of single answers tell more feeling than people on the telephone do; what is fitted evens that out."""
    tried = np.arange(-0.6, 1.01, 0.1)
    scores = [sentiment_f1(answers, [judged(c, (), replace(START, calm=float(t))) for c in each]) for t in tried]
    return round(float(tried[int(np.argmax(scores))]), 2)


def _lowest_risk(answers: Sequence[Answer], chances: Chances) -> float:
    """The lowest threshold that still leaves as many of the calm answers calm as are asked for."""
    worst = np.max([1 - chances[kind][:, 0] for kind in RISKS], axis=0)
    calm = np.sort(worst[[not a.risks for a in answers]])
    return round(float(np.clip(calm[int(len(calm) * (1 - FALSE_AT_MOST))] + 0.005, 0.2, 0.8)), 2)


def _believed(
    answers: Sequence[Answer], each: Sequence[Mapping[str, Sequence[float]]], limits: Limits
) -> tuple[float, float]:
    """Slope and lift of the line from the least likely decision to the chance of being right (Platt's way)."""
    plain = replace(limits, slope=1.0, lift=0.0)
    pairs = [(a, c, judged(c, (), limits)) for a, c in zip(answers, each, strict=True)]
    calm = [(a, c, m) for a, c, m in pairs if not m.risks]  # a risk is told however sure it is
    if not calm:
        return START.slope, START.lift
    least = np.array([confidence(c, plain) for _, c, _ in calm])
    x = np.log(least / (1 - least))
    y = np.array([right(a, m) for a, _, m in calm], dtype=float)
    line = np.array([1.0, 0.0])
    for _ in range(100):  # Newton's steps for a logistic line, halved until they help
        p = 1 / (1 + np.exp(-(line[0] * x + line[1])))
        w = p * (1 - p)
        gradient = np.array([((p - y) * x).sum(), (p - y).sum()])
        curve = np.array([[(w * x * x).sum(), (w * x).sum()], [(w * x).sum(), w.sum()]]) + 1e-3 * np.eye(2)
        step = np.linalg.solve(curve, gradient)
        while _surprise(line - step, x, y) > _surprise(line, x, y) and np.abs(step).max() > 1e-9:
            step = step / 2
        line = line - step
    slope, lift = line
    return round(float(slope), 3), round(float(lift), 3)


def _surprise(line: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """The mean log loss of a logistic line."""
    score = line[0] * x + line[1]
    return float(np.mean(np.logaddexp(0, score) - y * score))


def right(answer: Answer, meaning: Meaning) -> bool:
    """Whether all topics and the kinds of risk are read as labelled."""
    return dict(meaning.topics) == dict(answer.topics) and set(meaning.risks) == set(answer.risks)


def measured(answers: Sequence[Answer], meanings: Sequence[Meaning]) -> Figures:
    """All figures over labelled answers and what was understood."""
    pairs = list(zip(answers, meanings, strict=True))
    risky = [(a, m) for a, m in pairs if a.risks]
    grave = [(a, m) for a, m in risky if RiskLevel.EMERGENCY in a.risks.values()]
    calm = [m for a, m in pairs if not a.risks]
    return Figures(
        sentiment=sentiment_f1(answers, meanings),
        topics=topic_f1(answers, meanings),
        any_risk=_share([bool(m.risks) for _, m in risky]),
        emergencies=_share([m.worst is RiskLevel.EMERGENCY for _, m in grave]),
        false_risks=_share([bool(m.risks) for m in calm]),
        exact=_share([right(a, m) for a, m in pairs]),
        calibration_error=_calibration_error(pairs),
    )


def shown(figures: Figures) -> dict[str, float]:
    """Rounded, for people to read."""
    return {name: round(value, 4) for name, value in asdict(figures).items()}


def topic_f1(answers: Sequence[Answer], meanings: Sequence[Meaning]) -> float:
    """F1 over all (topic, state) pairs."""
    true = sum(len(a.topics) for a in answers)
    said = sum(len(m.topics) for m in meanings)
    hit = sum(len(a.topics.items() & m.topics.items()) for a, m in zip(answers, meanings, strict=True))
    return 2 * hit / (true + said) if true + said else 0.0


def sentiment_f1(answers: Sequence[Answer], meanings: Sequence[Meaning]) -> float:
    """Macro-F1 over the three feelings."""
    pairs = list(zip(answers, meanings, strict=True))
    return float(np.mean([_one_f1(pairs, s) for s in Sentiment]))


def _one_f1(pairs: Sequence[tuple[Answer, Meaning]], feeling: Sentiment) -> float:
    hit = sum(a.sentiment == m.sentiment == feeling for a, m in pairs)
    both = sum(a.sentiment == feeling for a, _ in pairs) + sum(m.sentiment == feeling for _, m in pairs)
    return 2 * hit / both if both else 0.0


def _calibration_error(pairs: Sequence[tuple[Answer, Meaning]], bins: int = 10) -> float:
    """How far certainty and being right lie apart where no risk was seen, in ten bins (expected calibration error)."""
    calm = [(a, m) for a, m in pairs if not m.risks]
    sure = np.array([m.confidence for _, m in calm])
    good = np.array([right(a, m) for a, m in calm], dtype=float)
    at = np.minimum((sure * bins).astype(int), bins - 1)
    return float(sum(abs(sure[at == b].sum() - good[at == b].sum()) for b in range(bins)) / max(1, len(calm)))


def _share(truths: Sequence[bool]) -> float:
    return float(np.mean(truths)) if len(truths) else 0.0
