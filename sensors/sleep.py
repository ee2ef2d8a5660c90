"""When a person rested, and whether for some nights it has been shorter, or at another time, than is usual for them.

The rest is the stretch between two noons that has the most quiet half hours left when those with somebody up and about
are taken from them, so that a way to the bathroom does not end it. What was not seen is not judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import sqrt
from statistics import median

from residents.sign import Part
from sensors.diary import SLOTS, Day, span
from sensors.finding import Finding, Reason
from sensors.usual import Usual, usual

RULE = "sleep@1"
SIGN = "sleep_change"
#: one half hour up and about outweighs so many quiet ones.
_UP = 2.0
#: a rest shorter than this was none that can be judged, half hours; so much of it may be unseen or away.
_LEAST, _MAY_MISS = 4, 2
#: nights that are compared, and nights of one's own before them, at least.
RECENT, BEFORE = 5, 9
#: a change is one from here on, half hours, and so many standard errors.
CHANGED, ERRORS = 3.0, 3.5
#: the fleet's rest and its spread, half hours (TIHM); no person's nights vary by less.
FLEET_LENGTH, FLEET_MIDDLE, LEAST_SPREAD = (17.0, 3.0), (30.0, 2.5), 1.5
_HISTORY, _QUIET_DAYS = 28, 14


@dataclass(frozen=True, slots=True)
class Nights:
    """The last nights that were seen, latest last: how long the rest was, its middle since noon, half hours.

    told: the day on which a change was last told.
    """

    lengths: tuple[float, ...] = ()
    middles: tuple[float, ...] = ()
    told: int = 0


def rest(day: Day) -> tuple[int, int] | None:
    """First bit and end of the night's rest; None where it cannot be known."""
    best, best_from, best_end = 0.0, 0, 0
    total, began = 0.0, 0
    for bit in range(SLOTS):
        total += _weight(day, bit)
        if total <= 0:
            total, began = 0.0, bit + 1
        elif total > best:
            best, best_from, best_end = total, began, bit + 1
    within = span(best_from, best_end)
    missed = (day.unseen | day.away) & within
    if best_end - best_from < _LEAST or missed.bit_count() > _MAY_MISS:
        return None
    return best_from, best_end


def usual_rest(nights: Nights) -> tuple[int, int]:
    """First bit and end of the rest this person usually takes; the fleet's while few nights are known."""
    length = usual(nights.lengths, FLEET_LENGTH, LEAST_SPREAD).centre
    middle = usual(nights.middles, FLEET_MIDDLE, LEAST_SPREAD).centre
    return round(middle - length / 2), round(middle + length / 2)


def night_over(nights: Nights, day: Day, home: str, now: datetime) -> tuple[Nights, tuple[Finding, ...]]:
    """After a day from noon to noon."""
    found = rest(day)
    if found is None:
        return nights, ()
    began, end = found
    length = end - began - (day.up & span(began, end)).bit_count()
    nights = replace(
        nights,
        lengths=(*nights.lengths, float(length))[-_HISTORY:],
        middles=(*nights.middles, (began + end) / 2)[-_HISTORY:],
    )
    if len(nights.lengths) < RECENT + BEFORE or day.number - nights.told < _QUIET_DAYS:
        return nights, ()
    findings = _changes(nights, home, now)
    return (replace(nights, told=day.number) if findings else nights), findings


def _weight(day: Day, bit: int) -> float:
    mask = 1 << bit
    if day.up & mask:
        return -_UP
    return 0.0 if day.alive & mask else 1.0


def _changes(nights: Nights, home: str, now: datetime) -> tuple[Finding, ...]:
    before, last = _compared(nights.lengths, FLEET_LENGTH)
    if last - before.centre <= -CHANGED and _errors(before, last) >= ERRORS:
        values = {"nights": RECENT, "hours": round(last / 2, 1), "usual": round(before.centre / 2, 1)}
        return (_finding("sleep_shorter", values, home, now),)
    before, last = _compared(nights.middles, FLEET_MIDDLE)
    if abs(last - before.centre) >= CHANGED and _errors(before, last) >= ERRORS:
        key = "sleep_later" if last > before.centre else "sleep_earlier"
        values = {"nights": RECENT, "hours": round(abs(last - before.centre) / 2, 1)}
        return (_finding(key, values, home, now),)
    return ()


def _compared(values: Sequence[float], fleet: tuple[float, float]) -> tuple[Usual, float]:
    """What was usual before the recent nights, and their median. The fleet only says how much nights vary."""
    before = values[:-RECENT]
    return usual(before, (median(before), fleet[1]), LEAST_SPREAD), median(values[-RECENT:])


def _errors(before: Usual, last: float) -> float:
    return abs(before.apart(last)) / sqrt(1 / RECENT + 1 / before.days)


def _finding(key: str, values: Mapping[str, float], home: str, now: datetime) -> Finding:
    return Finding(
        at=now,
        home=home,
        sign=SIGN,
        level=None,
        rule=RULE,
        reasons=(Reason(key, values),),
        part=Part.SLEEP,
        value=0.2,
        evidence={"change": key, **values},
    )
