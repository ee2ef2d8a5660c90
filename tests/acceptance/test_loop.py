"""The whole loop, from outside: a sign at home, and the person who comes."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.acceptance.conftest import Town, until
from tests.fakes.phone import Phone


async def test_a_pressed_button_reaches_people_until_one_of_them_has_taken_it(town: Town) -> None:
    await town.link("u-001", "u-002", "c-001")
    gateway = await town.gateway()
    gateway.say("sos", {"id": "press-1", "device": "button"})
    rank1, rank2, daughter = (town.phones[id] for id in ("u-001", "u-002", "c-001"))
    await until(lambda: rank1.messages and daughter.messages and gateway.acks, 5)

    [ack] = gateway.acks
    assert ack["id"] == "press-1"
    assert "김안부" in rank1.last.text
    assert rank1.last.buttons == [("내가 확인할게요", f"ack:{ack['escalation']}")]
    assert rank2.messages == []

    gateway.say("sos", {"id": "press-1", "device": "button"})
    await until(lambda: len(gateway.acks) == 2)
    assert gateway.acks[1]["escalation"] == ack["escalation"]

    daughter.presses("내가 확인할게요")
    await until(lambda: any("이안부" in text for text in rank1.texts))
    found = await town.get(f"escalations/{ack['escalation']}")
    assert (found["state"], found["level"], found["resident"]) == ("open", "emergency", "r-001")

    rank1.presses("내가 확인할게요")
    await until(lambda: any("박담당" in text for text in daughter.texts))
    found = await town.get(f"escalations/{ack['escalation']}")
    assert (found["state"], found["acknowledged_by"]) == ("acknowledged", "u-001")

    closed = await town.call(
        "POST", f"escalations/{ack['escalation']}/close", json={"outcome": "safe", "note": "통화함"}
    )
    assert closed.status_code == 200
    await until(lambda: "마무리" in daughter.last.text)
    assert rank2.messages == []


async def test_anything_at_all_on_the_sos_topic_is_an_sos(town: Town) -> None:
    await town.link("u-001")
    gateway = await town.gateway()
    gateway.say("sos", b"\xff\xfe{broken")
    await until(lambda: gateway.acks and town.phones["u-001"].messages, 5)
    assert gateway.acks[0]["id"]
    [found] = (await town.get("escalations?state=open"))["items"]
    assert found["id"] == gateway.acks[0]["escalation"]


async def test_a_check_in_by_chat_is_asked_answered_and_scored(town: Town) -> None:
    await town.link("r-001", "u-001")
    phone = town.phones["r-001"]
    started = await town.call("POST", "residents/r-001/checkins", json={})
    assert started.status_code == 201
    again = await town.call("POST", "residents/r-001/checkins", json={})
    assert again.status_code == 409
    await until(lambda: phone.messages)
    for answer in ("응, 잘 지냈어요.", "잠도 푹 잘 잤어요.", "밥 먹었어요.", "이제 그만할게요."):
        asked = len(phone.messages)
        phone.says(answer)
        await until(_more_than(asked, phone))
    [checkin] = (await town.get("residents/r-001/checkins"))["items"]
    assert (checkin["state"], checkin["channel"]) == ("answered", "telegram")
    assert [turn["who"] for turn in checkin["turns"]][:3] == ["service", "resident", "service"]
    score = (await town.get("residents/r-001"))["score"]
    assert {reason["part"] for reason in score["reasons"]} >= {"answering", "sleep", "meals"}
    assert town.phones["u-001"].messages == []


async def test_a_cry_for_help_at_the_speaker_is_heard_by_people(town: Town) -> None:
    await town.link("u-001")
    token = town.printed["devices"]["home-001/speaker-1"]
    url = f"{town.service.url.replace('http', 'ws')}/ws/speaker"
    async with connect(url, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        welcome = json.loads(await asyncio.wait_for(socket.recv(), 10))
        assert (welcome["type"], welcome["called"]) == ("welcome", "안부 어르신")
        await socket.send(json.dumps({"type": "text", "text": "가슴이 조이듯이 아파요. 살려줘요"}))
        said = await _next(socket, "say")
        assert said["audio"].startswith("/audio/")
        await until(lambda: town.phones["u-001"].messages, 5)
        await socket.send(json.dumps({"type": "sos"}))
        confirmed = await _next(socket, "sos_ack")
    [found] = (await town.get("escalations?state=open"))["items"]
    assert found["level"] == "emergency"
    assert confirmed["escalation"] == found["id"]


async def test_readings_are_counted_and_what_is_wrong_with_others_is_shown(town: Town) -> None:
    gateway = await town.gateway()
    gateway.say("zigbee2mqtt/bedroom_motion", {"occupancy": True, "battery": 90, "linkquality": 100})
    gateway.say("zigbee2mqtt/unknown_thing", {"occupancy": True})
    gateway.say("readings/bedroom_motion", b'{"kind": "motion", "value": NaN}')

    async def waits() -> int:
        return len((await town.get("quarantine"))["items"])

    end = asyncio.get_running_loop().time() + 10
    while await waits() < 2:
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.1)
    reasons = {item["reason"] for item in (await town.get("quarantine"))["items"]}
    assert "unknown_device" in reasons
    assert (await town.get("escalations?state=all"))["items"] == []


def _more_than(count: int, phone: Phone) -> Callable[[], bool]:
    return lambda: len(phone.messages) > count


async def _next(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 10))
        if message["type"] == kind:
            return dict(message)
