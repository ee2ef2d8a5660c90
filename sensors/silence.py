"""Silence against the home's own rhythm: when is it time to ask, and when must a person look.

When a silence has lasted two hours, the chance that life returns is estimated once for each of the next ten minutes
of up to a day and a half, from the rhythm, the hour, where the last life was seen and how long it has been quiet (a
discrete-time hazard; weights in `prior.py`). From it follow the share of such silences that last as long, and the one
moment of each level at which telling is worth most: each wait that somebody in need is spared, hour by hour, against
the price of calling where life would have come back by itself. The price is the alarm budget.
Both moments are known from then on, so a silence is a deadline in a row, not something that is watched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp, log
from typing import Any

import numpy as np
import numpy.typing as npt

from sensors import prior
from sensors.finding import CHECK
from sensors.place import Place
from sensors.rhythm import AGE_DAYS, AGE_MOST, AGE_UNKNOWN, AGE_ZERO, SLOT_S, SLOTS, Rhythm

RULE = "silence@2"
URGENT = "urgent"
LEVELS = (CHECK, URGENT)
#: nothing is told earlier, as the first wait to be spared (WORTH) ends here; one step of the estimate, seconds; how
#: many steps are estimated: 36 hours.
FIRST_S, STEP_S, STEPS = 7200, 600, 216
#: how long to wait before looking again whether a home that could not be seen can be seen, seconds.
BLIND_S = 1800
#: where no rhythm can be had (no full day known): the fixed tiers of today's services, hours (care protocol).
TIERS_H = {CHECK: 8.0, URGENT: 24.0}
TIER_NIGHT_H = 12.0
#: the longest a silence may last whatever the rhythm says, hours: at home, after an exit door.
CEILING_H = {CHECK: (24.0, 48.0), URGENT: (20.0, 96.0)}
#: after an exit door somebody is seldom at home: how much sparing them a wait counts; looked for within, hours.
AWAY_WORTH, AWAY_H = 0.05, 20.0
#: in the first two weeks, in which a home has not shown its own rhythm yet, a false call costs so many times as much.
NEW_PRICE = 2.0

Values = npt.NDArray[np.float64]
_TURNS = np.array(
    [[f(slot * 2 * np.pi / SLOTS * k) for k in (1, 2, 3) for f in (np.sin, np.cos)] for slot in range(SLOTS)]
)
_SURE = 0.005  # no chance is taken for less likely, or more than one less this
_EXPECTED = 0.05  # nineteen of twenty silences are over by then
_HOURS = np.arange(1, STEPS + 1) * STEP_S / 3600
_LONG = np.log(_HOURS)
_LONG_TURNS = (_LONG**2, np.maximum(0, _LONG) ** 2, np.maximum(0, _LONG - 1) ** 2)
_AGES = AGE_ZERO + np.minimum(np.arange(1, STEPS + 1), AGE_MOST)[:, None].astype(np.uint8)
_HALF_AGES = AGE_ZERO + (np.minimum(np.arange(1, STEPS + 1), AGE_MOST)[:, None].astype(np.uint8) + 1) // 2


@dataclass(frozen=True, slots=True)
class Worth:
    """What a level is told for. waits: (hours, how much it counts that somebody is found within them); price: of a
    call where life would have come back, in the same hours."""

    waits: tuple[tuple[float, float], ...]
    price: float


#: the alarm budget: two `check` and 0.3 `urgent` in a home and month (docs/benchmarks.md says what is reached).
WORTH: Mapping[str, Worth] = {
    CHECK: Worth(((2, 1.0), (3, 1.0), (5, 0.5), (8, 0.3), (12, 0.3)), prior.PRICES[0]),
    URGENT: Worth(tuple((hours, 1.0) for hours in range(2, 25, 2)), prior.PRICES[1]),
}


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
    """A silence and its deadlines. times: when each of LEVELS is reached, epoch s; empty: not yet known.

    shares: what part of such silences lasts as long as that. raised: how many of LEVELS were told, the latest at
    asked. expected_min: after how many minutes nineteen of twenty silences like this one are over.
    """

    stretch: Stretch
    times: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    raised: int = 0
    expected_min: int = 0
    asked: float = 0.0


def follow(silence: Silence, rhythm: Rhythm) -> Silence:
    """The silence with its deadlines, which stay the same while it lasts."""
    if silence.times:
        return silence
    stretch = silence.stretch
    lasting = shares(chances(features(rhythm, stretch) @ _weights()))
    over = int(np.argmax(lasting <= _EXPECTED)) if lasting[-1] <= _EXPECTED else STEPS
    hours = _hours(rhythm, stretch, lasting)
    return replace(
        silence,
        times=tuple(stretch.base + hour * 3600 for hour in hours),
        shares=tuple(round(float(lasting[min(STEPS, round(hour * 3600 / STEP_S) - 1)]), 4) for hour in hours),
        expected_min=(over + 1) * STEP_S // 60,
    )


def raised(silence: Silence, now: float) -> Silence:
    """After the level that was reached has been told."""
    return replace(silence, raised=silence.raised + 1, asked=now)


def is_reached(silence: Silence, now: float) -> bool:
    """Whether the next level must be told by now."""
    return silence.raised < len(silence.times) and silence.times[silence.raised] <= now


def due_at(silence: Silence) -> float | None:
    """When to look again, epoch s; None: everything is said."""
    if silence.raised == len(LEVELS):
        return None
    return silence.times[silence.raised] if silence.times else silence.stretch.base + FIRST_S


def features(rhythm: Rhythm, stretch: Stretch) -> Values:
    """What the chance of life in each step is estimated from: a row per step, in the order of `prior.WEIGHTS`."""
    rate = np.clip(rhythm.chances(), _SURE, 1 - _SURE)
    slots = int(stretch.base + stretch.offset) + STEP_S * np.arange(1, STEPS + 1)
    here = slots // SLOT_S % SLOTS
    expected = -np.log(1 - np.minimum(np.maximum(rate, 0.02), 0.98)) * STEP_S / SLOT_S
    usual = np.log(expected)[here]
    due = np.log1p(np.concatenate(([0.0], np.cumsum(expected[here])[:-1])))
    logits = np.log(rate / (1 - rate))
    night = ((here < 12) | (here >= 46)).astype(float)
    weekend = ((slots // SLOT_S // SLOTS + 3) % 7 >= 5).astype(float)
    longest = np.array((rhythm.longest[-1], *rhythm.longest, rhythm.longest[0])) / 3600
    record = np.maximum(0.25, np.maximum(np.maximum(longest[:-2], longest[1:-1]), longest[2:]))
    beyond = _LONG - np.log(record)[here]
    like, near, over, third, known = _other_days(rhythm, here, rate)
    past = _LONG - np.log(np.maximum(0.2, third))
    away, bed = float(stretch.place == Place.EXIT), float(stretch.place == Place.BED)
    moving = [
        np.ones(STEPS),
        _LONG,
        *_LONG_TURNS,
        usual,
        *(logits[(here + apart) % SLOTS] for apart in (0, 1, 2, 4, -1)),
        due,
        away * _LONG,
        away * _LONG_TURNS[0],
        away * due,
        bed * _LONG,
        night,
        night * bed,
        night * _LONG,
        usual * _LONG,
        due * _LONG,
        beyond,
        np.maximum(0, beyond),
        weekend,
        like,
        near,
        over,
        known,
        np.minimum(third, 12),
        past,
        np.maximum(0, past),
        like * _LONG,
        over * _LONG,
    ]
    fixed = _fixed(rhythm, stretch, rate)
    rows = np.empty((STEPS, len(moving) + _TURNS.shape[1] + len(fixed)))
    rows[:, : len(moving)] = np.array(moving).T
    rows[:, len(moving) : -len(fixed)] = _TURNS[here]
    rows[:, -len(fixed) :] = fixed
    return rows


def _other_days(rhythm: Rhythm, here: Any, chances: Values) -> tuple[Values, Values, Values, Values, Values]:
    """The same half hours on the last days, by step: logarithm of the share of days with a silence as long, the same
    with the half hours beside it, how likely such silences were over by the next one (logit), the third longest in
    hours, and how many days are known (logarithm)."""
    text = "".join(one.rjust(AGE_DAYS, AGE_UNKNOWN) for one in rhythm.ages)
    ages = np.frombuffer(text.encode("ascii"), np.uint8).reshape(SLOTS, AGE_DAYS)
    after = np.roll(ages, -1, axis=0)
    around = np.maximum(np.maximum(ages, after - SLOT_S // STEP_S), np.roll(ages, 1, axis=0))
    next_known, ended = after >= AGE_ZERO, (after < ages) & (after >= AGE_ZERO)
    days = (ages >= AGE_ZERO).sum(axis=1)[here]
    now = ages[here]
    like = (_counted(now >= _AGES) + 0.5) / (days + 2)
    near = (_counted(around[here] >= _AGES) + 0.5) / (days + 2)
    lasting = now >= _HALF_AGES
    over = _counted(lasting & ended[here]) + 1.5 * chances[(here + 1) % SLOTS]
    over = np.clip(over / (_counted(lasting & next_known[here]) + 1.5), _SURE, 1 - _SURE)
    third = np.partition(ages, -3, axis=1)[:, -3].astype(float)
    hours = np.where(third >= AGE_ZERO, (third - AGE_ZERO) * STEP_S / 3600, 8.0)[here]
    return np.log(like), np.log(np.minimum(near, 1)), np.log(over / (1 - over)), hours, np.log(days + 1.0)


def _counted(which: npt.NDArray[np.bool_]) -> Values:
    number: Values = which.sum(axis=1, dtype=np.uint8).astype(float)
    return number


def _fixed(rhythm: Rhythm, stretch: Stretch, chances: Values) -> list[float]:
    slot, out = int(stretch.base + stretch.offset) // SLOT_S, log(min(stretch.exit_ago / 60, 1440) + 1)
    days = rhythm.day_counts or (24,)
    usual = max(4.0, sum(days) / len(days))
    return [
        *(float(stretch.place == one) for one in (Place.EXIT, Place.BED, Place.BATH, Place.HALL, Place.KITCHEN)),
        out,
        exp(-(out**2) / 4),
        log(max(stretch.lately, 1)),
        log(max(stretch.recently, 1)),
        _logit(float(chances.mean())),
        *(_logit(share) for share in rhythm.shares_at(slot)),
        *(_logit(share) for share in rhythm.shares_from(Place(stretch.place), slot)),
        log(sum(days[-3:]) / len(days[-3:]) / usual + 0.2),
        usual / 25,
    ]


def chances(scores: Values) -> Values:
    """How likely life comes back in each step, if it has not before. scores: `features` times weights."""
    likely: Values = np.clip(1 / (1 + np.exp(-np.clip(scores, -30, 30))), 1e-4, 0.999)
    return likely


def shares(likely: Values) -> Values:
    """What part of the silences that last one step lasts 1, 2, … STEPS + 1 steps."""
    return np.concatenate(([1.0], np.cumprod(1 - likely)))


def best(lasting: Values, worth: Worth, ceiling_h: float, price: float, spared: float = 1.0) -> float:
    """After how many hours telling is worth most, at most ceiling_h. lasting: `shares`; spared: weight of all waits."""
    rest = np.cumsum(lasting[::-1])[::-1] * STEP_S / 3600
    steps, weights = _waits(worth, len(lasting))
    value = spared * (weights @ rest[steps]) - price * lasting
    first, last = FIRST_S // STEP_S - 1, min(round(ceiling_h * 3600 / STEP_S), len(lasting))
    return float((first + np.argmax(value[first:last]) + 1) * STEP_S / 3600)


def _hours(rhythm: Rhythm, stretch: Stretch, lasting: Values) -> list[float]:
    hours: list[float] = []
    is_known = 0 < rhythm.since <= stretch.base - 86_400
    for level in LEVELS:
        hour = reached(level, rhythm, stretch, lasting) if is_known else _tier(level, stretch)
        hours.append(max([hour, *(before + STEP_S / 3600 for before in hours)]))
    return hours


def reached(level: str, rhythm: Rhythm, stretch: Stretch, lasting: Values, price: float = 0.0) -> float:
    """After how many hours this level is reached, a rhythm being known. price: the fleet's, unless it is given."""
    worth = WORTH[level]
    price = (price or worth.price) * (1.0 if rhythm.is_warm(stretch.base) else NEW_PRICE)
    at_home, away = CEILING_H[level]
    if stretch.place != Place.EXIT:
        return best(lasting, worth, at_home, price)
    hour = best(lasting, worth, at_home, price, AWAY_WORTH)
    return hour if hour < AWAY_H else away


def _tier(level: str, stretch: Stretch) -> float:
    began = int(stretch.base + stretch.offset) // SLOT_S % SLOTS / 2
    if level == CHECK and (began >= 18 or began < 4):
        return TIER_NIGHT_H
    return TIERS_H[level]


@lru_cache(maxsize=1)
def _weights() -> Values:
    return np.array(prior.WEIGHTS)


@lru_cache(maxsize=8)
def _waits(worth: Worth, size: int) -> tuple[npt.NDArray[np.int64], Values]:
    """For each wait and step at which it is told, the step from which on that spares it; how much each counts."""
    steps = np.arange(size)
    from_ = [np.maximum(0, steps - round(hours * 3600 / STEP_S)) for hours, _ in worth.waits]
    return np.array(from_), np.array([weight for _, weight in worth.waits])


def _logit(share: float) -> float:
    share = min(1 - _SURE, max(_SURE, share))
    return log(share / (1 - share))
