"""Thresholds set otherwise: tried on what was read before, set for a city, a district or one home, obeyed at once."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from residents.sign import Level
from residents.tables import DeviceRow, ResidentRow
from sensors import thresholds
from sensors.adjusting import BadThreshold
from sensors.service import Sensors
from store import FixedClock, Store
from store.audit import entries
from tests.sensors.conftest import Signs
from tests.sensors.service import WORDS
from tests.sensors.test_watching import Asked, Town

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def cool(town: Store, clock: FixedClock, signs: Signs) -> Town:
    """A thermometer in home-001 that read 17 °C for four hours of one morning, ten days ago; nothing was told."""

    def install(tx: Session) -> None:
        tx.add(DeviceRow(home="home-001", device="thermometer", kind="temperature", room="living"))
        for row in tx.exec(select(ResidentRow)):
            row.district = "햇살동" if row.home == "home-001" else "달빛동"
            tx.add(row)

    town.write(install)
    live = Town(town, clock, signs, Asked(), Sensors(signs, WORDS, Asked(), SEOUL))  # type: ignore[arg-type]
    _cold_morning(live)
    clock.forward(hours=10 * 24)
    live.look()
    assert signs.taken == []
    return live


def _cold_morning(live: Town) -> None:
    for _ in range(9):
        at = live.clock.now().isoformat()
        live.say("home-001/readings/thermometer", {"kind": "temperature", "value": 17.0, "at": at})
        live.clock.forward(minutes=30)
        live.look()


def _set(live: Town, scope: str, limits: dict[str, float]) -> None:
    live.store.write(live.sensors.set_thresholds, scope, limits, "u-1", "10.0.0.1", live.clock.now())


def test_a_preview_says_what_a_warmer_limit_would_have_told_and_changes_nothing(cool: Town) -> None:
    found = cool.store.read(cool.sensors.preview, "city", {"cold_room.watch": 18.0}, cool.clock.now())
    assert (found.homes, found.of, found.readings) == (1, 2, 9)
    assert (dict(found.before), dict(found.after)) == ({}, {("cold_room", "watch"): 1})
    assert found.by_home == [("home-001", 0, 1)]
    other = cool.store.read(cool.sensors.preview, "district:달빛동", {"cold_room.watch": 18.0}, cool.clock.now())
    assert (other.homes, other.of) == (0, 1)
    assert cool.store.read(cool.sensors.thresholds) == {}
    assert cool.signs.taken == []


def test_a_threshold_that_was_set_is_obeyed_from_the_next_look(cool: Town) -> None:
    _set(cool, "home:home-001", {"cold_room.watch": 18.0})
    _cold_morning(cool)
    assert [(sign.kind, sign.level) for sign in cool.signs.taken] == [("cold_room", Level.WATCH)]
    assert "18℃" in cool.signs.taken[0].text
    said = cool.store.read(entries, None, None, 10)[0]
    assert (said.what, said.who) == ("thresholds set", "u-1")


def test_the_nearer_word_holds_and_another_home_hears_nothing_of_it(cool: Town) -> None:
    _set(cool, "city", {"cold_room.watch": 19.0, "hot_room.watch": 28.0})
    _set(cool, "district:햇살동", {"cold_room.watch": 15.0})
    _set(cool, "home:home-002", {"cold_room.watch": 20.0})
    kept = cool.store.read(cool.sensors.thresholds)
    assert thresholds.merged(kept, "home-001", "햇살동") == {"cold_room.watch": 15.0, "hot_room.watch": 28.0}
    _cold_morning(cool)
    assert cool.signs.taken == []
    _set(cool, "city", {})
    assert cool.store.read(cool.sensors.thresholds).keys() == {"district:햇살동", "home:home-002"}
    with pytest.raises(BadThreshold):
        _set(cool, "home:nowhere", {"cold_room.watch": 17.0})


@pytest.mark.parametrize(
    ("limits", "names"),
    [
        ({"cold_room.watch": 60.0}, ["cold_room.watch"]),
        ({"warm_room.watch": 20.0}, ["warm_room.watch"]),
        ({"cold_room.watch": 12.0, "cold_room.urgent": 14.0}, ["cold_room.watch"]),
        ({"night_door.urgent": 30.0}, ["night_door.urgent"]),
        ({"systolic.watch_high": float("nan")}, ["systolic.watch_high"]),
    ],
)
def test_what_nobody_can_mean_is_not_set(cool: Town, limits: dict[str, float], names: list[str]) -> None:
    with pytest.raises(BadThreshold) as fault:
        _set(cool, "city", limits)
    assert fault.value.names == names
    assert cool.store.read(cool.sensors.thresholds) == {}


def test_a_city_that_would_turn_a_homes_own_order_around_is_told(cool: Town) -> None:
    _set(cool, "home:home-001", {"night_door.check": 170.0})
    with pytest.raises(BadThreshold):
        _set(cool, "city", {"night_door.urgent": 100.0})


def test_every_default_is_within_its_own_bounds_and_order() -> None:
    assert thresholds.faults({one.name: one.default for one in thresholds.ALL}) == []
    assert len(thresholds.BY_NAME) == len(thresholds.ALL) > 25


def test_the_door_at_night_would_have_called_earlier(cool: Town) -> None:
    """The rules themselves look at the thresholds: lingering, vitals and climate alike (one story each suffices)."""
    at = cool.clock.now() + timedelta(days=1)
    for minute, value in ((0, 150.0), (10, 151.0)):
        moment = at + timedelta(minutes=minute)
        cool.say("home-002/readings/cuff", {"kind": "systolic", "value": value, "at": moment.isoformat()}, moment)
    now = at + timedelta(hours=1)
    found = cool.store.read(cool.sensors.preview, "city", {"systolic.watch_high": 140.0}, now)
    assert ("vital", "watch") not in found.before
    assert (found.after["vital", "check"], found.after["vital", "watch"]) == (1, 1)
