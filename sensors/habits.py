"""What one person is used to, apart from the rhythm of the home: stays in the bathroom, going out at night, days."""

from dataclasses import dataclass, field

from sensors.cooking import Meals
from sensors.decline import Weeks
from sensors.diary import Day
from sensors.night_door import Outings
from sensors.sleep import Nights
from sensors.stays import Stays
from sensors.wandering import Wanderings


@dataclass(frozen=True, slots=True)
class Habits:
    """Of the same size however long a home is watched; each part belongs to one rule. day: the one that lasts.

    asked: when the resident was asked last about a stay or an outing, epoch s.
    """

    stays: Stays = field(default_factory=Stays)
    outings: Outings = field(default_factory=Outings)
    day: Day = field(default_factory=Day)
    nights: Nights = field(default_factory=Nights)
    wanderings: Wanderings = field(default_factory=Wanderings)
    meals: Meals = field(default_factory=Meals)
    weeks: Weeks = field(default_factory=Weeks)
    asked: float = 0.0
