"""How likely life comes back to a silent home in each of the next ten minutes: a discrete-time hazard.

Its values come from the home's rhythm, the hour, where the last life was seen and how long it has been quiet; its
weights (`prior.WEIGHTS`) from real homes. What does not depend on the home is made once for each ten minutes of a day.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

import numpy as np
import numpy.typing as npt

from sensors import prior
from sensors.place import Place
from sensors.rhythm import AGE_DAYS, AGE_MOST, AGE_UNKNOWN, AGE_ZERO, PRIOR_DAYS, SLOT_S, SLOTS, Rhythm

#: one step of the estimate, seconds; how many are made: 36 hours.
STEP_S, STEPS = 600, 216

Values = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
_PER_SLOT = SLOT_S // STEP_S
_DAY = SLOTS * _PER_SLOT
_SURE = 0.005  # no chance is taken for less likely, or more than one less this
_LONG = np.log(np.arange(1, STEPS + 1) * STEP_S / 3600)
_OFTEN = np.vstack((np.ones(STEPS), _LONG, _LONG**2, np.maximum(0, _LONG) ** 2, np.maximum(0, _LONG - 1) ** 2))
_CHANCES = np.array(prior.CHANCES)
_TURNS = np.array(
    [[f(slot * 2 * np.pi / SLOTS * k) for slot in range(SLOTS)] for k in (1, 2, 3) for f in (np.sin, np.cos)]
)
_NIGHT = np.array([float(slot < 12 or slot >= 46) for slot in range(SLOTS)])
#: by the weekday of the first of three days, for each of their steps: is it a Saturday or Sunday?
_WEEKEND = np.array([[float((day + step // _DAY) % 7 >= 5) for step in range(3 * _DAY)] for day in range(7)])
_SHIFTS = (0, 1, 2, 4, -1)


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

    @property
    def begun(self) -> tuple[int, int]:
        """The local day since the epoch and the step of the day in which it begins."""
        return divmod(int(self.base + self.offset) // STEP_S, _DAY)


def chances(rhythm: Rhythm, stretch: Stretch) -> Values:
    """How likely life comes back in each step, if it has not before."""
    by_clock, moving, fixed = _weights()
    day, begun = stretch.begun
    scores = _clock_scores(begun, stretch.place == Place.EXIT, stretch.place == Place.BED)
    scores = scores + by_clock[-1] * _weekend(day, begun)
    scores += moving @ _moving(rhythm, stretch, begun)
    scores += float(fixed @ np.array(_fixed(rhythm, stretch)))
    return likely(scores)


def likely(scores: Values) -> Values:
    """Chances by sums of features times weights."""
    found: Values = np.clip(1 / (1 + np.exp(-np.clip(scores, -30, 30))), 1e-4, 0.999)
    return found


def features(rhythm: Rhythm, stretch: Stretch) -> Values:
    """What the chances are estimated from: a row per step, in the order of `prior.WEIGHTS`."""
    day, begun = stretch.begun
    fixed = np.array(_fixed(rhythm, stretch))
    clock = _clock(begun, stretch.place == Place.EXIT, stretch.place == Place.BED)
    every = (clock, _weekend(day, begun)[None], _moving(rhythm, stretch, begun), np.repeat(fixed[:, None], STEPS, 1))
    return np.concatenate(every).T


def shares(likely: Values) -> Values:
    """What part of the silences that last one step lasts 1, 2, … STEPS + 1 steps."""
    return np.concatenate(([1.0], np.cumprod(1 - likely)))


@lru_cache(maxsize=1)
def _weights() -> tuple[Values, Values, Values]:
    weights, clock = np.array(prior.WEIGHTS), len(_clock(0, False, False)) + 1
    moving = len(_moving(Rhythm(), Stretch(0.0, 0), 0))
    return weights[:clock], weights[clock : clock + moving], weights[clock + moving :]


def _weekend(day: int, begun: int) -> Values:
    return _WEEKEND[(day + 3) % 7, begun + 1 : begun + 1 + STEPS]  # the epoch was a Thursday


@lru_cache(maxsize=_DAY)
def _here(begun: int) -> npt.NDArray[np.int64]:
    return (begun + np.arange(1, STEPS + 1)) // _PER_SLOT % SLOTS


def _clock(begun: int, is_away: bool, is_bed: bool) -> Values:
    """The features that depend on the hour and the place alone."""
    night = _NIGHT[_here(begun)]
    of_place = (is_away * _LONG, is_away * _OFTEN[2], is_bed * _LONG, night, night * is_bed, night * _LONG)
    return np.vstack((_OFTEN, *of_place, _TURNS[:, _here(begun)]))


@lru_cache(maxsize=3 * _DAY)
def _clock_scores(begun: int, is_away: bool, is_bed: bool) -> Values:
    scores: Values = _weights()[0][:-1] @ _clock(begun, is_away, is_bed)
    return scores


def _moving(rhythm: Rhythm, stretch: Stretch, begun: int) -> Values:
    """The features that change with the step and the home."""
    here, rate, ages = _here(begun), _rate(rhythm), _ages(rhythm)
    expected = -np.log(1 - np.minimum(np.maximum(rate, 0.02), 0.98)) * STEP_S / SLOT_S
    days = (ages >= AGE_ZERO).sum(axis=0)
    third = np.partition(ages, -3, axis=0)[-3].astype(float)
    third = np.where(third >= AGE_ZERO, (third - AGE_ZERO) * STEP_S / 3600, 8.0)
    at = np.empty((12, SLOTS))
    at[0], at[6], at[7] = np.log(expected), np.log(days + 1.0), np.minimum(third, 12)
    logits = np.log(rate / (1 - rate))
    turned = np.concatenate((logits[-1:], logits, logits[: max(_SHIFTS)]))
    for row, apart in enumerate(_SHIFTS, 1):
        at[row] = turned[1 + apart : 1 + apart + SLOTS]
    at[8], at[9], at[10], at[11] = np.log(_record(rhythm)), np.log(np.maximum(0.2, third)), expected, days
    at_step = at[:, here]
    rows = np.empty((21, STEPS))
    rows[:8] = at_step[:8]
    due, beyond, past = rows[8], rows[12], rows[14]
    due[0] = 0.0
    np.log1p(np.cumsum(at_step[10, :-1]), out=due[1:])
    rows[9] = due if stretch.place == Place.EXIT else 0.0
    rows[10], rows[11] = rows[0] * _LONG, due * _LONG
    np.subtract(_LONG, at_step[8], out=beyond)
    np.subtract(_LONG, at_step[9], out=past)
    np.maximum(0, rows[12:15:2], out=rows[13:16:2])
    rows[16:19] = np.log(_other_days(ages, begun, at_step[11], rate))
    rows[19:21] = rows[16:19:2] * _LONG
    return rows


def _rate(rhythm: Rhythm) -> Values:
    seen, active = np.array(rhythm.seen), np.array(rhythm.active)
    rate: Values = np.clip((active + PRIOR_DAYS * _CHANCES) / (seen + PRIOR_DAYS), _SURE, 1 - _SURE)
    return rate


def _record(rhythm: Rhythm) -> Values:
    """The longest silence at each half hour or beside it, hours."""
    longest = np.array((rhythm.longest[-1], *rhythm.longest, rhythm.longest[0])) / 3600
    record: Values = np.maximum(0.25, np.maximum(np.maximum(longest[:-2], longest[1:-1]), longest[2:]))
    return record


def _ages(rhythm: Rhythm) -> Bytes:
    """How long the silence had lasted at each half hour: a row per day, as characters."""
    text = "".join([one if len(one) == AGE_DAYS else one.rjust(AGE_DAYS, AGE_UNKNOWN) for one in rhythm.ages])
    return np.frombuffer(text.encode("ascii"), np.uint8).reshape(SLOTS, AGE_DAYS).T


@lru_cache(maxsize=_DAY)
def _grid(begun: int) -> tuple[npt.NDArray[np.int64], Bytes]:
    """The half hours from the one in which it begins; for the three steps of each, the age as old as the silence then,
    and half as old."""
    first = begun // _PER_SLOT
    slots = np.arange(first, first + STEPS // _PER_SLOT + 1)
    step = (slots - first) * _PER_SLOT + np.arange(_PER_SLOT)[:, None] - begun % _PER_SLOT
    age = np.clip(step, 0, AGE_MOST).astype(np.uint8)
    return slots % SLOTS, AGE_ZERO + np.array((age, (age + 1) // 2))[:, :, None]


def _other_days(ages: Bytes, begun: int, days: Values, rate: Values) -> Values:
    """The same half hours on the last days, by step: the share of days with a silence as long, the same with the half
    hours beside it, and the odds that such a silence was over by the next one."""
    slots, (as_old, half_as_old) = _grid(begun)
    turned = np.concatenate((ages[:, -1:], ages, ages[:, :1]), axis=1)
    before, after = turned[:, :-2], turned[:, 2:]
    around = np.maximum(np.maximum(ages, after - SLOT_S // STEP_S), before)[:, slots]
    now, next_ = ages[:, slots], after[:, slots]
    is_known = next_ >= AGE_ZERO
    which = np.empty((4, _PER_SLOT, *now.shape), bool)
    np.greater_equal(now, as_old, out=which[0])
    np.greater_equal(around, as_old, out=which[1])
    np.greater_equal(now, half_as_old, out=which[2])
    np.logical_and(which[2], is_known, out=which[3])
    np.logical_and(which[3], next_ < now, out=which[2])
    counts = which.view(np.uint8).sum(axis=2, dtype=np.uint8).transpose(0, 2, 1).reshape(4, -1)
    like, near, over, known = counts[:, begun % _PER_SLOT + 1 :][:, :STEPS].astype(float)
    found = np.empty((3, STEPS))
    found[0] = (like + 0.5) / (days + 2)
    np.minimum((near + 0.5) / (days + 2), 1, out=found[1])
    share = np.clip((over + 1.5 * rate[(_here(begun) + 1) % SLOTS]) / (known + 1.5), _SURE, 1 - _SURE)
    np.divide(share, 1 - share, out=found[2])
    return found


def _fixed(rhythm: Rhythm, stretch: Stretch) -> list[float]:
    """The features that belong to the home and the beginning."""
    slot, out = int(stretch.base + stretch.offset) // SLOT_S, log(min(stretch.exit_ago / 60, 1440) + 1)
    days = rhythm.day_counts or (24,)
    usual = max(4.0, sum(days) / len(days))
    return [
        *(float(stretch.place == one) for one in (Place.EXIT, Place.BED, Place.BATH, Place.HALL, Place.KITCHEN)),
        out,
        exp(-(out**2) / 4),
        log(max(stretch.lately, 1)),
        log(max(stretch.recently, 1)),
        _logit(float(_rate(rhythm).mean())),
        *(_logit(share) for share in rhythm.shares_at(slot)),
        *(_logit(share) for share in rhythm.shares_from(Place(stretch.place), slot)),
        log(sum(days[-3:]) / len(days[-3:]) / usual + 0.2),
        usual / 25,
    ]


def _logit(share: float) -> float:
    share = min(1 - _SURE, max(_SURE, share))
    return log(share / (1 - share))
