"""Section 5 of the contract from a home's gateway: what counts as life, what as an SOS, and what is put aside."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.acceptance.conftest import Gateway, Home, until
from tests.needs import PATIENCE_S

pytestmark = pytest.mark.asyncio(loop_scope="session")


def ago(home: Home, **span: float) -> str:
    return (home.town.now() - timedelta(**span)).isoformat()


async def counts(home: Home, gateway: Gateway, topic: str, payload: Any) -> dict[str, int]:
    """What the counters say of one message, once it has been dealt with."""
    before = await home.town.counted()
    gateway.say(topic, payload)
    after = before
    async with asyncio.timeout(PATIENCE_S):
        while after == before:
            await asyncio.sleep(0.05)
            after = await home.town.counted()
    return {name: value - before[name] for name, value in after.items() if value != before[name]}


NEW, AGAIN, ASIDE = {"total": 1}, {"duplicate_total": 1}, {"quarantined_total": 1}


async def test_zigbee2mqtt_as_it_comes(home: Home) -> None:
    gateway, topic, at = await home.gateway(), "zigbee2mqtt/bedroom_motion", int(home.town.now().timestamp() * 1000)
    plain = {"occupancy": True, "battery": 90, "linkquality": 100}
    assert await counts(home, gateway, topic, plain) == NEW
    assert await counts(home, gateway, topic, plain) == NEW, "without a time of its own a message is new"
    assert await counts(home, gateway, topic, {"occupancy": True, "last_seen": at}) == NEW
    assert await counts(home, gateway, topic, {"occupancy": True, "last_seen": at}) == AGAIN
    assert await counts(home, gateway, topic, {"occupancy": True, "last_seen": ago(home, seconds=5)}) == NEW
    several = {"contact": False, "temperature": 21.5, "humidity": 40, "battery": 20, "voltage": 3000}
    assert await counts(home, gateway, "zigbee2mqtt/door", several) == {"total": 3}
    for state in ("zigbee2mqtt/door/availability", "zigbee2mqtt/bridge/state"):
        gateway.say(state, {"state": "online"})
    assert await counts(home, gateway, topic, {"occupancy": False}) == NEW, "states are no readings"


async def test_readings_of_their_own_form(home: Home) -> None:
    gateway, topic = await home.gateway(), "readings/bedroom_motion"
    named = {"id": "n1", "at": ago(home, seconds=1), "kind": "motion", "value": 1}
    unnamed = {"at": ago(home, seconds=2), "kind": "motion", "value": 1}
    assert await counts(home, gateway, topic, named) == NEW
    assert await counts(home, gateway, topic, named) == AGAIN
    assert await counts(home, gateway, topic, unnamed) == NEW
    assert await counts(home, gateway, topic, unnamed) == AGAIN
    mixed = [{**named, "id": "n2"}, {**named, "id": "n3", "kind": "temperature", "value": 20}]
    assert await counts(home, gateway, topic, mixed) == {"total": 2}


async def test_what_cannot_be_true_is_put_aside_with_its_reason(home: Home) -> None:
    gateway, topic = await home.gateway(), "readings/bedroom_motion"
    one = {"kind": "motion", "value": 1}
    told: list[tuple[str, Any, str]] = [
        (topic, one | {"at": ago(home, minutes=-3)}, "future"),
        (topic, one | {"at": ago(home, hours=49)}, "stale"),
        (topic, b'{"kind": "motion", "value": NaN}', "not_a_number"),
        (topic, one | {"kind": "mood"}, "unknown_kind"),
        (topic, b"[" + b" " * 300_000 + b"]", "too_large"),
        ("zigbee2mqtt/nobody_knows", {"occupancy": True}, "unknown_device"),
        ("zigbee2mqtt/bedroom_motion", b"{", "not_json"),
    ]
    for where, payload, _reason in told:
        assert await counts(home, gateway, where, payload) == ASIDE, payload
    shown = [item for item in (await home.town.get("quarantine?limit=200"))["items"] if home.id in item["topic"]]
    assert [item["reason"] for item in shown] == [reason for *_, reason in reversed(told)]
    assert await home.open() == []


async def test_a_gateway_speaks_for_its_own_home_only(home: Home) -> None:
    gateway = await home.gateway()
    gateway.client.publish("homes/home-040/sos", b"not mine", qos=1)
    await asyncio.sleep(0.5)
    assert await Home(home.town, 40).open() == []
    assert gateway.acks == []


@pytest.mark.parametrize(("user", "password"), [(None, None), ("home-040", "wrong")])
async def test_nobody_comes_in_without_the_homes_password(home: Home, user: str | None, password: str | None) -> None:
    said: list[bool] = []
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: said.append(reason.is_failure)
    if user is not None:
        client.username_pw_set(user, password)
    client.connect("127.0.0.1", home.town.service.mqtt_port)
    client.loop_start()
    await until(lambda: said)
    client.disconnect()
    client.loop_stop()
    assert said == [True]


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("sos", b""),
        ("sos", b"\xff\xfe{broken"),
        ("sos", b"[1, 2]"),
        ("sos", b'{"id": null, "at": NaN}'),
        ("sos", {"id": "old", "at": "2020-01-01T00:00:00Z", "device": "nobody_knows"}),
        ("zigbee2mqtt/button", {"action": "single", "battery": 80}),
        ("readings/button", {"kind": "sos", "value": 1}),
    ],
)
async def test_whatever_a_button_says_is_an_sos(home: Home, topic: str, payload: Any) -> None:
    ack = await (await home.gateway()).press(payload, topic)
    assert ack["id"]
    assert datetime.fromisoformat(ack["at"]).tzinfo is not None
    [found] = await home.open()
    assert (found["id"], found["level"]) == (ack["escalation"], "emergency")


async def test_one_press_is_one_sos_for_a_day_also_after_closing(home: Home) -> None:
    gateway = await home.gateway()
    first = await gateway.press({"id": "p1"})
    closed = await home.town.call("POST", f"escalations/{first['escalation']}/close", json={"outcome": "false_alarm"})
    assert closed.status_code == 200
    assert (await gateway.press({"id": "p1"}))["escalation"] == first["escalation"]
    assert await home.open() == []
    second = await gateway.press({"id": "p2"})
    assert second["escalation"] != first["escalation"]
    assert (await gateway.press({"id": "p3"}))["escalation"] == second["escalation"], "within half an hour they join"
    assert [found["id"] for found in await home.open()] == [second["escalation"]]


async def test_a_released_button_and_a_battery_are_no_sos(home: Home) -> None:
    gateway = await home.gateway()
    gateway.say("zigbee2mqtt/button", {"action": "", "battery": 80})
    gateway.say("zigbee2mqtt/button", json.dumps({"battery": 79}).encode())
    await asyncio.sleep(0.5)
    assert await home.open() == []
    assert gateway.acks == []
