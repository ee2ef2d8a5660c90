"""Who may talk to the bot: a code links a person once, strangers see nothing."""

from residents import access
from store import FixedClock
from tests.bot.conftest import Stage
from tests.bot.waiting import handled
from tests.fakes.bot_api import BotApi


async def test_a_code_links_a_resident_once_and_says_that_this_is_a_machine(stage: Stage, api: BotApi) -> None:
    stage.start()
    code = stage.store.write(access.link_code, "resident", "r-001", stage.clock.now())
    mine, other = api.phone(), api.phone()

    mine.says(f"/start {code}")
    greeting = await mine.sees("안부 어르신")
    other.says(f"/start {code}")
    await other.sees("코드가 맞지 않")

    assert "사람이 아니라" in greeting.text
    assert stage.store.read(access.chat_of, "resident", "r-001") == str(mine.chat)
    assert stage.store.read(access.by_chat, str(other.chat)) is None


async def test_contacts_and_coordinators_are_linked_by_the_same_command(stage: Stage, api: BotApi) -> None:
    stage.start()
    for kind, id, said in (("contact", "c-001", "김하나 님"), ("coordinator", "u-001", "박담당 님")):
        code = stage.store.write(access.link_code, kind, id, stage.clock.now())
        phone = api.phone()
        phone.says(f"/start {code.lower()}")
        await phone.sees(said)


async def test_strangers_get_one_polite_line_an_hour_and_see_nothing(
    stage: Stage, api: BotApi, clock: FixedClock
) -> None:
    bot = stage.bot()
    stage.start(bot)
    stranger = api.phone("낯선이")
    for text in ("누구세요", "/status", "/open", "/start WRONGCODE", "오늘 어때?", "살려줘"):
        stranger.says(text)
    stranger.presses_data("ack:e-1")
    stranger.sends_voice(b"ogg")
    await stranger.is_answered("쓰실 수 없")
    await handled(stage.store, 8)
    await bot.settled()
    assert len(stranger.messages) == 1
    assert "119" in stranger.last.text
    assert "어르신" not in stranger.last.text
    assert not stage.heard
    assert not api.asked("getFile")

    clock.forward(hours=1)
    stranger.says("여보세요")
    await stranger.sees("초대", count=2)


async def test_an_expired_code_links_nobody(stage: Stage, api: BotApi, clock: FixedClock) -> None:
    stage.start()
    code = stage.store.write(access.link_code, "contact", "c-001", clock.now())
    clock.forward(days=7)
    phone = api.phone()
    phone.says(f"/start {code}")
    await phone.sees("새 코드")
    assert stage.store.read(access.by_chat, str(phone.chat)) is None


async def test_a_group_is_no_place_for_a_code(stage: Stage, api: BotApi) -> None:
    bot = stage.bot()
    stage.start(bot)
    code = stage.store.write(access.link_code, "resident", "r-001", stage.clock.now())
    group = api.phone()
    api.push(
        message={
            "message_id": 5,
            "date": 1,
            "chat": {"id": group.chat, "type": "group"},
            "text": f"/start {code}",
        }
    )
    await handled(stage.store, 1)
    await bot.settled()
    assert group.messages == []
    assert stage.store.read(access.chat_of, "resident", "r-001") is None


async def test_the_menu_is_set(stage: Stage, api: BotApi) -> None:
    stage.start()
    phone = await stage.linked("contact", "c-001")
    phone.says("/help")
    await phone.sees("/week")
    assert {"status", "week", "absence", "message", "mute", "help", "open", "duty"} <= {
        c["command"] for c in api.commands
    }
