"""Silence against the home's own rhythm: when is it time to ask, and when must a person look.

When a silence has lasted 2 h 50, the chance that life returns is estimated once for each of the next ten minutes
of up to a day and a half (`returning.py`). From it follow the share of such silences that last as long, and the one
moment of each level at which telling is worth most: each wait that somebody in need is spared, hour by hour, against
the price of calling where life would have come back by itself. The price is the alarm budget.
Both moments are known from then on, so a silence is a deadline in a row, not something that is watched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from sensors import patience, prior
from sensors.finding import CHECK
from sensors.place import Place
from sensors.returning import STEP_S, STEPS, Stretch, Values, chances, shares
from sensors.rhythm import SLOT_S, SLOTS, Rhythm

RULE = "silence@2"
URGENT = "urgent"
LEVELS = (CHECK, URGENT)
#: nothing is told earlier, as the first wait to be spared (WORTH) ends here, seconds: whoever has fallen just now waits
#: no longer if it is told then, and fewer silences last so long.
FIRST_S = 10_200
#: how much of a home's time lies before each silence of ten minutes, in shorter ones, hours: half of all time at home
#: is less than ten minutes after a sign of life (docs/decisions/0067).
FRESH_H = 0.3
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

_NONE: Mapping[str, float] = {}
_EXPECTED = 0.05  # nineteen of twenty silences are over by then


@dataclass(frozen=True, slots=True)
class Worth:
    """What a level is told for. waits: (hours, how much it counts that somebody is found within them); price: of a
    call where life would have come back, in the same hours."""

    waits: tuple[tuple[float, float], ...]
    price: float


#: the alarm budget: two `check` and 0.3 `urgent` in a home and month (docs/benchmarks.md says what is reached).
WORTH: Mapping[str, Worth] = {
    CHECK: Worth(((FIRST_S / 3600, 1.0), (5, 0.3), (8, 0.3), (12, 0.3)), prior.PRICES[0]),
    URGENT: Worth(tuple((hours, 5.0 if hours == 6 else 1.0) for hours in range(2, 25, 2)), prior.PRICES[1]),
}


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


def follow(silence: Silence, rhythm: Rhythm, own: Mapping[str, float] = _NONE) -> Silence:
    """The silence with its deadlines, which stay the same while it lasts. own: of `patience`."""
    if silence.times:
        return silence
    stretch = silence.stretch
    lasting = shares(chances(rhythm, stretch))
    over = int(np.argmax(lasting <= _EXPECTED)) if lasting[-1] <= _EXPECTED else STEPS
    hours = _hours(rhythm, stretch, lasting, own)
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


def best(lasting: Values, worth: Worth, ceiling_h: float, price: float, spared: float = 1.0) -> float:
    """After how many hours telling is worth most, at most ceiling_h. lasting: `shares`; spared: weight of all waits."""
    value = spared * (_waits(worth.waits, len(lasting)) @ lasting) - price * lasting
    first, last = FIRST_S // STEP_S - 1, min(round(ceiling_h * 3600 / STEP_S), len(lasting))
    return float((first + np.argmax(value[first:last]) + 1) * STEP_S / 3600)


def _hours(rhythm: Rhythm, stretch: Stretch, lasting: Values, own: Mapping[str, float]) -> list[float]:
    hours: list[float] = []
    is_known = 0 < rhythm.since <= stretch.base - 86_400
    for level in LEVELS:
        price = WORTH[level].price * patience.dearer(level, own)
        hour = reached(level, rhythm, stretch, lasting, price) if is_known else _tier(level, stretch)
        if stretch.place != Place.EXIT:
            hour = patience.at_most_h(level, own, hour)
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


@lru_cache(maxsize=8)
def _waits(waits: tuple[tuple[float, float], ...], size: int) -> Values:
    """For each step at whose end it is told (a row), what each step that a silence lasts counts: in hours, once for
    every wait by which whoever stops moving in that step is found. The first step stands for the shorter ones before
    it too."""
    told, lasts = np.arange(size)[:, None] + 1, np.arange(size)
    hours = np.where(lasts == 0, FRESH_H, 0.0) + STEP_S / 3600
    counted: Values = hours * sum(weight * (lasts >= told - round(wait * 3600 / STEP_S)) for wait, weight in waits)
    return counted
