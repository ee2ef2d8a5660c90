"""Messages become rows once, whatever comes with them; an SOS becomes an emergency once, whatever it looks like."""

import itertools
import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, col, select

from residents.service import set_consent
from residents.sign import Level
from sensors import ingest as ingest_module
from sensors.gather import Item
from sensors.ingest import Ingest
from sensors.keep import CAP, keep
from sensors.message import Decoded, Message, Reason, Rejected
from sensors.tables import DeviceStateRow, HomeStateRow, PressRow, QuarantineRow, ReadingRow, WatchRow
from store import FixedClock, Store
from tests.sensors.conftest import Signs, settle
from tests.sensors.gateway import until
from tests.sensors.service import Heard, rows, service_of

MOTION = "homes/home-001/zigbee2mqtt/bedroom_motion"
POWER = "homes/home-001/readings/plug"
SOS = "homes/home-001/sos"


class Post:
    """Puts messages in at the ingest's door and waits for their acknowledgement."""

    def __init__(self, ingest: Ingest) -> None:
        self.ingest = ingest

    def __call__(self, topic: str, payload: object = b"", **marks: bool) -> None:
        assert self.send(topic, payload, **marks).wait(10), "not acknowledged"

    def send(self, topic: str, payload: object = b"", **marks: bool) -> threading.Event:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        done = threading.Event()
        self.ingest.put(topic, raw, done.set, **marks)
        return done


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def ingest(town: Store, clock: FixedClock, signs: Signs, heard: Heard) -> Iterator[Ingest]:
    made = service_of(town, clock, signs, heard)
    yield made
    made.stop()


@pytest.fixture
def post(ingest: Ingest) -> Post:
    return Post(ingest)


def readings(store: Store) -> list[tuple[str, float]]:
    return [(row.kind, row.value) for row in rows(store, ReadingRow)]


def quarantined(store: Store) -> list[str]:
    return [row.reason for row in rows(store, QuarantineRow)]


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_what_a_home_says_is_stored_before_it_is_acknowledged(post: Post, town: Store, clock: FixedClock) -> None:
    before = counted("anbu_readings_total")
    post(MOTION, {"occupancy": True, "battery": 80, "linkquality": 90})
    assert readings(town) == [("motion", 1)]
    assert counted("anbu_readings_total") == before + 1
    [state] = rows(town, DeviceStateRow)
    assert (state.battery, state.link, state.seen_at) == (80, 90, clock.now())
    [watch] = rows(town, WatchRow)
    assert (watch.home, watch.due_at, watch.fed) == ("home-001", clock.now() + timedelta(seconds=10), 0)


def test_a_state_that_was_not_said_again_is_kept(post: Post, town: Store, clock: FixedClock) -> None:
    post(MOTION, {"battery": 80})
    clock.forward(minutes=5)
    post(MOTION, {"occupancy": True})
    post(MOTION + "/availability", b"offline")
    [state] = rows(town, DeviceStateRow)
    assert (state.battery, state.online, state.seen_at) == (80, False, clock.now())


def test_the_gateways_heartbeat_is_known(post: Post, town: Store, clock: FixedClock) -> None:
    post("homes/home-001/zigbee2mqtt/bridge/state", b"online")
    seen = clock.now()
    clock.forward(minutes=5)
    post("homes/home-001/zigbee2mqtt/bridge/state", {"state": "offline"}, retained=True)
    [home] = rows(town, HomeStateRow)
    assert (home.online, home.heartbeat_at, home.heard_at) == (False, seen, seen)


def test_duplicates_fall_out_by_id_and_by_time_and_value(post: Post, town: Store, clock: FixedClock) -> None:
    before = counted("anbu_readings_duplicate_total")
    at = (clock.now() - timedelta(minutes=1)).isoformat()
    for _ in range(2):
        post(POWER, {"id": "a", "kind": "power", "value": 1})
        post(POWER, {"at": at, "kind": "power", "value": 2})
    post(POWER, {"id": "a", "kind": "power", "value": 9, "at": at})
    assert readings(town) == [("power", 1), ("power", 2)]
    post(POWER, {"at": at, "kind": "power", "value": 3})
    assert readings(town) == [("power", 1), ("power", 2), ("power", 3)]
    assert counted("anbu_readings_duplicate_total") == before + 3


def test_without_a_time_each_message_is_new_unless_it_is_redelivered(
    post: Post, town: Store, clock: FixedClock
) -> None:
    post(MOTION, {"occupancy": True})
    post(MOTION, {"occupancy": True})
    assert len(readings(town)) == 2
    post(MOTION, {"occupancy": True}, again=True)
    assert len(readings(town)) == 2
    post(MOTION, {"occupancy": False}, again=True)  # redelivered, but its first delivery never arrived
    assert len(readings(town)) == 3
    clock.forward(seconds=61)
    post(MOTION, {"occupancy": True}, again=True)
    assert len(readings(town)) == 4


def test_a_message_and_its_redelivery_in_one_batch_are_one(town: Store, clock: FixedClock, signs: Signs) -> None:
    made = Ingest(town, clock, lambda *_: pytest.fail("no press"), Heard())
    post = Post(made)
    waiting = [post.send(MOTION, {"occupancy": True}), post.send(MOTION, {"occupancy": True}, again=True)]
    made.start()
    assert all(done.wait(10) for done in waiting)
    made.stop()
    assert readings(town) == [("motion", 1)]


def test_what_cannot_be_used_is_shown_with_its_reason(post: Post, town: Store) -> None:
    before = counted("anbu_readings_refused_total", reason="not_a_number")
    post(POWER, b'{"kind":"power","value":NaN}')
    post("homes/home-404/readings/x", {"kind": "power", "value": 1})
    post("homes/home-001/readings/x\x01", b"\x00\xff")
    post("denied/home-001/homes/home-002/sos", b"x")
    post(POWER, {"kind": "power", "value": 5})
    assert quarantined(town) == ["not_a_number", "unknown_home", "unknown_device", "not_allowed"]
    assert rows(town, QuarantineRow)[0].payload == '{"kind":"power","value":NaN}'
    assert readings(town) == [("power", 5)]
    assert counted("anbu_readings_refused_total", reason="not_a_number") == before + 1


def test_retained_messages_are_no_life(post: Post, town: Store) -> None:
    post(MOTION, {"occupancy": True, "battery": 7}, retained=True)
    assert readings(town) == []
    assert quarantined(town) == ["retained"]
    [state] = rows(town, DeviceStateRow)
    assert (state.battery, state.seen_at) == (7, None)


def test_without_consent_nothing_is_kept_and_the_button_still_works(
    post: Post, town: Store, clock: FixedClock, signs: Signs
) -> None:
    town.write(set_consent, "r-1", "sensors", False, "r-1", clock.now())
    before = counted("anbu_readings_refused_total", reason="no_consent")
    post(MOTION, {"occupancy": True, "battery": 80})
    assert readings(town) == []
    assert rows(town, DeviceStateRow) == []
    assert quarantined(town) == []  # counted, not kept
    assert counted("anbu_readings_refused_total", reason="no_consent") == before + 1
    post("homes/home-001/zigbee2mqtt/button", {"action": "single"})
    assert [sign.resident for sign in signs.taken] == ["r-1"]
    town.write(set_consent, "r-1", "sensors", True, "r-1", clock.now())
    post(MOTION, {"occupancy": True})
    assert readings(town) == [("motion", 1)]


def test_vitals_need_the_consent_for_health(post: Post, town: Store, clock: FixedClock) -> None:
    town.write(set_consent, "r-2", "health", False, "r-2", clock.now())
    post("homes/home-002/readings/cuff", {"kind": "systolic", "value": 140})
    post("homes/home-002/readings/bedroom_motion", {"kind": "motion", "value": 1})
    assert readings(town) == [("motion", 1)]


def test_a_device_registered_in_the_meantime_is_known(post: Post, ingest: Ingest, town: Store) -> None:
    post("homes/home-001/readings/new", {"kind": "power", "value": 1})
    assert quarantined(town) == ["unknown_device"]

    def register(tx: Session) -> None:
        from residents.tables import DeviceRow

        tx.add(DeviceRow(home="home-001", device="new", kind="power"))

    town.write(register)

    def stored() -> bool:
        post("homes/home-001/readings/new", {"kind": "power", "value": 1})
        return bool(readings(town))

    assert until(stored)


def test_an_sos_opens_an_emergency_and_is_answered(
    post: Post, town: Store, signs: Signs, heard: Heard, clock: FixedClock
) -> None:
    post(SOS, {"id": "p-1", "device": "button", "at": clock.now().isoformat()})
    [sign] = signs.taken
    assert (sign.kind, sign.level, sign.resident, sign.home) == ("sos", Level.EMERGENCY, "r-1", "home-001")
    assert "김안부" in sign.text
    assert "침실" in sign.text
    [(topic, answer)] = heard.said
    assert topic == "homes/home-001/sos/ack"
    assert answer["id"] == "p-1"
    assert answer["escalation"] == f"e-{sign.id}"
    assert datetime.fromisoformat(answer["at"]) == clock.now()
    assert readings(town) == []


def test_a_pressed_button_has_been_heard_a_remembered_press_has_not(post: Post, town: Store, clock: FixedClock) -> None:
    post(SOS, {"id": "p-0", "device": "button"}, retained=True)
    assert [(row.device, row.seen_at) for row in rows(town, DeviceStateRow)] == [("button", None)]
    clock.forward(minutes=5)
    post(SOS, {"id": "p-1", "device": "button"})
    assert [(row.device, row.seen_at) for row in rows(town, DeviceStateRow)] == [("button", clock.now())]
    [home] = rows(town, HomeStateRow)
    assert home.heard_at == clock.now()


def test_the_same_sos_within_a_day_is_answered_again_and_opens_nothing(
    post: Post, signs: Signs, heard: Heard, clock: FixedClock
) -> None:
    post(SOS, {"id": "p-1"})
    clock.forward(hours=23, minutes=59)
    post(SOS, {"id": "p-1"})
    assert len(signs.taken) == 1
    assert heard.said[0][1]["escalation"] == heard.said[1][1]["escalation"]
    post("homes/home-002/sos", {"id": "p-1", "device": "button"})  # another home's id is another SOS
    clock.forward(minutes=2)
    post(SOS, {"id": "p-1"})
    assert len(signs.taken) == 4
    assert len(heard.said) == 4


def test_two_presses_a_minute_apart_are_two(post: Post, signs: Signs, heard: Heard, clock: FixedClock) -> None:
    for _ in range(2):
        post(SOS, b"")
        clock.forward(seconds=60)
    assert len(signs.taken) == 2
    assert len({answer["id"] for _, answer in heard.said}) == 2


def test_a_redelivered_press_is_the_same_press(post: Post, signs: Signs, clock: FixedClock) -> None:
    post(SOS, b"")
    clock.forward(seconds=30)
    post(SOS, b"", again=True)
    assert len(signs.taken) == 1


def test_a_retained_sos_counts_once_for_ever(post: Post, signs: Signs, clock: FixedClock) -> None:
    for payload in (b"", b'{"id":"p-9"}'):
        post(SOS, payload, retained=True)
        clock.forward(days=3)
        post(SOS, payload, retained=True)
    assert len(signs.taken) == 2


@pytest.mark.parametrize("payload", [b"{broken", b"\xff\xfe", b"[1]", b"x" * 300_000])
def test_a_broken_sos_is_an_sos(post: Post, town: Store, signs: Signs, heard: Heard, payload: bytes) -> None:
    post(SOS, payload)
    [sign] = signs.taken
    assert sign.level is Level.EMERGENCY
    assert sign.evidence["verified"] is False
    assert len(heard.said) == 1
    assert len(quarantined(town)) == 1


def test_a_shared_button_names_both(post: Post, signs: Signs) -> None:
    post("homes/home-002/zigbee2mqtt/button", {"action": "emergency"})
    assert [sign.resident for sign in signs.taken] == ["r-2", "r-3"]
    assert all("이하나" in sign.text and "박두리" in sign.text for sign in signs.taken)


def test_an_unknown_button_of_a_known_home_and_an_unknown_home_reach_a_person(
    post: Post, town: Store, signs: Signs, heard: Heard
) -> None:
    post(SOS, {"id": "p-1", "device": "who knows"})
    post("homes/home-404/sos", {"id": "p-2"})
    assert [sign.resident for sign in signs.taken] == ["r-1", None]
    assert "home-404" in signs.taken[1].text
    assert [topic for topic, _ in heard.said] == ["homes/home-001/sos/ack", "homes/home-404/sos/ack"]
    assert quarantined(town) == ["unknown_device", "unknown_home"]


def test_a_garbled_button_message_is_an_sos_too(post: Post, signs: Signs) -> None:
    post("homes/home-001/zigbee2mqtt/button", b"\xff\xff")
    assert len(signs.taken) == 1


def test_a_fault_with_one_resident_still_brings_a_person(post: Post, signs: Signs, monkeypatch: Any) -> None:
    monkeypatch.setattr(ingest_module, "AGAIN_S", 0.01)
    signs.fault = ValueError("a rule of ours is broken")
    post(SOS, {"id": "p-1"})
    [sign] = signs.taken
    assert (sign.resident, sign.home, sign.level) == (None, "home-001", Level.EMERGENCY)


def test_an_sos_does_not_wait_behind_a_flood(post: Post, town: Store, signs: Signs) -> None:
    flood = [post.send(POWER, {"kind": "power", "value": n % 100}) for n in range(20_000)]
    post(SOS, {"id": "p-1"})
    assert not flood[-1].is_set(), "the flood was over before the SOS: nothing was shown"
    assert len(signs.taken) == 1
    assert all(done.wait(60) for done in flood)
    assert len(readings(town)) == 20_000


def test_one_message_the_database_refuses_does_not_cost_the_others(
    town: Store, clock: FixedClock, signs: Signs, monkeypatch: Any
) -> None:
    real = keep

    def picky(tx: Session, items: Any) -> Any:
        if any(b"666" in item.message.payload for item in items):
            raise IntegrityError("insert", {}, ValueError("no"))
        return real(tx, items)

    monkeypatch.setattr(ingest_module, "keep", picky)
    made = service_of(town, clock, signs, Heard())
    post = Post(made)
    sent = [post.send(POWER, {"kind": "power", "value": n}) for n in (1, 2, 666, 3, 4, 5)]
    assert all(done.wait(10) for done in sent)
    made.stop()
    assert sorted(value for _, value in readings(town)) == [1, 2, 3, 4, 5]
    assert quarantined(town) == ["failed"]


def test_while_the_database_is_locked_nothing_is_acknowledged_and_nothing_is_lost(
    town: Store, clock: FixedClock, signs: Signs, monkeypatch: Any
) -> None:
    locked = threading.Event()
    locked.set()
    real = keep

    def sometimes(tx: Session, items: Any) -> Any:
        if locked.is_set():
            raise OperationalError("insert", {}, Exception("disk I/O error"))
        return real(tx, items)

    monkeypatch.setattr(ingest_module, "keep", sometimes)
    monkeypatch.setattr(ingest_module, "AGAIN_S", 0.01)
    made = service_of(town, clock, signs, Heard())
    done = Post(made).send(POWER, {"kind": "power", "value": 1})
    assert not done.wait(0.3)
    locked.clear()
    assert done.wait(10)
    made.stop()
    assert readings(town) == [("power", 1)]


def test_stopping_leaves_the_rest_unacknowledged(town: Store, clock: FixedClock, signs: Signs) -> None:
    made = service_of(town, clock, signs, Heard())
    made.stop()
    assert not Post(made).send(POWER, {"kind": "power", "value": 1}).wait(0.2)
    assert readings(town) == []


def test_on_both_databases(any_store: Store, clock: FixedClock, signs: Signs) -> None:
    any_store.write(settle, clock.now())
    made = service_of(any_store, clock, signs, Heard())
    post = Post(made)
    at = clock.now().isoformat()
    for _ in range(2):
        post(POWER, {"at": at, "kind": "power", "value": 1})
        post(MOTION, {"occupancy": True, "battery": 50})
        post(SOS, b'{"id": "p-1\\u0000"}')
    post("homes/home-001/readings/plug", b'{"kind": "power\\u0000"')
    made.stop()
    assert len(rows(any_store, ReadingRow)) == 3
    assert len(rows(any_store, PressRow)) == 1
    assert len(signs.taken) == 1
    assert [state.battery for state in rows(any_store, DeviceStateRow) if state.device == "bedroom_motion"] == [50]


def test_a_mad_gateway_fills_no_disk_and_hides_nobody(town: Store, clock: FixedClock) -> None:
    def send(home: str, many: int) -> None:
        message = Message(f"homes/{home}/readings/plug", b"{", clock.now())
        refused = Decoded(rejected=[Rejected(home, "plug", Reason.NOT_JSON)])
        kept.update(town.write(keep, [Item(message, refused)] * many).quarantined)

    kept: Counter[Reason] = Counter()
    for _ in range(3):
        send("home-001", 700)
    send("home-002", 2)
    homes = Counter(row.home for row in rows(town, QuarantineRow))
    assert homes == {"home-001": CAP, "home-002": 2}
    assert kept[Reason.NOT_JSON] == 2_102  # counted all the same
    clock.forward(hours=25)
    send("home-001", 1)
    assert len(rows(town, QuarantineRow)) == CAP + 3


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.binary(max_size=300), device=st.sampled_from(["plug", "bedroom_motion", "button", "\udcff", "x/y"]))
def test_whatever_comes_the_next_good_reading_is_stored(post: Post, town: Store, payload: bytes, device: str) -> None:
    _malformed_then_good(post, town, payload, device)


@pytest.mark.soak
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=st.binary(max_size=300), device=st.sampled_from(["plug", "bedroom_motion", "button", "\udcff", "x/y"]))
def test_ten_thousand_malformed_payloads(post: Post, town: Store, payload: bytes, device: str) -> None:
    _malformed_then_good(post, town, payload, device)


def _malformed_then_good(post: Post, town: Store, payload: bytes, device: str) -> None:
    """`put` and the next good reading, acknowledged within the second that the issue allows."""
    for family in ("readings", "zigbee2mqtt", "tasmota/tele", "BTtoMQTT"):
        post.send(f"homes/home-001/{family}/{device}", payload)
    good = f"good-{next(_GOOD)}"
    assert post.send(POWER, {"id": good, "kind": "power", "value": 1}).wait(GOOD_WITHIN_S), "not stored in time"
    assert town.read(lambda tx: tx.exec(select(ReadingRow).where(col(ReadingRow.key).contains(good))).first())


_GOOD = itertools.count()
#: a second by itself; the suite's machines are busy.
GOOD_WITHIN_S = 10
