"""An update is handled once and never lost: kept before Telegram forgets it, and no chat stands in another's way."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot import inbox
from bot.loop import Webhook
from bot.tables import UpdateRow, UpdateState
from residents.sign import Level
from store import FixedClock
from tests.bot.conftest import Heard, Stage
from tests.bot.waiting import handled, until
from tests.fakes.bot_api import BotApi


async def test_what_a_resident_types_and_presses_reaches_the_conversation_once(stage: Stage, api: BotApi) -> None:
    bot = stage.bot()
    stage.start(bot)
    phone = await stage.linked("resident", "r-001")
    await stage.send(phone, "밥은 드셨어요?", body=_question("밥은 드셨어요?", "네", "아니요"), kind="question")

    phone.says("무릎이 아파요")
    phone.presses("네")
    await phone.is_answered()
    await until(lambda: len(stage.heard) == 2, "two utterances")
    await phone.sees("▶ 네")

    assert stage.checkins.heard == [Heard("r-001", "무릎이 아파요", None), Heard("r-001", "네", None)]
    assert phone.last.buttons == []
    assert len(phone.messages) == 1


async def test_killed_between_receiving_and_handling_nothing_is_lost_or_doubled(stage: Stage, api: BotApi) -> None:
    first = stage.start()
    phone = await stage.linked("resident", "r-001")
    await stage.stop(first)
    phone.says("하나")
    phone.says("둘")

    # The process received and kept them, then died before handling any: nothing was confirmed to Telegram either.
    received = await stage.telegram.updates(0, 0)
    await stage.store.awrite(inbox.receive, received, stage.clock.real())
    assert stage.heard == []

    stage.start()
    await until(lambda: len(stage.heard) == 2, "both utterances")
    phone.says("셋")
    await until(lambda: len(stage.heard) == 3, "the third")
    assert stage.heard == ["하나", "둘", "셋"]


async def test_killed_after_handling_and_before_confirming_the_repetition_does_nothing(
    stage: Stage, api: BotApi
) -> None:
    bot = stage.bot()
    stage.start(bot)
    phone = await stage.linked("resident", "r-001")
    await stage.stop(stage.bots[0])
    phone.says("한 번만")
    update = api.updates[-1]
    again = stage.bot()
    await again.receive([update])
    await again.settled()
    assert stage.heard == ["한 번만"]

    stage.start()  # Telegram still has it, and sends it again
    phone.says("다음")
    await until(lambda: len(stage.heard) >= 2, "the next")
    assert stage.heard == ["한 번만", "다음"]


async def test_a_crash_within_the_handling_leaves_it_to_be_handled_again(stage: Stage, api: BotApi) -> None:
    crashes = iter([True, False])

    def trouble(_: str) -> None:
        if next(crashes):
            raise ConnectionError

    stage.checkins.trouble.append(trouble)
    stage.start()
    phone = await stage.linked("resident", "r-001")
    phone.says("다시 해 봐")
    await until(lambda: stage.heard == ["다시 해 봐"], "the second try")


async def test_a_message_that_breaks_the_handling_reaches_a_person_and_stops_nobody(stage: Stage, api: BotApi) -> None:
    stage.checkins.trouble.append(_breaks_on("깨져라"))
    stage.start()
    phone, other = await stage.linked("resident", "r-001"), await stage.linked("resident", "r-002")
    phone.says("깨져라")
    phone.says("그다음 말")
    other.says("저는 괜찮아요")
    await until(lambda: len(stage.heard) == 2, "the others")
    await handled(stage.store, 1, UpdateState.QUARANTINED)

    assert sorted(stage.heard) == ["그다음 말", "저는 괜찮아요"]
    (sign,) = [one for one in stage.signs() if one.level is not None]
    assert (sign.resident, sign.kind, sign.level) == ("r-001", "unhandled_message", Level.WATCH)
    (kept,) = stage.store.read(inbox.quarantined)
    assert (kept.error, kept.failures) == ("ZeroDivisionError", 3)


async def test_a_cry_for_help_that_breaks_the_handling_is_told_at_its_level(stage: Stage, api: BotApi) -> None:
    stage.checkins.trouble.append(_breaks_on("나 쓰러졌어"))
    stage.start()
    (await stage.linked("resident", "r-001")).says("나 쓰러졌어")
    await until(lambda: bool(stage.signs()), "a sign")
    assert [sign.level for sign in stage.signs()] == [Level.EMERGENCY]
    assert len(stage.store.read(stage.escalations.open_for, "r-001")) == 1


async def test_an_unreadable_update_is_quarantined_at_once(stage: Stage, api: BotApi) -> None:
    stage.start()
    api.push(message={"message_id": "x", "chat": "y"})
    await handled(stage.store, 1, UpdateState.QUARANTINED)
    phone = await stage.linked("resident", "r-001")
    phone.says("그래도 들려요")
    await until(lambda: stage.heard == ["그래도 들려요"], "the next update")
    assert [sign for sign in stage.signs() if sign.level is not None] == []


async def test_one_process_polls_and_another_takes_over_when_it_is_gone(
    stage: Stage, api: BotApi, clock: FixedClock
) -> None:
    first = stage.start()
    phone = await stage.linked("resident", "r-001")
    second = stage.start()
    await asyncio.sleep(0.2)  # the second one asks for the lease several times
    assert api.conflicts == 0

    await stage.stop(first)
    phone.says("이어서 들려요")
    await until(lambda: stage.heard == ["이어서 들려요"], "the second process")
    await stage.stop(second)


async def test_a_killed_pollers_lease_runs_out(stage: Stage, api: BotApi, clock: FixedClock) -> None:
    await stage.store.awrite(inbox.hold_poll, "killed", clock.real())
    stage.start()
    await asyncio.sleep(0.2)
    assert api.asked("getUpdates") == []
    clock.forward(seconds=inbox.POLL_LEASE.total_seconds())
    await stage.linked("resident", "r-001")


@pytest.mark.parametrize("kind", ["500", "reset", "garbage", "ok_false", "429", "409"])
async def test_polling_outlives_whatever_telegram_does(stage: Stage, api: BotApi, kind: str) -> None:
    api.fault(kind, "getUpdates", retry_after=1)
    stage.start()
    phone = await stage.linked("resident", "r-001") if kind != "409" else None
    if phone is None:
        await until(lambda: len(api.asked("getUpdates")) >= 2, "another poll")
        phone = await stage.linked("resident", "r-001")
    phone.says("잘 들려요")
    await until(lambda: stage.heard == ["잘 들려요"], "the message")


async def test_after_a_quiet_week_telegram_may_count_lower(stage: Stage, api: BotApi) -> None:
    stage.tuning = replace(stage.tuning, poll_s=0)
    stage.start()
    phone = await stage.linked("resident", "r-001")
    await until(lambda: len(api.asked("getUpdates")) > 4, "some empty polls")
    chat = {"id": phone.chat, "type": "private"}
    api.updates.append({"update_id": 17, "message": {"message_id": 9, "chat": chat, "text": "오랜만이에요"}})
    await until(lambda: stage.heard == ["오랜만이에요"], "the message with the lower number")


async def test_handled_updates_are_forgotten_after_days_and_lose_their_words_at_once(
    stage: Stage, api: BotApi, clock: FixedClock
) -> None:
    bot = stage.bot()
    stage.start(bot)
    phone = await stage.linked("resident", "r-001")
    phone.says("비밀이에요")
    await handled(stage.store, 2)

    def bodies(tx: Session) -> list[object]:
        return list(tx.exec(select(UpdateRow.body)))

    assert stage.store.read(bodies) == [None, None]
    stage.store.write(inbox.prune, clock.real() + inbox.REMEMBERED + timedelta(seconds=1))
    assert stage.store.read(bodies) == []


async def test_a_webhook_keeps_the_update_before_it_says_yes(stage: Stage, api: BotApi) -> None:
    task = stage.start()
    phone = await stage.linked("resident", "r-001")
    await stage.stop(task)
    bot = stage.bot()
    stage.bots.append(asyncio.create_task(bot.run(Webhook("http://127.0.0.1:9/telegram", "a-secret"))))
    await until(lambda: api.webhook.get("secret_token") == "a-secret", "the webhook")
    body = b'{"update_id": 5000001, "message": {"message_id": 1, "chat": {"id": %d, "type": "private"}, "text": "hi"}}'
    body %= phone.chat

    assert await bot.posted("a-secret", "wrong", body) == 403
    assert await bot.posted("a-secret", None, body) == 403
    assert await bot.posted("a-secret", "a-secret", b"[1]") == 400
    assert await bot.posted("a-secret", "a-secret", b"\xff") == 400
    assert stage.heard == []
    assert await bot.posted("a-secret", "a-secret", body) == 200
    assert await bot.posted("a-secret", "a-secret", body) == 200
    await bot.settled()
    assert stage.heard == ["hi"]


def _question(text: str, *choices: str) -> dict[str, object]:
    return {"text": text, "buttons": [{"text": choice, "data": f"say:{choice}"} for choice in choices]}


def _breaks_on(words: str) -> Callable[[str], None]:
    def trouble(text: str) -> None:
        if text == words:
            raise ZeroDivisionError

    return trouble
