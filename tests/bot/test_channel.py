"""The chat as a channel: what arrives, what is refused for good, what is tried again, and who waits for whom."""

import asyncio
import time
from collections.abc import Callable

import pytest

from bot.channel import TelegramChannel
from bot.pace import FIRST, PATIENCE_S, PER_SECOND, ROUTINE, SOON, UNLIMITED, Pace
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
    channel = TelegramChannel(stage.telegram, stage.words, Pace(PER_SECOND))
    stage.channel = channel
    phones = [api.phone() for _ in range(60)]
    began = time.monotonic()
    burst = [asyncio.create_task(stage.send(phone, "안부 여쭙니다", kind="question")) for phone in phones]
    await asyncio.sleep(0.3)
    coordinator = api.phone()
    await stage.send(coordinator, "응급", level="emergency")
    assert not all(sent.done() for sent in burst)
    await asyncio.gather(*burst)
    assert time.monotonic() - began > 1.5
    assert all(phone.texts == ["안부 여쭙니다"] for phone in phones)


class Ticks:
    """A monotonic clock that the test moves; what was put off until then happens."""

    def __init__(self, per_second: int) -> None:
        self.at = 100.0
        self._put_off: list[tuple[float, Callable[[], None]]] = []
        self.pace = Pace(per_second, clock=lambda: self.at, later=self._later)
        self.left: list[str] = []
        self.bounced: list[NotNow] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        self._put_off.append((self.at + seconds, call))

    async def send(self, chat: str, weight: int = ROUTINE, *, line: bool = True, takes: float = 0.0) -> None:
        """Have one sent, answered after so many seconds; it stands in `left` once it has left."""
        self._tasks.add(asyncio.create_task(self._send(chat, weight, line, takes)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _send(self, chat: str, weight: int, line: bool, takes: float) -> None:
        answered = asyncio.Event()
        try:
            async with self.pace.turn(chat, weight, line=line):
                self.left.append(chat)
                if takes:
                    self._later(takes, answered.set)
                    await answered.wait()
        except NotNow as wait:
            self.bounced.append(wait)

    async def moves(self, seconds: float) -> list[str]:
        """So much later; who has left meanwhile."""
        before, until = len(self.left), self.at + seconds
        while due := [each for each in self._put_off if each[0] <= until]:
            self.at, call = first = min(due, key=lambda each: each[0])
            self._put_off.remove(first)
            call()
            for _ in range(3):
                await asyncio.sleep(0)
        self.at = until
        return self.left[before:]


async def test_no_second_holds_more_than_allowed_however_slow_the_answers() -> None:
    ticks = Ticks(4)
    for chat in "abcdef":
        await ticks.send(chat, takes=0.5)
    assert ticks.left == ["a", "b", "c"], "one place is left to emergencies"
    assert await ticks.moves(1.4) == [], "each counts until a second after its answer"
    assert await ticks.moves(0.2) == ["d", "e", "f"]


async def test_a_chat_gets_one_a_second_and_holds_nobody_else_up() -> None:
    ticks = Ticks(30)
    for chat in "aab":
        await ticks.send(chat)
    assert ticks.left == ["a", "b"]
    assert await ticks.moves(0.9) == []
    assert await ticks.moves(0.2) == ["a"]


async def test_an_edit_holds_no_line_up() -> None:
    ticks = Ticks(30)
    await ticks.send("a", line=False)
    await ticks.send("a")
    await ticks.send("a", line=False)
    assert ticks.left == ["a", "a", "a"]


async def test_whoever_would_wait_long_goes_back_to_the_outbox() -> None:
    ticks = Ticks(30)
    for _ in range(4):
        await ticks.send("a")
    (wait,) = ticks.bounced
    assert wait.retry_after_s == pytest.approx(3.0)
    assert wait.full, "no failure: it is tried again just then"
    await ticks.moves(4.0)
    assert (ticks.left, len(ticks.bounced)) == (["a"] * 3, 1)


async def test_a_message_whose_turn_never_came_goes_back_before_any_time_out() -> None:
    ticks = Ticks(2)
    await ticks.send("a", takes=10.0)
    await ticks.send("b")
    assert await ticks.moves(PATIENCE_S) == []
    assert [wait.full for wait in ticks.bounced] == [True]
    assert ticks.bounced[0].retry_after_s is not None
    await ticks.moves(8.0)
    await ticks.send("b")
    assert ticks.left == ["a", "b"], "the place that it did not use is free"


async def test_a_sender_that_gives_up_leaves_no_place_taken() -> None:
    ticks = Ticks(2)
    await ticks.send("a", takes=1.0)
    await ticks.send("b")
    for task in ticks._tasks:
        task.cancel()
    await asyncio.gather(*ticks._tasks, return_exceptions=True)
    await ticks.moves(1.1)
    await ticks.send("c")
    assert ticks.left == ["a", "c"]


async def test_a_group_gets_twenty_a_minute() -> None:
    ticks = Ticks(30)
    for _ in range(20):
        await ticks.send("-100")
        await ticks.moves(1.5)
    assert len(ticks.left) == 20
    await ticks.send("-100")
    (wait,) = ticks.bounced
    assert wait.retry_after_s == pytest.approx(30, abs=0.1)
    await ticks.moves(30.1)
    await ticks.send("-100")
    assert len(ticks.left) == 21


async def test_a_refused_emergency_is_the_next_to_get_in() -> None:
    ticks = Ticks(30)
    ticks.pace.shut("a", 0.5, urgent=True)
    with pytest.raises(NotNow, match="too many requests"):
        async with ticks.pace.turn("a", FIRST):
            raise AssertionError("Telegram would refuse it too")
    await ticks.moves(0.6)
    await ticks.send("a")
    assert ticks.left == [], "the routine one waits"
    await ticks.send("a", FIRST)
    assert ticks.left == ["a"], "the emergency does not"
    assert await ticks.moves(2.0) == ["a"]


async def test_an_emergency_goes_before_all_that_waits_and_a_page_before_the_routine() -> None:
    ticks = Ticks(3)
    for chat in "abcd":
        await ticks.send(chat)
    await ticks.send("page", SOON)
    await ticks.send("sos", FIRST)
    assert ticks.left == ["a", "b", "sos"], "a place was kept for it"
    await ticks.send("second sos", FIRST)
    assert await ticks.moves(1.1) == ["second sos", "page"]
    assert await ticks.moves(1.0) == ["c", "d"]


async def test_a_city_server_is_fast_until_it_says_otherwise() -> None:
    assert TelegramApi("1:x", "http://127.0.0.1:1").official is False
    ticks = Ticks(UNLIMITED)
    for number in range(100):
        await ticks.send(str(number))
    assert len(ticks.left) == 100
    ticks.pace.shut("a", 5)
    await ticks.moves(1.1)
    for number in range(100):
        await ticks.send(str(number))
    assert len(ticks.left) == 100 + PER_SECOND - 1
