"""Whether a score has become worrying: in a low band, or falling. Pure; each is said once until it has passed."""

from dataclasses import dataclass, replace
from datetime import timedelta

from wellbeing.score import BANDS, Band, Score

#: falling this many points within a week is a sign by itself, and so is falling two bands.
FALL_POINTS = 15
FALL_BANDS = 2
FALL_WITHIN = timedelta(days=7)
#: what it fell from must have stood for a while: within the first hours single answers move a score.
SETTLED_AFTER = timedelta(hours=12)
#: a score that knows less than this of a person is too thin to alarm anybody.
MIN_COVERAGE = 0.25
#: a low band is left only by this many points, so that a score at its edge does not alarm every day.
MARGIN = 5

_ORDER = [name for name, _ in BANDS]
_LOW = (Band.CARE, Band.DANGER)


@dataclass(frozen=True)
class Watched:
    """What has been said already. low: the lowest band said; falling: whether the present fall was said."""

    low: Band | None = None
    falling: bool = False


@dataclass(frozen=True)
class Low:
    """The score has entered a low band."""

    band: Band
    value: int


@dataclass(frozen=True)
class Falling:
    """The score has fallen."""

    before: int
    value: int


Worry = Low | Falling


def is_watched(score: Score) -> bool:
    """Whether a score knows enough of a person to alarm anybody."""
    return score.value is not None and score.coverage >= MIN_COVERAGE


def watch(watched: Watched, score: Score, best: int | None) -> tuple[Watched, tuple[Worry, ...]]:
    """What is new to say. best: the highest settled value of the last week, None where there is none."""
    if score.value is None or not is_watched(score):
        return watched, ()
    low, worries = _low(watched, score.value, score.band)
    fell = best is not None and _fell(best, score.value, score.band)
    if fell and not watched.falling and best is not None:
        worries = (*worries, Falling(best, score.value))
    return replace(watched, low=low, falling=fell), worries


def _low(watched: Watched, value: int, band: Band) -> tuple[Band | None, tuple[Worry, ...]]:
    if band in _LOW:
        if watched.low is None or _ORDER.index(band) > _ORDER.index(watched.low):
            return band, (Low(band, value),)
        return watched.low, ()
    edge = dict(BANDS)[Band.NOTICE] + MARGIN
    return (watched.low if value < edge else None), ()


def _fell(best: int, value: int, now_in: Band) -> bool:
    was_in = next(name for name, lowest in BANDS if best >= lowest)
    return best - value >= FALL_POINTS or _ORDER.index(now_in) - _ORDER.index(was_in) >= FALL_BANDS
