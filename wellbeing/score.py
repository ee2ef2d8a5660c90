"""The score: signs in, a number with named reasons out. Pure.

Each part's value is the average of its signs, recent ones weighing more (half-life); the score is the average of the
parts, each with its weight and the freshness of its newest sign. A missing part lowers coverage, not the score. The
score rests on at least two kinds of evidence, else there is none. Weights and half-lives are this project's own
(decision: what a coordinator would act on first weighs most) and carry a version.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from residents.sign import Level, Part, Sign, Source

VERSION = "score@1"

#: how much of the whole each part is; together 1.
WEIGHTS: Mapping[Part, float] = MappingProxyType(
    {
        Part.ANSWERING: 0.15,
        Part.MOOD: 0.15,
        Part.HEALTH: 0.15,
        Part.MEALS: 0.10,
        Part.SLEEP: 0.10,
        Part.ACTIVITY: 0.10,
        Part.MEDICINE: 0.08,
        Part.SOCIAL: 0.08,
        Part.VITALS: 0.05,
        Part.INSTRUMENTS: 0.04,
    }
)

#: after this long a sign weighs half; questionnaires are monthly or quarterly.
HALF_LIFE: Mapping[Part, timedelta] = MappingProxyType(
    {**{part: timedelta(days=3) for part in Part}, Part.INSTRUMENTS: timedelta(days=45)}
)
#: older signs do not count.
WINDOW: Mapping[Part, timedelta] = MappingProxyType(
    {**{part: timedelta(days=14) for part in Part}, Part.INSTRUMENTS: timedelta(days=120)}
)
#: a sign that a person had to hear about weighs this much more than an ordinary one.
GRAVE = 2.0
#: how far back the trend looks.
TREND = timedelta(days=7)
#: a score rests on at least this many kinds of evidence.
SOURCES = 2
#: below these a part is "mixed", and "bad".
GOOD, MIXED = 70.0, 40.0
_SHOWN_SIGNS = 5


class Band(StrEnum):
    """Where a score stands, by the name the console shows."""

    SAFE = "안심"  # 80-100
    NOTICE = "관심"  # 60-79
    CARE = "주의"  # 40-59
    DANGER = "위험"  # 0-39
    UNKNOWN = "자료 부족"  # fewer than two kinds of evidence


#: bands from good to bad, each with its lowest value.
BANDS = ((Band.SAFE, 80), (Band.NOTICE, 60), (Band.CARE, 40), (Band.DANGER, 0))


@dataclass(frozen=True)
class PartScore:
    """One part. value 0-100; weight 0-1 of the whole as counted here; text: a sentence to read aloud; signs: ids, the
    weightiest bad ones first; trend: points against a week ago, None when not known."""

    part: str
    value: float
    weight: float
    text: str
    signs: tuple[str, ...] = ()
    trend: float | None = None


@dataclass(frozen=True)
class Score:
    """value: 0-100, None below two kinds of evidence. coverage: 0-1, how much of the whole weight is known.

    reasons: those that cost most points first.
    """

    value: int | None
    band: Band
    coverage: float
    reasons: tuple[PartScore, ...] = ()


NOTHING = Score(None, Band.UNKNOWN, 0.0)


def score(signs: Iterable[Sign], now: datetime) -> Score:
    """The score of one resident's signs. The texts of the reasons are still empty: `worded` fills them."""
    counted = [sign for sign in signs if _counts(sign, now)]
    before = _parts(counted, now - TREND)
    parts = _parts(counted, now)
    if not parts:
        return NOTHING
    whole = sum(part.freshness * WEIGHTS[part.part] for part in parts.values())
    reasons = sorted(
        (_reason(part, whole, before.get(part.part)) for part in parts.values()),
        key=lambda reason: reason.weight * (reason.value - 100),
    )
    coverage = round(sum(WEIGHTS[part] for part in parts), 2)
    if len({sign.source for sign in counted}) < SOURCES:
        return Score(None, Band.UNKNOWN, coverage, tuple(reasons))
    value = round(sum(reason.value * reason.weight for reason in reasons))
    return Score(value, band(value), coverage, tuple(reasons))


def band(value: int) -> Band:
    """The band of a value 0-100."""
    return next(name for name, lowest in BANDS if value >= lowest)


def state_of(value: float) -> str:
    """ "good", "mixed" or "bad": which sentence a part's value takes."""
    return "good" if value >= GOOD else "mixed" if value >= MIXED else "bad"


@dataclass(frozen=True)
class _PartNow:
    part: Part
    value: float
    freshness: float
    signs: tuple[str, ...]


def _counts(sign: Sign, now: datetime) -> bool:
    if sign.part is None or sign.value is None or sign.source is Source.SERVICE:
        return False
    return now - WINDOW[sign.part] < sign.at <= now


def _parts(signs: Sequence[Sign], now: datetime) -> dict[Part, _PartNow]:
    by_part: dict[Part, list[Sign]] = {}
    for sign in signs:
        if sign.part is not None and sign.at <= now:
            by_part.setdefault(sign.part, []).append(sign)
    return {part: _part(part, found, now) for part, found in by_part.items()}


def _part(part: Part, signs: Sequence[Sign], now: datetime) -> _PartNow:
    weights = {sign.id: _weight(sign, now) for sign in signs}
    total = sum(weights.values())
    value = 100 * sum(_value(sign) * weights[sign.id] for sign in signs) / total
    by_harm = sorted(signs, key=lambda sign: weights[sign.id] * (_value(sign) - 1))
    freshness = max(_recency(sign, now) for sign in signs)
    return _PartNow(part, value, freshness, tuple(sign.id for sign in by_harm[:_SHOWN_SIGNS]))


def _reason(part: _PartNow, whole: float, before: _PartNow | None) -> PartScore:
    return PartScore(
        part=part.part.value,
        value=round(part.value, 1),
        weight=round(part.freshness * WEIGHTS[part.part] / whole, 4),
        text="",
        signs=part.signs,
        trend=None if before is None else round(part.value - before.value, 1),
    )


def _value(sign: Sign) -> float:
    return min(max(sign.value or 0.0, 0.0), 1.0)


def _weight(sign: Sign, now: datetime) -> float:
    grave = GRAVE if sign.level in (Level.EMERGENCY, Level.URGENT) else 1.0
    return grave * _recency(sign, now)


def _recency(sign: Sign, now: datetime) -> float:
    half_life = HALF_LIFE[sign.part] if sign.part else timedelta(days=3)
    return float(0.5 ** ((now - sign.at) / half_life))
