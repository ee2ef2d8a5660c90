"""A day's activity and a night's rest against the home's own weeks: they weigh in the score and call nobody."""

from collections.abc import Sequence
from datetime import datetime
from math import sqrt

from residents.sign import Part
from sensors.finding import Finding, Reason
from sensors.rhythm import Rhythm

RULE = "activity@1"
#: so many days must be known before one is compared with them.
DAYS_KNOWN = 7
#: half hours a count varies by at least, so that a very even life makes no alarm of little things.
LEAST_SPREAD = 2.5


def day_over(rhythm: Rhythm, home: str, at: datetime) -> tuple[Finding, ...]:
    """What the day that has just ended says; nothing in the first week. `rhythm`: with that day closed."""
    findings = []
    for counts, sign, part in (
        (rhythm.day_counts, "activity_day", Part.ACTIVITY),
        (rhythm.night_counts, "night_rest", Part.SLEEP),
    ):
        if len(counts) > DAYS_KNOWN:
            findings.append(_compared(counts, sign, part, home, at))
    return tuple(findings)


def _compared(counts: Sequence[int], sign: str, part: Part, home: str, at: datetime) -> Finding:
    *before, last = counts
    mean = sum(before) / len(before)
    spread = max(LEAST_SPREAD, sqrt(sum((one - mean) ** 2 for one in before) / len(before)))
    apart = (last - mean) / spread
    bad = -apart if part == Part.ACTIVITY else apart
    value = round(min(1.0, max(0.0, 1 - max(0.0, bad - 0.5) / 3)), 2)
    how = "less" if apart < -1 else "more" if apart > 1 else "usual"
    return Finding(
        at=at,
        home=home,
        sign=sign,
        level=None,
        rule=RULE,
        reasons=(Reason(f"{sign}_{how}", {"hours": last / 2, "usual": round(mean / 2, 1)}),),
        part=part,
        value=value,
        evidence={"half_hours": last, "usual": round(mean, 1), "days": len(before)},
    )
