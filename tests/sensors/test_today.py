"""What a home has shown of today before its resident is asked: enough to spare a question, or not."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from residents.service import set_consent
from residents.tables import DeviceRow
from sensors.diary import Day, span
from sensors.service import Sensors
from sensors.today import Use, seen_today
from store import FixedClock, Store
from tests.sensors.conftest import Signs
from tests.sensors.service import WORDS
from tests.sensors.test_watching import Asked, Town

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=SEOUL)  # bit 43 of the day that began on the 22nd at noon
YESTERDAY = NOW.toordinal() - 1
EVENING, MORNING = span(0, 20), span(37, 43)  # about until ten at night, and from half past six on
RESTED = Day(YESTERDAY, alive=EVENING | MORNING, up=EVENING | MORNING)


@pytest.mark.parametrize(
    ("uses", "cooked"),
    [
        ([Use("fridge_door", "contact", "kitchen", 3, 1)], True),
        ([Use("fridge_door", "contact", "kitchen", 1, 1)], False),  # a glass of water
        ([Use("kettle", "power", "kitchen", 1, 1800)], True),
        ([Use("rice_cooker", "power", "kitchen", 5, 45)], False),  # keeps warm by itself
        ([Use("fridge_plug", "power", "kitchen", 9, 400)], False),
        ([Use("kitchen_motion", "motion", "kitchen", 40, 1)], False),  # walking through is no meal
        ([Use("front_door", "contact", "hall", 4, 1)], False),
        ([], False),
    ],
)
def test_a_kitchen_that_was_used(uses: list[Use], cooked: bool) -> None:
    assert ("kitchen" in seen_today(None, uses, NOW)) is cooked


@pytest.mark.parametrize(
    ("day", "slept"),
    [
        (RESTED, True),
        (Day(YESTERDAY, EVENING | MORNING, EVENING | MORNING | span(22, 35)), False),  # up and about half the night
        (Day(YESTERDAY, EVENING, EVENING), False),  # nobody has got up yet
        (Day(YESTERDAY, EVENING | MORNING, EVENING | MORNING, unseen=span(22, 36)), False),  # nothing could be seen
        (Day(YESTERDAY - 1, EVENING | MORNING, EVENING | MORNING), False),  # another night
        (None, False),
    ],
)
def test_a_night_that_was_rested(day: Day | None, slept: bool) -> None:
    assert ("night" in seen_today(day, [], NOW)) is slept


def test_an_outing_is_one_of_today() -> None:
    this_morning, last_evening = Day(YESTERDAY, away=span(38, 41)), Day(YESTERDAY, away=span(10, 14))
    assert "out" in seen_today(this_morning, [], NOW)
    assert "out" not in seen_today(last_evening, [], NOW)
    afternoon = NOW.replace(hour=17)
    assert "out" in seen_today(Day(NOW.toordinal(), away=span(2, 5)), [], afternoon)
    assert "night" not in seen_today(RESTED, [], afternoon)


def test_only_of_who_agreed_and_lives_alone(town: Store, clock: FixedClock, signs: Signs) -> None:
    clock.at = NOW - timedelta(hours=2)
    sensors = Sensors(signs, WORDS, Asked(), SEOUL)  # type: ignore[arg-type]
    live = Town(town, clock, signs, Asked(), sensors)
    for home in ("home-001", "home-002"):
        town.write(Session.add, DeviceRow(home=home, device="fridge", kind="contact", room="kitchen"))
        for opened in (False, True, False, True, False):
            live.say(f"{home}/zigbee2mqtt/fridge", {"contact": opened}, clock.now())
            clock.forward(minutes=3)
    live.look()
    ids = ["r-1", "r-2", "r-3"]
    assert town.read(sensors.seen_today, ids, NOW) == {"r-1": {"kitchen"}}
    assert town.read(sensors.seen_today, ids, NOW + timedelta(days=1)) == {}
    town.write(set_consent, "r-1", "sensors", False, "test", NOW)
    assert town.read(sensors.seen_today, ids, NOW) == {}
