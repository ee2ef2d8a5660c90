"""The chat as a channel: what arrives, what is refused for good, what is tried again, and who waits for whom."""

import asyncio
import time

import pytest

from bot.channel import TelegramChannel
from bot.pace import PER_SECOND, Pace
from bot.telegram import TelegramApi
from escalations.channel import NotNow, Refused
from tests.bot.conftest import Stage
from tests.fakes.bot_api import BotApi


async def test_a_page_arrives_with_its_button_and_its_receipt_names_the_message(stage: Stage, api: BotApi) -> None:
    phone = api.phone()
    body = {"text": "응급: 김안부", "buttons": [{"text": "내가 확인할게요", "data": "ack:e-1"}]}
    ref = await stage.send(phone, "", body=body, level="emergency")
    assert phone.last.text == "응급: 김안부"
    assert phone.last.buttons == [("내가 확인할게요", "ack:e-1")]
    assert ref == str(phone.last.id)


async def test_names_that_look_like_markup_stay_what_they_are(stage: Stage, api: BotApi) -> None:
    phone = api.phone()
    text = "<b>김안부</b> *굵게* [링크](http://example.kr) &amp; _밑줄_ `코드`"
    await stage.send(phone, text)
    assert phone.last.text == text
    assert phone.last.parse_mode is None


async def test_an_edit_changes_the_earlier_page_and_takes_its_button_away(stage: Stage, api: BotApi) -> None:
    phone = api.phone()
    page = {"text": "응급", "buttons": [{"text": "내가 확인할게요", "data": "ack:e-1"}]}
    ref = await stage.send(phone, "", body=page)
    edit = {"text": "응급 · 박담당 님이 맡았어요", "edit": True, "ref": ref}
    assert await stage.send(phone, "", body=edit, kind="notice") == ref
    assert await stage.send(phone, "", body=edit, kind="notice") == ref  # repeated after a crash: not modified
    assert [(message.text, message.buttons) for message in phone.messages] == [("응급 · 박담당 님이 맡았어요", [])]


async def test_an_edit_of_a_message_that_is_gone_becomes_a_new_line(stage: Stage, api: BotApi) -> None:
    phone = api.phone()
    await stage.send(phone, "", body={"text": "박담당 님이 맡았어요", "edit": True, "ref": "404"}, kind="notice")
    await stage.send(phone, "", body={"text": "이어서", "edit": True, "ref": None}, kind="notice", level="emergency")
    assert phone.texts == ["박담당 님이 맡았어요", "이어서"]


async def test_too_long_a_text_or_a_button_costs_no_page(stage: Stage, api: BotApi) -> None:
    phone = api.phone()
    body = {
        "text": "가" * 5000,
        "buttons": [{"text": "아주 긴 대답", "data": "say:" + "네" * 40}, {"text": "x", "data": ""}],
    }
    await stage.send(phone, "", body=body)
    assert len(phone.last.text) == 4096
    assert [len(data.encode()) <= 64 for _, data in phone.last.buttons] == [True]


async def test_a_page_without_words_still_says_that_there_is_one(stage: Stage, api: BotApi) -> None:
    phone = api.phone()
    await stage.send(phone, "  ")
    assert "관제 화면" in phone.last.text


async def test_blocked_and_unknown_chats_are_refused_for_good(stage: Stage, api: BotApi) -> None:
    phone = api.phone()
    phone.blocked = True
    with pytest.raises(Refused) as blocked:
        await stage.send(phone, "안녕하세요")
    assert blocked.value.reason == "blocked by the receiver"
    phone.chat = 404
    with pytest.raises(Refused) as unknown:
        await stage.send(phone, "안녕하세요")
    assert unknown.value.reason == "chat not found"
    assert phone.messages == []


@pytest.mark.parametrize("kind", ["500", "502", "401", "404", "garbage", "ok_false", "409"])
async def test_what_may_pass_is_tried_again_later(stage: Stage, api: BotApi, kind: str) -> None:
    phone = api.phone()
    api.fault(kind)
    with pytest.raises(NotNow):
        await stage.send(phone, "안녕하세요")
    await stage.send(phone, "안녕하세요", level="emergency")
    assert phone.texts == ["안녕하세요"]


async def test_nobody_knows_whether_it_arrived_when_the_answer_is_lost(stage: Stage, api: BotApi) -> None:
    phone = api.phone()
    api.fault("late")
    with pytest.raises(TimeoutError):
        await stage.send(phone, "안녕하세요")
    assert phone.texts == ["안녕하세요"]


async def test_a_server_that_hangs_does_not_hold_the_lease(
    stage: Stage, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.CALL_TAKES", 0.2)
    api.fault("hang")
    with pytest.raises(TimeoutError):
        await stage.send(api.phone(), "안녕하세요")


async def test_a_server_that_is_away_is_told_at_once(stage: Stage, api: BotApi) -> None:
    await api.stop()
    with pytest.raises(NotNow):
        await stage.send(api.phone(), "안녕하세요")


async def test_too_many_requests_delay_only_that_chat(stage: Stage, api: BotApi) -> None:
    slow, other = api.phone(), api.phone()
    api.fault(429, chat=slow.chat, retry_after=7)
    with pytest.raises(NotNow) as first:
        await stage.send(slow, "하나")
    with pytest.raises(NotNow) as second:
        await stage.send(slow, "응급", level="emergency")  # Telegram would refuse it too
    await stage.send(other, "둘")
    assert first.value.retry_after_s == 7
    assert second.value.retry_after_s == pytest.approx(7, abs=0.5)
    assert (slow.texts, other.texts) == ([], ["둘"])
    assert len([call for call in api.asked("sendMessage") if call.chat == slow.chat]) == 1


async def test_under_telegrams_real_limits_a_burst_loses_nothing_and_an_emergency_goes_first(
    stage: Stage, api: BotApi
) -> None:
    api.chats.limits = True
    channel = TelegramChannel(stage.telegram, stage.words, Pace(28))
    stage.channel = channel
    phones = [api.phone() for _ in range(60)]
    began = time.monotonic()
    burst = [asyncio.create_task(stage.send(phone, "안부 여쭙니다", kind="question")) for phone in phones]
    await asyncio.sleep(0.3)
    coordinator = api.phone()
    paged = time.monotonic()
    await stage.send(coordinator, "응급", level="emergency")
    assert time.monotonic() - paged < 0.5
    await asyncio.gather(*burst)
    assert time.monotonic() - began > 1.5
    assert all(phone.texts == ["안부 여쭙니다"] for phone in phones)


class Ticks:
    """A monotonic clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))

    def pace(self, per_second: float) -> Pace:
        return Pace(per_second, clock=self.clock, sleep=self.sleep)


async def test_the_pace_is_one_a_second_to_a_chat_and_so_many_in_all() -> None:
    ticks = Ticks()
    pace = ticks.pace(10)
    for chat in ("a", "b", "a", "c"):
        await pace.turn(chat)
    assert ticks.slept == [0.1, 1.0, 0.3]


async def test_an_edit_holds_no_line_up() -> None:
    ticks = Ticks()
    pace = ticks.pace(1000)
    await pace.turn("a", line=False)
    await pace.turn("a")
    await pace.turn("a", line=False)
    assert sum(ticks.slept) < 0.01


async def test_whoever_would_wait_long_goes_back_to_the_outbox() -> None:
    ticks = Ticks()
    pace = ticks.pace(10)
    for _ in range(4):
        await pace.turn("a")
    with pytest.raises(NotNow) as wait:
        await pace.turn("a")
    assert wait.value.retry_after_s == pytest.approx(4.0)
    assert wait.value.full, "no failure: it is tried again just then"
    await pace.turn("a", urgent=True)
    assert ticks.slept == [1.0, 2.0, 3.0]


async def test_a_group_gets_twenty_a_minute() -> None:
    ticks = Ticks()
    pace = ticks.pace(1000)
    for _ in range(20):
        await pace.turn("-100")
        ticks.at += 1
    with pytest.raises(NotNow) as wait:
        await pace.turn("-100")
    assert wait.value.retry_after_s == pytest.approx(40, abs=0.1)


async def test_a_refused_emergency_is_the_next_to_get_in() -> None:
    ticks = Ticks()
    pace = ticks.pace(1000)
    pace.shut("a", 1.0, urgent=True)
    ticks.at += 1.1
    await pace.turn("a")
    await pace.turn("a", urgent=True)
    assert ticks.slept == [pytest.approx(1.9)], "the routine one waits, the emergency does not"


async def test_whoever_waits_makes_room_for_an_emergency() -> None:
    ticks = Ticks()
    pace = ticks.pace(10)

    async def sleep(seconds: float) -> None:
        await ticks.sleep(seconds)
        if len(ticks.slept) == 1:
            await pace.turn("c", urgent=True)

    pace._sleep = sleep
    await pace.turn("a")
    await pace.turn("b")
    assert ticks.slept == [0.1, 0.1], "b waits a turn longer, the emergency not at all"


async def test_a_city_server_is_fast_until_it_says_otherwise() -> None:
    assert TelegramApi("1:x", "http://127.0.0.1:1").official is False
    ticks = Ticks()
    pace = ticks.pace(300)
    for chat in "abc":
        await pace.turn(chat)
    assert sum(ticks.slept) < 0.02
    pace.shut("a", 5)
    ticks.at += 1
    await pace.turn("d")
    await pace.turn("e")
    assert ticks.slept[-1] == pytest.approx(1 / PER_SECOND, abs=0.001)
