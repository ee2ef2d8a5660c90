"""The whole loop, from outside: a sign at home, and the person who comes."""

import asyncio
import json

import pytest

from tests.acceptance.conftest import Home, next_of, until
from tests.fakes.phone import Message

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_pressed_button_reaches_people_until_one_of_them_has_taken_it(home: Home) -> None:
    await home.town.link(home.contact)
    daughter, rank1 = home.town.phones[home.contact], home.town.phones["u-001"]
    gateway = await home.gateway()
    ack = await gateway.press({"id": "press-1", "device": "button"})
    await until(lambda: home.shown("u-001") and home.shown(home.contact))
    assert ack["id"] == "press-1"
    page = rank1.find(home.name)
    assert page is not None
    assert page.buttons == [("내가 확인할게요", f"ack:{ack['escalation']}")]
    assert home.shown("u-002") == []

    assert (await gateway.press({"id": "press-1", "device": "button"}))["escalation"] == ack["escalation"]

    daughter.presses("내가 확인할게요")
    await until(lambda: any("이안부" in text for text in home.shown("u-001")))
    found = await home.town.get(f"escalations/{ack['escalation']}")
    assert (found["state"], found["level"], found["resident"]) == ("open", "emergency", home.resident)
    assert found["confirmed_by"]

    rank1.presses_data(f"ack:{ack['escalation']}", page)
    await until(lambda: any("박담당" in text for text in daughter.texts))
    found = await home.town.get(f"escalations/{ack['escalation']}")
    assert (found["state"], found["acknowledged_by"]) == ("acknowledged", "u-001")

    answer = await home.town.call("POST", f"escalations/{ack['escalation']}/close", json={"outcome": "safe"})
    assert answer.status_code == 200
    await until(lambda: "마무리" in daughter.last.text)
    assert home.shown("u-002") == []


async def test_only_who_may_takes_an_emergency_in_the_chat(home: Home) -> None:
    await home.town.link(home.resident)
    stranger = home.town.api.phone("낯선 이")
    ack = await (await home.gateway()).press({"id": "1"})
    for phone in (stranger, home.town.phones[home.resident]):
        phone.presses_data(f"ack:{ack['escalation']}")
        await phone.is_answered()
    stranger.says(f"/start {home.town.printed['telegram'][home.resident]}")  # used already
    stranger.says("/open")
    await asyncio.sleep(1)
    assert len(stranger.messages) == 1
    assert home.name not in stranger.last.text
    found = await home.town.get(f"escalations/{ack['escalation']}")
    assert (found["state"], found["confirmed_by"], found["acknowledged_by"]) == ("open", None, None)


async def test_a_check_in_by_chat_is_asked_answered_and_scored(home: Home) -> None:
    await home.town.link(home.resident)
    phone, path = home.town.phones[home.resident], f"residents/{home.resident}/checkins"
    assert (await home.town.call("POST", path, json={})).status_code == 201
    assert (await home.town.call("POST", path, json={})).status_code == 409
    await until(lambda: phone.messages)
    for answer in ("응, 잘 지냈어요.", "잠도 푹 잘 잤어요.", "밥 먹었어요.", "이제 그만할게요."):
        shown: list[Message] = list(phone.messages)
        phone.says(answer)
        await until(lambda shown=shown: len(phone.messages) > len(shown))  # type: ignore[misc]
    [checkin] = (await home.town.get(path))["items"]
    assert (checkin["state"], checkin["channel"]) == ("answered", "telegram")
    assert [turn["who"] for turn in checkin["turns"]][:3] == ["service", "resident", "service"]
    score = (await home.town.get(f"residents/{home.resident}"))["score"]
    assert {reason["part"] for reason in score["reasons"]} >= {"answering", "sleep", "meals"}
    assert home.shown("u-001") == []


async def test_a_check_in_nobody_can_be_asked_reaches_the_other_channel_at_once(home: Home) -> None:
    """Attempt 1 is the speaker's; it is not there, so the chat has the question within seconds."""
    await home.town.link(home.resident)
    path = f"residents/{home.resident}/checkins"
    assert (await home.town.call("POST", path, json={})).status_code == 201
    await until(lambda: home.town.phones[home.resident].messages)
    [checkin] = (await home.town.get(path))["items"]
    assert (checkin["state"], checkin["channel"], checkin["attempts"]) == ("asked", "telegram", 1)


async def test_a_check_in_is_spoken_and_its_sound_is_the_homes_own(home: Home) -> None:
    async with home.speaker() as socket:
        assert (await next_of(socket, "welcome"))["called"] == "안부 어르신"
        assert (await home.town.call("POST", f"residents/{home.resident}/checkins", json={})).status_code == 201
        said = await next_of(socket, "say")
        assert said["listen"] is True
        path = f"{home.town.service.url}{said['audio']}"
        own = {"Authorization": f"Bearer {home.device_token}"}
        sound = await home.town.call("GET", path, role=None, headers=own)
        assert (sound.status_code, sound.content[:4]) == (200, b"RIFF")
        assert (await home.town.call("GET", path, role=None)).status_code == 401
        await socket.send(json.dumps({"type": "text", "text": "네, 잘 잤어요"}))
        await next_of(socket, "say")
    async with home.speaker() as again:  # the talk goes on where it was
        assert (await next_of(again, "say"))["listen"] is True


async def test_a_cry_for_help_at_the_speaker_is_heard_by_people(home: Home) -> None:
    async with home.speaker() as socket:
        await next_of(socket, "welcome")
        await socket.send(json.dumps({"type": "text", "text": "가슴이 조이듯이 아파요. 살려줘요"}))
        assert (await next_of(socket, "say"))["audio"].startswith("/audio/")
        await until(lambda: home.shown("u-001"))
        await socket.send(json.dumps({"type": "sos"}))
        confirmed = await next_of(socket, "sos_ack")
    [found] = await home.open()
    assert (found["level"], found["id"]) == ("emergency", confirmed["escalation"])
