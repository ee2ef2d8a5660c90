"""Somebody's chat does not work: they are told by e-mail or SMS within seconds, and only then the next one is."""

import pytest

from escalations.notices import ACK
from residents import reach
from residents.access import unlink
from residents.reach import set_addresses, ways
from residents.sign import Level
from store import Store
from tests.escalations.story import Story, not_now, refuse

MAIL, SMS = "mailto://anbu:geheim@example.kr?to=u1@example.kr", "json://sms.example.kr/geheim"


@pytest.fixture
def reachable(story: Story) -> Story:
    """u-1 has a chat, a mailbox and a text message service; c-1 a mailbox too."""
    now = story.clock.now()
    story.store.write(set_addresses, "coordinator", "u-1", [MAIL, SMS], "admin", now)
    story.store.write(set_addresses, "contact", "c-1", [MAIL], "admin", now)
    return story


def channels_to(story: Story, person: str) -> list[str]:
    return [one.address for one in story.phones.taken if one.person_id == person]


async def test_who_answers_in_the_chat_gets_no_mail(reachable: Story) -> None:
    await reachable.happens("sos")
    assert channels_to(reachable, "u-1") == ["chat-u-1"]


async def test_a_blocked_chat_is_followed_by_the_mail_at_once_and_nobody_else_is_hurried(reachable: Story) -> None:
    reachable.phones.behave["chat-u-1"] = refuse
    id = await reachable.happens("sos", resident="r-2")
    assert channels_to(reachable, "u-1") == [MAIL]
    assert reachable.phones.last_to("u-1").plain.endswith("관제 화면에서 눌러 주세요.")
    assert reachable.phones.last_to("u-1").body["buttons"][0]["data"] == ACK + id
    assert channels_to(reachable, "u-2") == []
    assert reachable.ledger(id)[:4] == ["opened", "paged", "no_contact", "other_way"]
    await reachable.passes(seconds=60)
    assert channels_to(reachable, "u-2") == ["chat-u-2"]


async def test_every_way_refused_goes_on_to_the_next_person_at_once(reachable: Story) -> None:
    for address in ("chat-u-1", MAIL, SMS):
        reachable.phones.behave[address] = refuse
    id = await reachable.happens("sos", resident="r-2")
    assert channels_to(reachable, "u-1") == []
    assert channels_to(reachable, "u-2") == ["chat-u-2"]
    assert reachable.ledger(id).count("other_way") == 2


@pytest.mark.parametrize("level", [Level.EMERGENCY, Level.URGENT])
async def test_an_emergency_does_not_wait_until_the_chat_has_room_again(reachable: Story, level: Level) -> None:
    for address in ("chat-u-1", "chat-u-2"):
        reachable.phones.behave[address] = not_now(1, full=True)
    await reachable.happens("silence", level, resident="r-2")
    pressing = level is Level.EMERGENCY
    assert channels_to(reachable, "u-1") == ([MAIL] if pressing else [])
    assert channels_to(reachable, "u-2") == []


@pytest.mark.parametrize("level", [Level.EMERGENCY, Level.URGENT])
async def test_a_slow_chat_does_not_hold_up_the_mail(reachable: Story, level: Level) -> None:
    reachable.phones.behave["chat-u-1"] = not_now(40)
    await reachable.happens("silence", level, resident="r-2")
    assert channels_to(reachable, "u-1") == [MAIL]
    assert channels_to(reachable, "u-2") == []
    del reachable.phones.behave["chat-u-1"]
    reachable.clock.forward(seconds=41)
    await reachable.sender.once()
    assert channels_to(reachable, "u-1") == [MAIL, "chat-u-1"], "and the chat itself is not forgotten"


async def test_an_emergency_nobody_has_taken_in_a_round_goes_by_every_way(reachable: Story) -> None:
    await reachable.happens("sos", resident="r-2")
    for _ in range(3):
        await reachable.passes(seconds=60)
    assert channels_to(reachable, "u-1") == ["chat-u-1", "chat-u-1", MAIL, SMS]


async def test_whoever_was_told_by_mail_hears_by_mail_how_it_ended(reachable: Story) -> None:
    reachable.phones.behave["chat-c-1"] = refuse
    id = await reachable.happens("sos")
    reachable.phones.news()
    await reachable.closes("u-9", id)
    assert ("c-1", "notice") in reachable.phones.news()
    assert reachable.phones.last_to("c-1").address == MAIL


async def test_a_contact_without_a_chat_is_reached_by_mail(reachable: Story) -> None:
    reachable.store.write(unlink, "chat-c-1", "admin", reachable.clock.now())
    await reachable.happens("sos")
    assert channels_to(reachable, "c-1") == [MAIL]
    assert "전화로 알려 주세요" in reachable.phones.last_to("c-1").plain


def test_addresses_are_sealed_and_shown_by_their_kind_only(reachable: Story) -> None:
    store: Store = reachable.store
    assert [way.channel for way in store.read(ways, "coordinator", "u-1")] == ["telegram", "apprise", "apprise"]
    assert "geheim" not in repr(store.read(ways, "coordinator", "u-1"))
    with store.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT notify FROM coordinators WHERE id = 'u-1'").scalar_one()
    assert "geheim" not in kept
    assert "example" not in kept


@pytest.mark.parametrize("wrong", ["nosuch://x", "mailto://a b", "plain", "https://", "mailto://" + "x" * 600])
def test_an_address_nobody_can_send_to_is_refused_without_repeating_it(story: Story, wrong: str) -> None:
    with pytest.raises(ValueError, match="address 1 ") as refused:
        story.store.write(reach.set_addresses, "contact", "c-1", [wrong], "admin", story.clock.now())
    assert wrong not in str(refused.value)
    assert story.store.read(reach.addresses, "contact", "c-1") == ()
