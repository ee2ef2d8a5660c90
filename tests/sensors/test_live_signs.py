"""The door at night in the live service: asked by voice, and the same sign as in a replay of the same readings."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from residents.sign import Level
from sensors.finding import to_sign
from sensors.player import Replay
from sensors.reading import Reading
from sensors.service import Sensors
from sensors.tables import ReadingRow
from store import FixedClock, Store
from tests.sensors.conftest import Signs
from tests.sensors.service import WORDS, rows
from tests.sensors.test_watching import Asked, Town, moves, weeks_of_life

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def night(town: Store, clock: FixedClock, signs: Signs) -> Town:
    """Sixteen days later, a quarter past two: in the bedroom, then the front door."""
    clock.at = clock.at.replace(hour=7)
    asked = Asked()
    live = Town(town, clock, signs, asked, Sensors(signs, WORDS, asked, SEOUL))  # type: ignore[arg-type]
    weeks_of_life(live)
    moments = [(clock.now() + timedelta(minutes=minute), "home-001") for minute in range(5, 720, 9)]
    live.say_all("bedroom_motion", {"occupancy": True}, moments)
    clock.forward(hours=12)
    live.say("home-001/readings/plug", {"kind": "power", "value": 2})
    live.passes(60)
    clock.forward(hours=3)
    moves(live)
    live.passes(15)
    live.say("home-001/zigbee2mqtt/front_door", {"contact": False})
    live.passes(1)
    signs.taken.clear()
    asked.whom.clear()
    return live


def doors(live: Town) -> list[Level | None]:
    return [sign.level for sign in live.signs.taken if sign.kind == "night_door"]


def test_the_door_at_night_is_asked_about_and_then_a_persons_matter(night: Town) -> None:
    night.passes(25, step=5)
    assert night.asked.whom == []
    night.passes(10, step=5)
    assert (night.asked.whom, doors(night)) == (["r-1"], [None])
    night.passes(240)
    assert doors(night) == [None, Level.URGENT]


def test_whoever_is_back_in_the_bedroom_is_not_asked(night: Town) -> None:
    night.passes(10, step=5)
    moves(night)
    night.passes(120)
    assert (night.asked.whom, doors(night)) == ([], [])


def test_a_replay_says_the_same(night: Town) -> None:
    night.passes(270, step=5)
    fleet = Replay({"home-001": {"bedroom_motion": "bedroom", "front_door": "bedroom"}})
    kept = sorted(rows(night.store, ReadingRow), key=lambda row: row.at)
    played = [Reading(row.home, row.device, row.kind, row.at.astimezone(SEOUL), row.value) for row in kept]
    findings = [found for one in played for found in fleet.feed(one)] + fleet.until(night.clock.now().timestamp())
    again = [to_sign(one, "r-1", WORDS).id for one in findings if one.sign == "night_door"]
    assert again == [sign.id for sign in night.signs.taken if sign.kind == "night_door"]
    assert len(again) == 2
