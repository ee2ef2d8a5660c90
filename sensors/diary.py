"""A home's day from noon to noon, half hour by half hour: where life was, and when nobody could have seen any.

Noon to noon, so that a night is never cut in two. A day is kept as masks of 48 bits, bit 0 from 12:00.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sensors.place import Place

SLOTS = 48
NOON = 24
#: after this long nobody can say whether the home was empty or its sensors dead, half hours.
UNKNOWN = 40
#: with so many signs of life in a half hour somebody is up, wherever it was.
BUSY = 6
#: set among the places where something of the kitchen was used: the fridge, the kettle, the stove.
USED = 1 << 15
_WALKING = frozenset({"motion", "presence"})
_MASKS = tuple(1 << place for place in Place)
_USED_MASKS = tuple(1 << place | (USED if place == Place.KITCHEN else 0) for place in Place)
_UP = 1 << Place.OTHER | 1 << Place.KITCHEN | 1 << Place.EXIT
_KITCHEN = 1 << Place.KITCHEN | USED


class Day(NamedTuple):
    """One day. number: the ordinal of the date of its first noon.

    Masks of half hours: alive; up: about, in rooms beyond bed, bath and hall; kitchen: life in it; away: after an exit
    door; unseen: an outage, an absence, or nobody knows.
    """

    number: int = 0
    alive: int = 0
    up: int = 0
    kitchen: int = 0
    away: int = 0
    unseen: int = 0


_day: Callable[[tuple[int, ...]], Day] = partial(tuple.__new__, Day)


def day_of(slot: int) -> int:
    """The day a local half hour (48 for each ordinal day) belongs to."""
    return (slot - NOON) // SLOTS


def slot_of(when: datetime) -> int:
    """The local half hour, 48 for each ordinal day."""
    return when.toordinal() * SLOTS + when.hour * 2 + (when.minute >= 30)


def seen_at(place: Place, kind: str) -> int:
    """The mask of one sign of life."""
    return _MASKS[place] if kind in _WALKING else _USED_MASKS[place]


def span(first: int, end: int) -> int:
    """A mask of the bits first … end-1."""
    return ((1 << max(0, end - first)) - 1) << first


def lived(day: Day, slot: int, count: int, places: int) -> Day:
    """With one half hour that is over. count: signs of life in it; places: mask of `Place`s, and USED."""
    bit = 1 << (slot - NOON) % SLOTS
    number, alive, up, kitchen, away, unseen = day
    up = up | bit if places & _UP or count >= BUSY else up
    kitchen = kitchen | bit if places & _KITCHEN else kitchen
    return _day((number, alive | bit, up, kitchen, away, unseen))


def quiet(day: Day, after: int, before: int, *, left: bool, watched: bool) -> Day:
    """With the half hours between two with life, as far as they belong to this day.

    left: the last life was an exit door; watched False: nobody could have seen anything.
    """
    if before - after < 2:
        return day
    begins = day.number * SLOTS + NOON
    bits = span(max(after + 1 - begins, 0), min(max(before - begins, 0), SLOTS))
    if not watched or before - after > UNKNOWN:
        return day._replace(unseen=day.unseen | bits)
    return day._replace(away=day.away | bits) if left and before - after > 2 else day


def begun(slot: int) -> Day:
    """The day of a home's very first half hour: what was before it nobody saw."""
    return Day(number=day_of(slot), unseen=span(0, (slot - NOON) % SLOTS))


def moment(day: Day, bit: int, now: datetime) -> datetime:
    """When a half hour of the day began, in the zone of `now`, which lies in the day after it or later."""
    local = datetime.fromordinal(day.number) + timedelta(minutes=30 * (NOON + bit))
    return local.replace(tzinfo=now.tzinfo)
