"""Silence against the home's own rhythm: when is it time to ask, and when must a person look.

The chance that life returns within the next ten minutes is estimated from the rhythm, the hour, where the last life
was seen and how long it has been quiet (a discrete-time hazard; weights in `prior.py`). The evidence that something
is wrong is the Shiryaev-Roberts statistic of that hazard: it grows by the time that passed and by the surprise that
nobody came back (Shiryaev 1963; Roberts 1966: the quickest detection for a given number of false alarms).
It is read in hours: what the silence has "cost" so far. A level is reached when it passes that level's bar.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import cos, exp, log, log1p, pi, sin

from sensors import prior
from sensors.finding import CHECK
from sensors.place import Place
from sensors.rhythm import SLOT_S, SLOTS, Rhythm

RULE = "silence@1"
URGENT = "urgent"
LEVELS = (CHECK, URGENT)
#: silence is looked at from here on, seconds.
FIRST_S = 1800
#: one step of the estimate, seconds.
STEP_S = 600
#: how far ahead of `now` one look computes, seconds.
AHEAD_S = 3600
#: where no rhythm can be had (no full day known): the fixed tiers of today's services, hours (care protocol).
TIERS_H = {CHECK: 8.0, URGENT: 24.0}
TIER_NIGHT_H = 12.0
#: the longest a silence may last whatever the rhythm says, hours: at home, after an exit door.
CEILING_H = {CHECK: (24.0, 36.0), URGENT: (36.0, 96.0)}
_EXPECTED = log(20)  # nineteen of twenty silences are over by then


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is known when a silence begins. base: its beginning, epoch s; offset: s east of UTC.

    place: where life was seen last; exit_ago: s since an exit door; lately, recently: signs of life in the last half
    hour, the last two hours.
    """

    base: float
    offset: int
    place: int = Place.OTHER
    exit_ago: float = 86_400.0
    lately: float = 1.0
    recently: float = 1.0


@dataclass(frozen=True, slots=True)
class Silence:
    """How far a silence has been followed. steps: of STEP_S; surprise: summed hazard; evidence: the statistic, s.

    owed: summed hazard of the rhythm alone. raised: how many of LEVELS; crossed: when the next one is reached (0 not
    yet known). expected_min: after how many minutes silences like this one are over, 0 not yet known.
    """

    stretch: Stretch
    steps: int = 0
    surprise: float = 0.0
    evidence: float = STEP_S * 1.0
    owed: float = 0.0
    raised: int = 0
    crossed: float = 0.0
    expected_min: int = 0


@dataclass(frozen=True, slots=True)
class Curve:
    """A rhythm prepared for one silence: by half hour of the day."""

    logit: tuple[float, ...]
    hazard: tuple[float, ...]
    mean: float
    fixed: tuple[float, ...]
    warm: bool


def curve(rhythm: Rhythm, stretch: Stretch) -> Curve:
    """Everything that stays the same while the silence lasts."""
    chances = rhythm.chances()
    slot = _slot(stretch, 0)
    by_time, by_place = rhythm.shares_at(slot), rhythm.shares_from(Place(stretch.place), slot)
    fixed = (
        *(float(stretch.place == place) for place in (Place.BED, Place.BATH, Place.HALL, Place.KITCHEN)),
        log(min(stretch.exit_ago / 60, 1440) + 1),
        log(max(stretch.lately, 1)),
        log(max(stretch.recently, 1)),
        *(_logit(share) for share in by_time),
        *(_logit(share) for share in by_place),
    )
    known = 0 < rhythm.since <= stretch.base - 86_400
    logit = tuple(_logit(chance) for chance in chances)
    hazard = tuple(-log(1 - chance) / (SLOT_S / STEP_S) for chance in chances)
    return Curve(logit, hazard, _logit(sum(chances) / SLOTS), fixed, known)


def features(stretch: Stretch, lines: Curve, steps: int, owed: float) -> tuple[float, ...]:
    """What the chance of life in the next step is estimated from; the order is that of `prior.WEIGHTS`."""
    slot = _slot(stretch, steps)
    here = slot % SLOTS
    quiet = log(steps * STEP_S / 3600)
    usual, due = log(lines.hazard[here]), log1p(owed)
    night = 1.0 if here < 12 or here >= 46 else 0.0
    away, bed = float(stretch.place == Place.EXIT), lines.fixed[0]
    turn = here * 2 * pi / SLOTS
    return (
        1.0,
        quiet,
        quiet * quiet,
        max(0.0, quiet) ** 2,
        usual,
        lines.logit[(here + 1) % SLOTS],
        lines.logit[here - 1],
        due,
        away,
        away * quiet,
        away * quiet * quiet,
        bed * quiet,
        lines.mean,
        night,
        night * bed,
        night * quiet,
        usual * quiet,
        due * quiet,
        float((slot // SLOTS + 3) % 7 >= 5),
        *(f(turn * k) for k in (1, 2, 3) for f in (sin, cos)),
        *lines.fixed,
    )


def chance_of_life(values: Sequence[float]) -> float:
    """How likely the next step ends the silence."""
    score = sum(value * weight for value, weight in zip(values, prior.WEIGHTS, strict=True))
    return min(0.999, 1 / (1 + exp(-max(-30.0, score))))


def follow(silence: Silence, rhythm: Rhythm, now: float) -> Silence:
    """Follow a silence up to AHEAD_S past now, or until the next level is reached."""
    if silence.crossed or silence.raised == len(LEVELS):
        return silence
    lines = curve(rhythm, silence.stretch)
    while not _reached(silence, lines):
        if silence.stretch.base + silence.steps * STEP_S > now + AHEAD_S:
            return silence
        silence = _step(silence, lines)
    return replace(silence, crossed=silence.stretch.base + max(FIRST_S, silence.steps * STEP_S))


def raised(silence: Silence) -> Silence:
    """After the level that was reached has been told."""
    return replace(silence, raised=silence.raised + 1, crossed=0.0)


def due_at(silence: Silence) -> float | None:
    """When to look again, epoch s; None: everything is said."""
    if silence.raised == len(LEVELS):
        return None
    if silence.crossed:
        return silence.crossed
    return silence.stretch.base + max(FIRST_S, (silence.steps - 1) * STEP_S)


def expected_min(silence: Silence) -> int:
    """How many minutes such a silence usually lasts at most (nineteen of twenty are over)."""
    return silence.expected_min or silence.steps * STEP_S // 60


def _step(silence: Silence, lines: Curve) -> Silence:
    steps = max(1, silence.steps)
    chance = chance_of_life(features(silence.stretch, lines, steps, silence.owed))
    surprise = silence.surprise - log(1 - chance)
    expected = silence.expected_min or ((steps + 1) * STEP_S // 60 if surprise >= _EXPECTED else 0)
    return Silence(
        stretch=silence.stretch,
        steps=steps + 1,
        surprise=surprise,
        evidence=min(1e15, (silence.evidence + STEP_S) / (1 - chance)),
        owed=silence.owed + lines.hazard[_slot(silence.stretch, steps) % SLOTS],
        raised=silence.raised,
        expected_min=expected,
    )


def _reached(silence: Silence, lines: Curve) -> bool:
    level = LEVELS[silence.raised]
    hours = silence.steps * STEP_S / 3600
    if hours >= CEILING_H[level][silence.stretch.place == Place.EXIT]:
        return True
    if not lines.warm:
        return hours >= _tier(level, silence.stretch)
    bars = prior.AWAY_BARS if silence.stretch.place == Place.EXIT else prior.BARS
    return log(silence.evidence / 3600) > bar(bars[level], hours)


def bar(points: Sequence[tuple[float, float]], hours: float) -> float:
    """The bar after so many hours of silence: straight lines between (hours, bar) points, level outside them."""
    if hours <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if hours <= x1:
            return y0 + (y1 - y0) * (hours - x0) / (x1 - x0)
    return points[-1][1]


def _tier(level: str, stretch: Stretch) -> float:
    began = (_slot(stretch, 0) % SLOTS) / 2
    if level == CHECK and (began >= 18 or began < 4):
        return TIER_NIGHT_H
    return TIERS_H[level]


def _slot(stretch: Stretch, steps: int) -> int:
    return int(stretch.base + stretch.offset + steps * STEP_S) // SLOT_S


def _logit(share: float) -> float:
    share = min(0.995, max(0.005, share))
    return log(share / (1 - share))
