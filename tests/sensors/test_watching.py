"""The live homes as stories: silence that is asked about, smoke that pages, outages that alarm nobody at home."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from prompts import Words
from residents.service import end_absence, set_absence, set_consent
from residents.sign import Level
from residents.tables import ConsentRow, DeviceRow, HomeRow, ResidentRow
from sensors import passing
from sensors.decode import decode
from sensors.gather import Item
from sensors.homes import Homes
from sensors.keep import keep
from sensors.message import Message
from sensors.service import Sensors
from sensors.tables import HourRow, QuarantineRow, ReadingRow, WatchRow
from store import FixedClock, Store
from tests.sensors.conftest import Signs, settle
from tests.sensors.service import WORDS, rows

SEOUL = ZoneInfo("Asia/Seoul")


@dataclass
class Asked:
    """Who was asked how they are."""

    whom: list[str] = field(default_factory=list)

    def __call__(self, _tx: Session, resident: str, reason: str, _now: datetime) -> None:
        assert reason
        self.whom.append(resident)


@dataclass
class Town:
    """A store with homes, a service and a clock: say things, let time pass, see what happens."""

    store: Store
    clock: FixedClock
    signs: Signs
    asked: Asked
    sensors: Sensors

    def __post_init__(self) -> None:
        self.homes = Homes(self.store)

    def say(self, topic: str, payload: object, at: datetime | None = None) -> None:
        now = at or self.clock.now()
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        message = Message(f"homes/{topic}", raw, now)
        self.store.write(keep, [Item(message, decode(message, self.homes, now))])

    def say_all(self, device: str, payload: object, moments: list[tuple[datetime, str]]) -> None:
        items = []
        for at, home in moments:
            message = Message(f"homes/{home}/zigbee2mqtt/{device}", json.dumps(payload).encode(), at)
            items.append(Item(message, decode(message, self.homes, at)))
        self.store.write(keep, items)

    def look(self) -> None:
        while self.store.write(self.sensors.sweep, self.clock.now(), self.clock.real()) == 20:
            pass
        self.store.write(self.sensors.sweep_fleet, self.clock.now(), self.clock.real())

    def passes(self, minutes: float, step: float = 10) -> None:
        """Let time pass, looking every few minutes."""
        end = self.clock.now() + timedelta(minutes=minutes)
        while self.clock.now() < end:
            self.clock.forward(minutes=min(step, (end - self.clock.now()).total_seconds() / 60))
            self.look()

    def kinds(self) -> list[tuple[str, str | None]]:
        return [(sign.kind, sign.resident) for sign in self.signs.taken]


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def live(town: Store, clock: FixedClock, signs: Signs, asked: Asked, words: Words) -> Iterator[Town]:
    clock.at = clock.at.replace(hour=7)
    return Town(town, clock, signs, asked, Sensors(signs, words, asked, SEOUL))  # type: ignore[arg-type,return-value]


@pytest.fixture
def words() -> Words:
    return WORDS


def moves(town: Town, home: str = "home-001", device: str = "bedroom_motion") -> None:
    town.say(f"{home}/zigbee2mqtt/{device}", {"occupancy": True})


def weeks_of_life(town: Town, homes: tuple[str, ...] = ("home-001",), days: int = 16) -> None:
    """Somebody who moves every few minutes from seven to ten at night, and sleeps. Ends at ten in the morning."""
    dice = random.Random(7)
    morning = town.clock.now().replace(hour=7, minute=0)
    for day in range(days, 0, -1):
        start = morning - timedelta(days=day)
        town.clock.at = start + timedelta(hours=15)
        moments: list[tuple[datetime, str]] = []
        for home in homes:
            minute = dice.uniform(0, 20)
            while minute < 15 * 60:
                moments.append((start + timedelta(minutes=minute), home))
                minute += dice.expovariate(1 / 12)
        town.say_all("bedroom_motion", {"occupancy": True}, sorted(moments))
        town.look()
    town.clock.at = morning + timedelta(hours=3)
    for home in homes:
        moves(town, home)
    town.look()
    town.signs.taken.clear()
    town.asked.whom.clear()


def test_silence_is_asked_about_first_and_becomes_a_persons_matter(live: Town) -> None:
    weeks_of_life(live)
    live.passes(60)
    assert live.asked.whom == []
    live.passes(11 * 60)
    assert live.asked.whom == ["r-1"]
    silence = [sign for sign in live.signs.taken if sign.kind == "silence"]
    assert [sign.level for sign in silence][:1] == [None]
    live.passes(24 * 60)
    assert Level.URGENT in {sign.level for sign in live.signs.taken if sign.kind == "silence"}
    assert live.asked.whom == ["r-1"]
    assert live.store.read(live.sensors.quiet_home, "r-1", live.clock.now()) is not None


def test_an_absence_pauses_silence_and_its_end_starts_it_anew(live: Town) -> None:
    weeks_of_life(live)
    until = live.clock.now() + timedelta(days=3)
    live.store.write(set_absence, "r-1", "병원", live.clock.now(), until, "test", live.clock.now())
    live.passes(2 * 24 * 60, step=60)
    assert live.asked.whom == []
    live.store.write(end_absence, "r-1", "test", live.clock.now())
    live.passes(60, step=10)
    assert live.asked.whom == []


def test_smoke_pages_at_once_for_everybody_of_the_home(live: Town) -> None:
    live.say("home-002/readings/bedroom_motion", {"kind": "smoke", "value": 1})
    live.look()
    smoke = [sign for sign in live.signs.taken if sign.kind == "smoke"]
    assert [(sign.resident, sign.level) for sign in smoke] == [
        ("r-2", Level.EMERGENCY),
        ("r-3", Level.EMERGENCY),
    ]
    live.passes(20)
    assert len([sign for sign in live.signs.taken if sign.kind == "smoke"]) == 2


def test_a_low_battery_is_the_technicians(live: Town) -> None:
    live.say("home-001/zigbee2mqtt/bedroom_motion", {"battery": 5})
    live.passes(1)
    [sign] = live.signs.taken
    assert (sign.kind, sign.resident, sign.home, sign.level) == ("battery_low", None, "home-001", Level.TECHNICAL)
    live.say("home-001/zigbee2mqtt/bedroom_motion", {"battery": 5})
    live.passes(30)
    assert len(live.signs.taken) == 1


def test_a_gateway_that_said_goodbye_is_a_technicians_task_and_no_silence(live: Town) -> None:
    weeks_of_life(live)
    live.say("home-001/zigbee2mqtt/bridge/state", b"online")
    live.passes(10)
    live.say("home-001/zigbee2mqtt/bridge/state", {"state": "offline"})
    live.passes(12 * 60)
    assert "gateway_silent" in [kind for kind, _ in live.kinds()]
    assert live.asked.whom == []
    quiet = live.store.read(live.sensors.quiet_home, "r-1", live.clock.now())
    assert quiet is not None
    assert (quiet["lost"], quiet["silent"]) == (True, False)
    assert live.store.read(live.sensors.home_states, live.clock.now())["home-001"] == "offline"


def six_homes(tx: Session, now: datetime) -> None:
    for n in range(6):
        home = f"fleet-{n}"
        tx.add(HomeRow(id=home, password_hash="x"))
        tx.flush()
        tx.add(ResidentRow(id=f"f-{n}", name="김안부", called="어르신", home=home))
        tx.flush()
        tx.add(ConsentRow(resident=f"f-{n}", topic="sensors", granted=True, at=now, wording="t", by="t"))
        tx.add(DeviceRow(home=home, device="bedroom_motion", kind="motion", room="bedroom"))


def test_everybody_silent_at_once_is_one_incident_and_nobody_is_asked(live: Town) -> None:
    live.store.write(six_homes, live.clock.now())
    homes = tuple(f"fleet-{n}" for n in range(6))
    weeks_of_life(live, homes)
    live.passes(12 * 60)
    assert live.kinds() == [("outage", None)]
    assert live.asked.whom == []
    shown = live.store.read(live.sensors.outage, live.clock.now(), live.clock.real())
    assert shown is not None
    assert shown["homes"] == 6
    for home in homes:
        moves(live, home)
    live.passes(10)
    assert live.store.read(live.sensors.outage, live.clock.now(), live.clock.real()) is None


def test_after_a_start_silence_is_not_judged_before_the_homes_were_heard(live: Town) -> None:
    weeks_of_life(live)
    live.store.write(live.sensors.listening, live.clock.now(), live.clock.real())
    live.clock.forward(hours=30)  # the service was down: nobody listened
    live.store.write(live.sensors.listening, live.clock.now(), live.clock.real())
    live.look()
    assert live.asked.whom == []
    for _ in range(6):
        live.clock.forward(seconds=20)
        live.store.write(live.sensors.listening, live.clock.now(), live.clock.real())
        live.look()
    assert live.asked.whom == []
    assert [kind for kind, _ in live.kinds() if kind == "silence"] == []


def test_a_lost_broker_is_said_once(live: Town) -> None:
    live.store.write(live.sensors.listening, live.clock.now(), live.clock.real())
    live.passes(9)
    assert live.signs.taken == []
    live.passes(30)
    assert {sign.id for sign in live.signs.taken if sign.kind == "outage"} == {live.signs.taken[0].id}


def test_without_consent_nobody_is_judged(live: Town) -> None:
    weeks_of_life(live)
    live.store.write(set_consent, "r-1", "sensors", False, "r-1", live.clock.now())
    live.passes(24 * 60)
    assert live.asked.whom == []
    assert not [sign for sign in live.signs.taken if sign.resident]


def test_one_homes_fault_does_not_stop_the_others(live: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    real = passing.observe_all

    def broken(watch: object, readings: list[object]) -> object:
        if getattr(watch, "home", "") == "home-001":
            raise ValueError("a rule of ours is broken")
        return real(watch, readings)  # type: ignore[arg-type]

    monkeypatch.setattr(passing, "observe_all", broken)
    moves(live, "home-001")
    live.say("home-002/readings/bedroom_motion", {"kind": "smoke", "value": 1})
    live.passes(1)
    assert ("smoke", "r-2") in live.kinds()
    monkeypatch.undo()
    live.passes(10)
    [watch] = [row for row in rows(live.store, WatchRow) if row.home == "home-001"]
    assert watch.fed > 0


def test_readings_are_rolled_up_once_and_shown_by_room(live: Town) -> None:
    start = live.clock.now()
    for value in (10, 50, 1500):
        live.say("home-001/readings/plug", {"kind": "power", "value": value})
        moves(live)
        live.passes(1)
    by_kind = {row.kind: row for row in rows(live.store, HourRow)}
    assert (by_kind["motion"].count, by_kind["motion"].active) == (3, 3)
    power = by_kind["power"]
    assert (power.count, power.active, power.total, power.low, power.high) == (3, 2, 1560, 10, 1500)
    shown = live.store.read(live.sensors.activity, "home-001", start - timedelta(hours=1), live.clock.now())
    assert [(hour.room, hour.count) for hour in shown] == [("bedroom", 5)]
    [mean] = live.store.read(live.sensors.values, "home-001", "power", start - timedelta(hours=1), live.clock.now())
    assert mean.mean == pytest.approx(520)


def test_old_things_are_thrown_away_and_hours_remain(live: Town) -> None:
    moves(live)
    live.say("home-001/readings/plug", b"rubbish")
    live.passes(1)
    live.clock.forward(days=61)
    while live.store.write(live.sensors.purge, live.clock.now()):
        pass
    assert rows(live.store, ReadingRow) == []
    assert rows(live.store, QuarantineRow) == []
    assert len(rows(live.store, HourRow)) == 1


def test_the_last_sign_of_life_is_known_for_the_brief(live: Town) -> None:
    assert live.store.read(live.sensors.last_activity, "r-1") is None
    moves(live)
    at = live.clock.now()
    live.clock.forward(minutes=30)
    live.say("home-001/zigbee2mqtt/bedroom_motion", {"occupancy": False, "battery": 50})
    live.say("home-001/readings/plug", {"kind": "power", "value": 2})
    assert live.store.read(live.sensors.last_activity, "r-1") == at
    quiet = live.store.read(live.sensors.quiet_home, "r-1", live.clock.now())
    assert quiet is not None
    assert quiet["text"] == "침실 움직임 07:00"
    assert quiet["silent"] is False
    assert live.store.read(live.sensors.last_activity, "nobody") is None
    assert live.store.read(live.sensors.quiet_home, "r-2", live.clock.now()) is None


def test_the_devices_page_knows_what_each_device_last_said(live: Town) -> None:
    live.say("home-001/zigbee2mqtt/bedroom_motion", {"occupancy": True, "battery": 12, "linkquality": 80})
    live.say("home-001/zigbee2mqtt/front_door", {"contact": True, "battery": 90})
    live.say("home-001/zigbee2mqtt/plug/availability", b"offline")
    shown = {d.device: d for d in live.store.read(live.sensors.device_states, live.clock.now(), "home-001")}
    assert {name: d.state for name, d in shown.items()} == {
        "bedroom_motion": "low",
        "button": "unknown",
        "front_door": "ok",
        "plug": "offline",
    }
    assert (shown["bedroom_motion"].battery, shown["bedroom_motion"].link) == (12, 80)
    live.clock.forward(days=3)
    later = {d.device: d.state for d in live.store.read(live.sensors.device_states, live.clock.now(), "home-001")}
    assert later["front_door"] == "silent"


def test_on_both_databases(any_store: Store, clock: FixedClock, signs: Signs, asked: Asked, words: Words) -> None:
    any_store.write(settle, clock.now())
    town = Town(any_store, clock, signs, asked, Sensors(signs, words, asked, SEOUL))  # type: ignore[arg-type]
    for _ in range(3):
        moves(town)
        town.say("home-001/zigbee2mqtt/bridge/state", b"online")
        town.say("home-001/zigbee2mqtt/bedroom_motion", {"battery": 3})
        town.passes(2, step=1)
    assert [kind for kind, _ in town.kinds()] == ["battery_low"]
    assert [row.count for row in rows(any_store, HourRow)] == [3]
    assert any_store.write(town.sensors.purge, clock.now()) == 0
