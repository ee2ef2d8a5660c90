"""What is usual for one person: a robust centre and spread of the last weeks, near the fleet's while days are few."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

#: the fleet weighs as much as so many days of the person's own.
PRIOR_DAYS = 5.0
#: the mean deviation of a bell curve is so many times its median deviation.
_BELL = 1.4826


@dataclass(frozen=True, slots=True)
class Usual:
    """centre and spread (as a standard deviation) in the unit of the values; days: of the person's own."""

    centre: float
    spread: float
    days: int

    def apart(self, value: float) -> float:
        """How many spreads above (below: negative) the usual."""
        return (value - self.centre) / self.spread


def usual(values: Sequence[float], fleet: tuple[float, float], least: float) -> Usual:
    """Centre and spread of one value a day. fleet: its own of both; least: no spread is below it.

    Medians: a visitor of some days or one bad night moves them little.
    """
    days = len(values)
    if not days:
        return Usual(fleet[0], max(least, fleet[1]), 0)
    middle = median(values)
    spread = _BELL * median(abs(one - middle) for one in values)
    own = days / (days + PRIOR_DAYS)
    return Usual(own * middle + (1 - own) * fleet[0], max(least, own * spread + (1 - own) * fleet[1]), days)
