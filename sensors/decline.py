"""A slow decline over weeks: since a certain week the person is about the home clearly less than in the weeks before.

The change is sought at every week (a likelihood ratio for one change of the mean, with equal spread before and after)
and told once; the weeks after it are then what is usual. Weeks with few days seen at home are left out, and after a
device has died the weeks before it are not compared with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt
from statistics import mean

from residents.sign import Part
from sensors.diary import SLOTS, Day
from sensors.finding import Finding, Reason

RULE = "decline@1"
SIGN = "decline"
#: weeks before and after the change, at least; days of a week, and half hours of a day, that must have been seen.
BEFORE, AFTER, DAYS, SEEN = 4, 3, 4, 40
#: the share of the activity that is lost, at least, and how many standard errors that is.
LOST, ERRORS = 0.12, 4.0
#: no person's weeks vary by less, half hours a day.
LEAST_SPREAD = 1.0
_HISTORY, _SHOWN = 26, 8


@dataclass(frozen=True, slots=True)
class Weeks:
    """actives: active half hours a day in the last weeks that were seen, latest last.

    The running week: its number, the sum so far, the days in it.
    """

    actives: tuple[float, ...] = ()
    number: int = 0
    total: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class _Change:
    after: int
    before: float
    since: float
    errors: float


def day_over(weeks: Weeks, day: Day, home: str, now: datetime) -> tuple[Weeks, tuple[Finding, ...]]:
    """After a day from noon to noon; something is told only after the last of a week."""
    findings: tuple[Finding, ...] = ()
    number = (day.number - 1) // 7  # ordinal 1 was a Monday
    if number != weeks.number:
        weeks, findings = _week_over(weeks, home, now)
        weeks = replace(weeks, number=number, total=0, days=0)
    if SLOTS - (day.unseen | day.away).bit_count() >= SEEN:
        weeks = replace(weeks, total=weeks.total + day.alive.bit_count(), days=weeks.days + 1)
    return weeks, findings


def _week_over(weeks: Weeks, home: str, now: datetime) -> tuple[Weeks, tuple[Finding, ...]]:
    if weeks.days < DAYS:
        return weeks, ()
    actives = (*weeks.actives, round(weeks.total / weeks.days, 2))[-_HISTORY:]
    change = _change(actives)
    if change is None or change.errors < ERRORS or change.before - change.since < LOST * change.before:
        return replace(weeks, actives=actives), ()
    return replace(weeks, actives=actives[-change.after :]), (_finding(change, actives, home, now),)


def _change(actives: Sequence[float]) -> _Change | None:
    """The week since which it is clearest that the person is less active."""
    splits = range(AFTER, len(actives) - BEFORE + 1)
    return max((_split(actives, after) for after in splits), key=lambda one: one.errors, default=None)


def _split(actives: Sequence[float], after: int) -> _Change:
    old, new = actives[:-after], actives[-after:]
    before, since = mean(old), mean(new)
    squares = sum((one - before) ** 2 for one in old) + sum((one - since) ** 2 for one in new)
    spread = max(LEAST_SPREAD, sqrt(squares / (len(actives) - 2)))
    return _Change(after, before, since, (before - since) / (spread * sqrt(1 / len(old) + 1 / len(new))))


def _finding(change: _Change, actives: Sequence[float], home: str, now: datetime) -> Finding:
    shown = [round(one / 2, 1) for one in actives[-max(_SHOWN, change.after + BEFORE) :]]
    values = {
        "weeks": change.after,
        "before": len(actives) - change.after,
        "hours": round(change.since / 2, 1),
        "usual": round(change.before / 2, 1),
        "percent": round(100 * (1 - change.since / change.before)),
    }
    return Finding(
        at=now,
        home=home,
        sign=SIGN,
        level=None,
        rule=RULE,
        reasons=(Reason("decline", values), Reason("decline_weeks", {"each": " → ".join(f"{one:g}" for one in shown)})),
        since=now - timedelta(weeks=change.after),
        part=Part.ACTIVITY,
        value=0.1,
        evidence={**values, "hours_by_week": shown},
    )
