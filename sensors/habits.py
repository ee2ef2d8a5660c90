"""What one person is used to, apart from the rhythm of the home: stays in the bathroom, going out at night, days."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from sensors.cooking import Meals
from sensors.decline import Weeks
from sensors.diary import Day
from sensors.night_door import Outings
from sensors.sleep import Nights
from sensors.stays import Stays
from sensors.wandering import Wanderings


class Habits(NamedTuple):
    """Of the same size however long a home is watched; each part belongs to one rule. day: the one that lasts.

    asked: when the resident was asked last about a stay or an outing, epoch s.
    """

    stays: Stays = Stays()
    outings: Outings = Outings()
    day: Day = Day()
    nights: Nights = Nights()
    wanderings: Wanderings = Wanderings()
    meals: Meals = Meals()
    weeks: Weeks = Weeks()
    asked: float = 0.0


_of: Callable[[tuple[Any, ...]], Habits] = partial(tuple.__new__, Habits)


def with_day(habits: Habits, day: Day) -> Habits:
    """With the running day as it is now."""
    bath, outings, _, nights, wanderings, meals, weeks, asked = habits
    return _of((bath, outings, day, nights, wanderings, meals, weeks, asked))
