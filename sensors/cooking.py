"""No sign from the kitchen for a day, of somebody who is at home and is used to being in it.

A kitchen whose sensor is dead says nothing either: a day counts only where something of the kitchen was heard without
anybody using it, or where two devices that are otherwise well are quiet together.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from residents.sign import Part
from sensors.diary import SLOTS, Day, moment
from sensors.finding import Finding, Reason
from sensors.outage import Device
from sensors.usual import Usual, usual

RULE = "cooking@1"
SIGN = "no_cooking"
#: half hours in the kitchen on this person's usual day, at least, and spreads that none at all lies below it.
USUAL, SPREADS = 4.0, 2.5
#: days of one's own before a day is judged; half hours of a day that were seen, and with life elsewhere, at least.
DAYS, SEEN, ALIVE = 7, 40, 8
#: the fleet's half hours in the kitchen a day and their spread (TIHM); no person's days vary by less.
FLEET, LEAST_SPREAD = (20.5, 7.0), 1.0
_HISTORY, _QUIET_DAYS = 28, 3


@dataclass(frozen=True, slots=True)
class Meals:
    """kitchen: half hours with life there on the last days that were seen, latest last; told: on which day last."""

    kitchen: tuple[int, ...] = ()
    told: int = 0


def day_over(
    meals: Meals, day: Day, devices: Iterable[Device], home: str, now: datetime
) -> tuple[Meals, tuple[Finding, ...]]:
    """After a day from noon to noon. devices: those of the kitchen."""
    seen = SLOTS - (day.unseen | day.away).bit_count()
    if seen < SEEN:
        return meals, ()
    half_hours, own = day.kitchen.bit_count(), usual(meals.kitchen, FLEET, LEAST_SPREAD)
    if half_hours:
        return replace(meals, kitchen=(*meals.kitchen, half_hours)[-_HISTORY:]), ()
    since = moment(day, 0, now)
    if day.alive.bit_count() < ALIVE or not _is_working(devices, since.timestamp()):
        return meals, ()
    before, meals = meals, replace(meals, kitchen=(*meals.kitchen, 0)[-_HISTORY:])
    if len(before.kitchen) < DAYS or own.centre < max(USUAL, SPREADS * own.spread) or 0 in before.kitchen[-7:]:
        return meals, ()
    if day.number - before.told < _QUIET_DAYS:
        return meals, ()
    return replace(meals, told=day.number), (_finding(own, home, since, now),)


def _is_working(devices: Iterable[Device], since: float) -> bool:
    well = [one for one in devices if not one.silent_told and not one.offline_told]
    return len(well) > 1 or any(one.seen > since for one in well)


def _finding(own: Usual, home: str, since: datetime, now: datetime) -> Finding:
    values = {"hours": round((now - since).total_seconds() / 3600), "usual": round(own.centre / 2, 1)}
    return Finding(
        at=now,
        home=home,
        sign=SIGN,
        level=None,
        rule=RULE,
        reasons=(Reason("no_cooking", values), Reason("no_cooking_usual", values)),
        since=since,
        part=Part.MEALS,
        value=0.1,
        evidence={**values, "days": own.days},
    )
