"""A day from noon to noon is over: the night and the meals are judged, and at the end of a week the weeks."""

from collections.abc import Mapping
from datetime import datetime

from sensors import cooking, decline, diary, sleep, wandering
from sensors.decline import Weeks
from sensors.diary import Day
from sensors.finding import Finding
from sensors.habits import Habits, with_day
from sensors.outage import Device
from sensors.place import Place, place_of
from sensors.state import HomeWatch, Known, Life


def passed(
    watch: HomeWatch, habits: Habits, life: Life, slot: int, when: datetime, *, watched: bool
) -> tuple[Habits, tuple[Finding, ...]]:
    """Half hours went by since `life`; `slot` (local, since day 0) has life again, at `when`.

    habits: those of the watch, newer. watched False: an outage or an absence lay in between.
    """
    left = life.place == Place.EXIT
    day = habits.day if habits.day.number else diary.begun(life.slot)
    day = diary.lived(day, life.slot, life.count, life.places)
    day = diary.quiet(day, life.slot, slot, left=left, watched=watched)
    if diary.day_of(slot) == day.number:
        return with_day(habits, day), ()
    habits, findings = _over(habits, day, watch, when)
    new = diary.quiet(Day(number=diary.day_of(slot)), life.slot, slot, left=left, watched=watched)
    return habits._replace(day=new), findings


def device_lost(habits: Habits) -> Habits:
    """One of the home's devices has fallen silent: earlier weeks are no measure for later ones."""
    return habits._replace(weeks=Weeks())


def _over(habits: Habits, day: Day, watch: HomeWatch, now: datetime) -> tuple[Habits, tuple[Finding, ...]]:
    home, kitchen = watch.home, _kitchen(watch.known)
    rest = sleep.usual_rest(habits.nights)
    wanderings, wandered = wandering.night_over(habits.wanderings, day, rest, home, now)
    nights, slept = sleep.night_over(habits.nights, day, home, now)
    meals, ate = cooking.day_over(habits.meals, day, kitchen.values(), home, now)
    weeks, declined = decline.day_over(habits.weeks, day, home, now)
    habits = habits._replace(wanderings=wanderings, nights=nights, meals=meals, weeks=weeks)
    return habits, (*wandered, *slept, *ate, *declined)


def _kitchen(known: Known) -> Mapping[str, Device]:
    rooms = known.rooms
    return {
        name: device
        for name, device in known.devices.items()
        if place_of(name, "", rooms.get(name, "")) == Place.KITCHEN
    }
