"""Up and about again and again in the night, beyond the person's own nights.

What counts are half hours with life in rooms beyond bed, bath and hall, well inside the time this person usually
rests. One way to the kitchen is nobody's business: there must be several, with rest between them.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from residents.sign import Part
from sensors.diary import Day, moment, span
from sensors.finding import Finding, Reason
from sensors.usual import Usual, usual

RULE = "wandering@1"
SIGN = "night_wandering"
#: times up and half hours up, at least, for a night to be one of wandering; spreads above the person's own nights.
TIMES, HALF_HOURS, SPREADS = 3, 4, 2.0
#: the fleet's half hours up in a night and their spread (TIHM); no person's nights vary by less.
FLEET, LEAST_SPREAD = (1.0, 1.5), 1.0
#: the usual rest is narrowed by so many half hours at both ends: going to bed late is no wandering.
_EDGE = 2
_HISTORY, _QUIET_DAYS = 28, 7
#: a night of which more half hours than this were not seen is not judged.
_MAY_MISS = 1


@dataclass(frozen=True, slots=True)
class Wanderings:
    """ups: half hours up in the last nights that were seen, latest last; told: the day on which it was last told."""

    ups: tuple[int, ...] = ()
    told: int = 0


def night_over(
    past: Wanderings, day: Day, rest: tuple[int, int], home: str, now: datetime
) -> tuple[Wanderings, tuple[Finding, ...]]:
    """After a day from noon to noon. rest: first bit and end of this person's usual rest."""
    night = span(rest[0] + _EDGE, rest[1] - _EDGE)
    if not night or ((day.unseen | day.away) & night).bit_count() > _MAY_MISS:
        return past, ()
    up = day.up & night
    half_hours, times = up.bit_count(), (up & ~(up << 1)).bit_count()
    own = usual(past.ups, FLEET, LEAST_SPREAD)
    past = replace(past, ups=(*past.ups, half_hours)[-_HISTORY:])
    is_odd = times >= TIMES and half_hours >= max(HALF_HOURS, own.centre + SPREADS * own.spread)
    if not is_odd or day.number - past.told < _QUIET_DAYS:
        return past, ()
    since = moment(day, rest[0] + _EDGE, now)
    return replace(past, told=day.number), (_finding(half_hours, times, own, home, since, now),)


def _finding(half_hours: int, times: int, own: Usual, home: str, since: datetime, now: datetime) -> Finding:
    values = {"times": times, "hours": half_hours / 2, "usual": round(own.centre / 2, 1)}
    return Finding(
        at=now,
        home=home,
        sign=SIGN,
        level=None,
        rule=RULE,
        reasons=(Reason("wandering", values), Reason("wandering_usual", values)),
        since=since,
        part=Part.SLEEP,
        value=0.1,
        evidence={**values, "nights": own.days},
    )
