"""What comes in over MQTT, format by format, and what never gets past the door."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.decode import MAX_PAYLOAD, decode
from sensors.message import Decoded, KnownDevice, KnownHome, Message, Reason

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
HOME = KnownHome(
    "home-001",
    {
        "bedroom_motion": KnownDevice("motion", "bedroom"),
        "front_door": KnownDevice("contact", "entrance"),
        "bed_mat": KnownDevice("bed", "bedroom"),
        "button": KnownDevice("sos", "bedroom"),
        "plug": KnownDevice("power", "kitchen"),
        "A4C138112233": KnownDevice("systolic", "bedroom"),
        "thermo": KnownDevice("body_temperature", "bedroom"),
        "hall/motion": KnownDevice("motion", "hall"),
    },
)


def homes(name: str) -> KnownHome | None:
    return HOME if name == "home-001" else None


def heard(topic: str, payload: object, retained: bool = False, again: bool = False) -> Decoded:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return decode(Message(f"homes/home-001/{topic}", raw, NOW, retained, again), homes, NOW)


def values(decoded: Decoded) -> dict[str, float]:
    return {got.reading.kind: got.reading.value for got in decoded.readings}


def reasons(decoded: Decoded) -> list[Reason]:
    return [rejected.reason for rejected in decoded.rejected]


ZIGBEE = [
    # device, payload, what is kept
    ("bedroom_motion", {"occupancy": True}, {"motion": 1}),
    ("bedroom_motion", {"occupancy": False, "illuminance": 12}, {"motion": 0}),
    ("bedroom_motion", {"presence": True}, {"presence": 1}),
    ("front_door", {"contact": True}, {"contact": 0}),  # Zigbee2MQTT: true = closed
    ("front_door", {"contact": False}, {"contact": 1}),
    ("bed_mat", {"occupancy": True}, {"bed": 1}),
    ("plug", {"power": 1800.5, "energy": 12, "state": "ON"}, {"power": 1800.5, "energy": 12}),
    ("plug", {"temperature": 21.5, "humidity": 40}, {"temperature": 21.5, "humidity": 40}),
    ("plug", {"temperature": None}, {}),
    ("plug", {"water_leak": True, "smoke": False, "gas": True}, {"leak": 1, "smoke": 0, "gas": 1}),
    ("plug", {"carbon_monoxide": True, "vibration": True}, {"co": 1, "vibration": 1}),
    ("hall/motion", {"occupancy": True}, {"motion": 1}),
    ("bedroom_motion", {"battery": 80, "linkquality": 120}, {}),
]


@pytest.mark.parametrize(("device", "payload", "kept"), ZIGBEE)
def test_zigbee_properties_become_readings(device: str, payload: object, kept: dict[str, float]) -> None:
    decoded = heard(f"zigbee2mqtt/{device}", payload)
    assert values(decoded) == kept
    assert not decoded.rejected
    assert not decoded.presses


def test_battery_and_link_are_states_not_readings() -> None:
    decoded = heard("zigbee2mqtt/bedroom_motion", {"occupancy": True, "battery": 80, "linkquality": 120})
    [state] = decoded.devices
    assert (state.battery, state.link, state.heard) == (80, 120, True)
    assert values(decoded) == {"motion": 1}


@pytest.mark.parametrize("last_seen", ["2026-11-22T09:29:00+09:00", "2026-11-22T00:29:00Z", 1795307340000])
def test_last_seen_is_the_time_of_a_zigbee_message(last_seen: object) -> None:
    [got] = heard("zigbee2mqtt/bedroom_motion", {"occupancy": True, "last_seen": last_seen}).readings
    assert got.reading.at == NOW - timedelta(minutes=1)
    assert got.own_time


def test_without_last_seen_the_arrival_is_the_time() -> None:
    [got] = heard("zigbee2mqtt/bedroom_motion", {"occupancy": True}).readings
    assert got.reading.at == NOW
    assert not got.own_time


@pytest.mark.parametrize("payload", [b'{"state":"online"}', b"online", b'"online"'])
def test_availability_and_bridge_state_in_both_spellings(payload: bytes) -> None:
    assert heard("zigbee2mqtt/front_door/availability", payload).devices[0].online is True
    assert heard("zigbee2mqtt/bridge/state", payload).gateways[0].online is True
    assert heard("zigbee2mqtt/bridge/state", payload.replace(b"online", b"offline")).gateways[0].online is False


def test_retained_is_a_state_but_never_life() -> None:
    decoded = heard("zigbee2mqtt/bedroom_motion", {"occupancy": True, "battery": 9}, retained=True)
    assert not decoded.readings
    assert reasons(decoded) == [Reason.RETAINED]
    assert (decoded.devices[0].battery, decoded.devices[0].heard) == (9, False)
    assert not heard("zigbee2mqtt/bridge/state", b"online", retained=True).gateways[0].heard


def test_commands_and_bridge_chatter_are_neither_readings_nor_faults() -> None:
    for topic in ("zigbee2mqtt/plug/set", "zigbee2mqtt/plug/get", "zigbee2mqtt/bridge/info", "sos/ack"):
        decoded = heard(topic, {"state": "ON"})
        assert not decoded.readings
        assert not decoded.rejected
        assert not decoded.presses


@pytest.mark.parametrize(
    ("payload", "verified"),
    [
        ({"action": "single"}, True),
        ({"action": "emergency", "last_seen": "2020-01-01T00:00:00Z"}, True),  # late, and still an SOS
        ({"action": 7}, False),
        (b"{broken", False),
        (b"\xff\xfe", False),
    ],
)
def test_a_zigbee_button_is_an_sos(payload: object, verified: bool) -> None:
    [press] = heard("zigbee2mqtt/button", payload).presses
    assert press.device == "button"
    assert press.verified is verified


def test_a_button_saying_nothing_was_pressed_is_no_sos() -> None:
    for payload in ({"action": ""}, {"action": None}, {"battery": 100}):
        assert not heard("zigbee2mqtt/button", payload).presses
    assert not heard("zigbee2mqtt/plug", {"action": "single"}).presses


NATIVE = [
    ({"kind": "motion", "value": 1}, {"motion": 1}),
    ({"kind": "motion", "value": True}, {"motion": 1}),
    ({"kind": "temperature", "value": 68, "unit": "°F"}, {"temperature": 20}),
    ({"kind": "glucose", "value": 5.5, "unit": "mmol/L"}, {"glucose": 5.5 * 18.0182}),
    (
        [{"kind": "systolic", "value": 141, "unit": "mmHg"}, {"kind": "diastolic", "value": 88}],
        {"systolic": 141, "diastolic": 88},
    ),
]


@pytest.mark.parametrize(("payload", "kept"), NATIVE)
def test_native_readings_single_or_list(payload: object, kept: dict[str, float]) -> None:
    decoded = heard("readings/plug", payload)
    assert values(decoded) == pytest.approx(kept)
    assert not decoded.rejected


def test_a_native_reading_keeps_its_id_and_its_time() -> None:
    payload = {"id": "x-1", "at": "2026-11-22T09:28:00+09:00", "kind": "power", "value": 3}
    [got] = heard("readings/plug", payload).readings
    assert (got.reading.id, got.reading.at, got.own_time) == ("x-1", NOW - timedelta(minutes=2), True)
    [listed] = heard("readings/plug", [payload]).readings
    assert listed == got


REFUSED = [
    (b"", Reason.NOT_JSON),
    (b"\xff\xfe\x00", Reason.NOT_JSON),
    (b"{", Reason.NOT_JSON),
    (b"[" * 100_000, Reason.NOT_JSON),
    (b'{"kind":"power","value":' + b"9" * 5_000 + b"}", None),
    (b"[]", Reason.MALFORMED),
    (b"7", Reason.MALFORMED),
    ({"kind": "power"}, Reason.MALFORMED),
    ({"kind": "power", "value": "12"}, Reason.MALFORMED),
    ({"kind": "power", "value": None}, Reason.MALFORMED),
    (b'{"kind":"power","value":NaN}', Reason.NOT_A_NUMBER),
    (b'{"kind":"power","value":-Infinity}', Reason.NOT_A_NUMBER),
    ({"kind": "power", "value": 1e308}, Reason.OUT_OF_RANGE),
    ({"kind": "motion", "value": 2}, Reason.OUT_OF_RANGE),
    ({"kind": "humidity", "value": 101}, Reason.OUT_OF_RANGE),
    ({"kind": "telepathy", "value": 1}, Reason.UNKNOWN_KIND),
    ({"kind": "power", "value": 1, "unit": "stone"}, Reason.BAD_UNIT),
    ({"kind": "power", "value": 1, "at": "yesterday"}, Reason.BAD_TIME),
    ({"kind": "power", "value": 1, "at": "2026-11-22T09:30:00"}, Reason.BAD_TIME),
    ({"kind": "power", "value": 1, "at": "2026-11-22T09:32:01+09:00"}, Reason.FUTURE),
    ({"kind": "power", "value": 1, "at": "2026-11-20T09:29:59+09:00"}, Reason.STALE),
    ({"kind": "power", "value": 1, "at": "0001-01-01T00:00:00+23:59"}, Reason.STALE),
    (b" " * (MAX_PAYLOAD + 1), Reason.TOO_LARGE),
]


@pytest.mark.parametrize(("payload", "reason"), REFUSED)
def test_what_cannot_be_used_says_why(payload: object, reason: Reason | None) -> None:
    decoded = heard("readings/plug", payload)
    assert not decoded.readings
    assert len(decoded.rejected) == 1
    if reason is not None:
        assert reasons(decoded) == [reason]


def test_one_bad_reading_of_a_list_does_not_cost_the_others() -> None:
    decoded = heard("readings/plug", [{"kind": "power", "value": 5}, {"kind": "power", "value": "x"}, 7])
    assert values(decoded) == {"power": 5}
    assert reasons(decoded) == [Reason.MALFORMED, Reason.MALFORMED]


def test_one_bad_property_does_not_cost_the_others() -> None:
    decoded = heard("zigbee2mqtt/plug", b'{"power": 5, "temperature": NaN, "smoke": "yes", "humidity": 1e308}')
    assert values(decoded) == {"power": 5}
    assert sorted(reasons(decoded)) == [Reason.MALFORMED, Reason.NOT_A_NUMBER, Reason.OUT_OF_RANGE]


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("homes/home-999/readings/plug", Reason.UNKNOWN_HOME),
        ("homes/home-001/readings/nothing", Reason.UNKNOWN_DEVICE),
        ("homes/home-001/zigbee2mqtt/nothing", Reason.UNKNOWN_DEVICE),
        ("homes/home-001/zigbee2mqtt/nothing/availability", Reason.UNKNOWN_DEVICE),
        ("homes/home-001/tasmota/tele/nothing/SENSOR", Reason.UNKNOWN_DEVICE),
        ("homes/home-001/BTtoMQTT/nothing", Reason.UNKNOWN_DEVICE),
        ("homes/home-001/elsewhere", Reason.TOPIC),
        ("houses/home-001/readings/plug", Reason.TOPIC),
        ("homes", Reason.TOPIC),
        ("", Reason.TOPIC),
    ],
)
def test_unknown_places_are_quarantined(topic: str, reason: Reason) -> None:
    decoded = decode(Message(topic, b'{"kind":"power","value":1}', NOW), homes, NOW)
    assert reasons(decoded) == [reason]
    assert not decoded.readings


def test_tasmota_energy_and_climate() -> None:
    said = {
        "Time": "2026-11-22T09:29:30",
        "ENERGY": {"Total": 3.185, "Power": [10, 20], "Voltage": 220},
        "AM2301": {"Temperature": 70.7, "Humidity": 48.2},
        "TempUnit": "F",
    }
    decoded = heard("tasmota/tele/plug/SENSOR", said)
    expected = {"energy": 3.185, "power": 30, "temperature": 21.5, "humidity": 48.2}
    assert values(decoded) == pytest.approx(expected)
    assert not decoded.readings[0].own_time  # local time without offset: only the arrival is certain
    assert heard("tasmota/tele/plug/LWT", b"Offline").devices[0].online is False
    assert heard("tasmota/tele/plug/STATE", {"UptimeSec": 1}) == Decoded()


def test_bluetooth_health_devices() -> None:
    blood = {"id": "A4:C1:38:11:22:33", "rssi": -60, "systolic": 151, "diastolic": 92, "bpm": 71, "batt": 55}
    decoded = heard("BTtoMQTT/a4:c1:38:11:22:33", blood)
    assert values(decoded) == {"systolic": 151, "diastolic": 92, "heart_rate": 71}
    assert decoded.devices[0].battery == 55
    assert all(got.reading.id is None for got in decoded.readings)  # the address is not the reading's id
    assert values(heard("BTtoMQTT/thermo", {"tempc": 37.2})) == {"body_temperature": 37.2}
    scale = heard("BTtoMQTT/thermo", {"weight": 120, "unit": "lb", "impedance": 500})
    assert values(scale) == pytest.approx({"weight": 54.43108})
    person = {"type": "SCALE", "weighing_mode": "person", "unit": "kg", "weight": 61.75}
    assert values(heard("BTtoMQTT/thermo", person)) == {"weight": 61.75}
    bag = heard("BTtoMQTT/thermo", {**person, "weighing_mode": "object", "weight": 9.55})
    assert (bag.readings, bag.rejected, len(bag.devices)) == ([], [], 1)


@pytest.mark.parametrize(("said", "value"), [("open", 1), ("closed", 0), ("timeout not closed", 1)])
def test_a_bluetooth_door_says_it_in_words(said: str, value: float) -> None:
    assert values(heard("BTtoMQTT/thermo", {"contact": said, "motion": False})) == {"contact": value, "motion": 0}


@pytest.mark.parametrize("said", ["ajar", 7, [], True])
def test_a_contact_that_nobody_knows_is_shown(said: object) -> None:
    assert [one.reason for one in heard("BTtoMQTT/thermo", {"contact": said}).rejected] == [Reason.MALFORMED]


SOS = [
    # payload, id, verified
    ({"id": "p-1", "device": "button", "at": "2026-11-22T09:30:00+09:00"}, "p-1", True),
    ({"id": 17}, "17", True),
    (b"", None, True),
    ({}, None, True),
    ({"id": "p-1", "device": "nobody knows"}, "p-1", False),
    ({"id": "p-1", "at": "1970-01-01T00:00:00Z"}, "p-1", False),
    ({"id": "p-1", "at": 12.5, "device": ["x"]}, "p-1", False),
    (b'{"id": "p-1", "device": "butt', "p-1", False),
    (b"\xff\x00help", None, False),
    (b"[" * 100_000, None, False),
    (b"x" * (MAX_PAYLOAD + 1), None, False),
    ([1, 2], None, False),
    (b'{"id": "\\u0000\\ud83d"}', None, False),
]


@pytest.mark.parametrize(("payload", "ident", "verified"), SOS)
def test_anything_on_the_sos_topic_is_an_sos(payload: object, ident: str | None, verified: bool) -> None:
    decoded = heard("sos", payload)
    [press] = decoded.presses
    assert (press.id, press.verified) == (ident, verified)
    assert bool(decoded.rejected) is not verified


def test_an_sos_of_a_home_nobody_knows_is_still_an_sos_and_shown() -> None:
    decoded = decode(Message("homes/home-999/sos", b"{}", NOW), homes, NOW)
    [press] = decoded.presses
    assert (press.home, press.known_home) == ("home-999", False)
    assert reasons(decoded) == [Reason.UNKNOWN_HOME]


_keys = st.sampled_from(
    ["id", "at", "kind", "value", "unit", "action", "occupancy", "contact", "battery", "last_seen", "device", "Time"]
) | st.text(max_size=8)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=6),
    max_leaves=12,
)
_payloads = st.binary(max_size=200) | _json.map(lambda value: json.dumps(value).encode())
_topics = st.sampled_from(
    [
        "sos",
        "readings/plug",
        "readings/button",
        "zigbee2mqtt/button",
        "zigbee2mqtt/plug",
        "zigbee2mqtt/plug/availability",
        "zigbee2mqtt/bridge/state",
        "tasmota/tele/plug/SENSOR",
        "tasmota/tele/plug/LWT",
        "BTtoMQTT/thermo",
    ]
) | st.text(max_size=30)


@settings(max_examples=1_000, deadline=None)
@given(topic=_topics, payload=_payloads, retained=st.booleans())
def test_no_payload_breaks_the_decoder(topic: str, payload: bytes, retained: bool) -> None:
    decoded = heard(topic, payload, retained)
    if topic == "sos":
        assert len(decoded.presses) == 1
    for got in decoded.readings:
        assert got.reading.value == got.reading.value  # no NaN
        assert abs(got.reading.value) < 1e8
        assert NOW - timedelta(hours=48) <= got.reading.at <= NOW + timedelta(minutes=2)
    for press in decoded.presses:
        assert press.id is None or "\x00" not in press.id
