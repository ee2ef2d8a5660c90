"""If somebody had needed help at a certain moment: how long until the service would have asked, or sent a person."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from sensors import watch as rules
from sensors.place import Place
from sensors.silence import LEVELS
from sensors.watch import HomeWatch

#: moments of a home that are looked at; how long a sign is waited for.
MOMENTS, WATCHED = 4, timedelta(hours=96)
#: level → hours.
Hours = Mapping[str, float]


def moments(homes: Sequence[str], since: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Some moments of each home, by time; the same ones each time it is asked for the same days."""
    drawn = []
    for home in homes:
        dice = random.Random(home)
        drawn += [(since + dice.random() * (until - since), home) for _ in range(MOMENTS)]
    return sorted(drawn)


def hours_until(watch: HomeWatch | None, at: datetime) -> Hours:
    """Level → hours until it is told, by whatever rule, if nothing of the home were seen from now on (local time).

    Empty where nobody was at home, or it is being asked already.
    """
    if watch is None or watch.life is None or watch.life.place == Place.EXIT or watch.is_silent:
        return {}
    told: dict[str, float] = {}
    while watch.due_at is not None and watch.due_at <= at + WATCHED and LEVELS[-1] not in told:
        watch, found = rules.due(watch, max(at, watch.due_at.astimezone(at.tzinfo)))
        for one in found:
            if one.level in LEVELS:
                told.setdefault(one.level, (one.at - at).total_seconds() / 3600)
    return told


def middles(before: Sequence[Hours], after: Sequence[Hours]) -> dict[str, tuple[float, float]]:
    """Level → the medians of both sides, over the moments of which both can tell."""
    found = {}
    for level in LEVELS:
        pairs = [(a[level], b[level]) for a, b in zip(before, after, strict=True) if level in a and level in b]
        if pairs:
            found[level] = (median(a for a, _ in pairs), median(b for _, b in pairs))
    return found
