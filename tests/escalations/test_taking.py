"""Who has it, and what if they fall silent, hand it back, or go home: nobody stays with somebody who is not there."""

from datetime import timedelta

import pytest

from escalations.errors import NotAllowed, NotTaken
from residents import service as people
from residents.sign import Level
from store import FixedClock, Store
from tests.escalations.story import Shift, Story, begin, staff


async def test_whoever_has_it_is_reminded_and_when_they_stay_silent_everybody_is_asked_anew(story: Story) -> None:
    id = await story.happens("sos")
    await story.takes("u-1", id)
    story.phones.news()
    for _ in range(2):
        await story.passes(minutes=29)
        assert story.phones.news() == []
        await story.passes(minutes=1)
        assert story.phones.news() == [("u-1", "notice")]
        button = {"text": "아직 확인하고 있어요", "data": f"ack:{id}"}
        assert story.phones.last_to("u-1").body["buttons"] == [button]
    await story.passes(minutes=30)
    assert story.phones.news() == [("c-1", "notice"), ("c-1", "page"), ("u-1", "notice"), ("u-1", "page")]
    assert (
        "답이 없어" in story.phones.last_to("c-1").body["text"]
        or "다시 알림" in story.phones.last_to("c-1").body["text"]
    )
    assert "lapsed" in story.ledger(id)
    shown = story.store.read(story.escalations.summary, id)
    assert (shown.state, shown.acknowledged_by) == ("open", None)
    await story.passes(seconds=60)
    assert story.phones.news() == [("c-2", "page"), ("u-2", "page")]


async def test_a_word_that_they_are_still_on_it_begins_the_reminders_anew(story: Story) -> None:
    id = await story.happens("sos")
    await story.takes("u-1", id)
    for _ in range(6):
        await story.passes(minutes=30)
        await story.takes("u-1", id)
    assert story.store.read(story.escalations.summary, id).state == "acknowledged"
    assert story.ledger(id).count("still_on_it") == 6
    assert "lapsed" not in story.ledger(id)


async def test_one_who_cannot_be_reminded_lapses_all_the_same(story: Story) -> None:
    id = await story.happens("sos")
    await story.takes("u-1", id)
    story.store.write(people.unlink, "chat-u-1", "test", story.clock.now())
    story.phones.news()
    for _ in range(3):
        await story.passes(minutes=30)
    assert story.ledger(id).count("lapsed") == 1
    assert ("u-2", "page") in story.phones.news()


async def test_given_back_it_is_asked_anew_at_once_but_not_of_who_gave_it_back(story: Story) -> None:
    id = await story.happens("sos")
    await story.takes("u-1", id)
    story.phones.news()
    story.store.write(story.escalations.give_back, id, staff("u-1"), story.clock.now())
    await story.sender.once()
    assert story.phones.news() == [("c-1", "notice"), ("c-1", "page"), ("c-2", "page"), ("u-2", "page")]
    await story.passes(seconds=60)
    assert story.phones.news() == [("u-9", "page")]
    await story.passes(seconds=60)
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")], "the next round asks everybody again"


async def test_only_who_has_it_or_a_supervisor_gives_it_back(story: Story) -> None:
    id = await story.happens("sos")

    def give_back(who: str) -> None:
        story.store.write(story.escalations.give_back, id, staff(who), story.clock.now())

    with pytest.raises(NotTaken):
        give_back("u-1")
    await story.takes("u-1", id)
    with pytest.raises(NotAllowed):
        give_back("u-2")
    give_back("u-9")
    assert story.store.read(story.escalations.summary, id).state == "open"


async def test_at_the_end_of_a_duty_what_is_not_closed_is_told_to_whoever_comes(
    store: Store, clock: FixedClock
) -> None:
    story = begin(store, clock, Shift("u-1", "daily", "09:00", "18:00"), Shift("u-2", "daily", "18:00", "09:00"))
    await story.passes(hours=8, minutes=50)
    id = await story.happens("sos")
    await story.takes("u-1", id)
    story.phones.news()
    await story.passes(minutes=9, seconds=59)
    assert story.phones.news() == []
    await story.passes(seconds=1)
    assert story.phones.news() == [("u-1", "notice"), ("u-2", "notice")]
    assert story.phones.last_to("u-2").body["buttons"] == [{"text": "내가 넘겨받을게요", "data": f"take:{id}"}]
    await story.takes("u-2", id, take_over=True)
    assert ("u-1", "notice") in story.phones.news()
    assert story.store.read(story.escalations.summary, id).acknowledged_by == "u-2"


async def test_where_nobody_comes_on_duty_the_supervisors_hear_of_it(store: Store, clock: FixedClock) -> None:
    story = begin(store, clock, Shift("u-1", "daily", "09:00", "09:20"))
    id = await story.happens("sos")
    await story.takes("u-1", id)
    story.phones.news()
    await story.passes(minutes=20)
    assert story.phones.news() == [("u-1", "notice"), ("u-9", "notice")]


async def test_who_is_always_on_duty_hears_of_no_end_of_it(story: Story) -> None:
    id = await story.happens("missed_checkin", Level.WATCH)
    await story.takes("u-1", id)
    story.phones.news()
    await story.passes(hours=30)
    assert story.phones.news() == []
    assert story.clock.now() - story.store.read(story.escalations.summary, id).opened_at > timedelta(days=1)


async def test_what_can_wait_wakes_nobody_when_a_duty_ends_at_night(store: Store, clock: FixedClock) -> None:
    story = begin(store, clock, Shift("u-1", "mon", "08:00", "22:00"), Shift("u-2", "daily", "22:00", "08:00"))
    story.roster(*story.store.read(story.escalations.roster), Shift("u-9", "tue", "08:00", "22:00"))
    id = await story.happens("wish", Level.WATCH)
    await story.takes("u-1", id)
    story.phones.news()
    await story.passes(hours=23, minutes=59)
    assert story.phones.news() == []
    await story.passes(minutes=1)
    assert story.phones.news() == [("u-1", "notice"), ("u-9", "notice")], "at nine, of those who are there now"


async def test_what_waited_for_the_morning_is_still_theirs_who_are_on_duty_again(
    store: Store, clock: FixedClock
) -> None:
    story = begin(store, clock, Shift("u-1", "daily", "08:00", "22:00"), Shift("u-2", "daily", "22:00", "08:00"))
    id = await story.happens("wish", Level.WATCH)
    await story.takes("u-1", id)
    story.phones.news()
    await story.passes(hours=24)
    assert story.phones.news() == []
    shown = story.store.read(story.escalations.summary, id)
    assert (shown.acknowledged_by, shown.remind_at is not None) == ("u-1", True)


async def test_who_had_it_hears_that_it_is_worse_and_can_have_it_again_by_a_button(story: Story) -> None:
    id = await story.happens("silence", Level.URGENT)
    await story.takes("u-2", id)
    story.phones.news()
    await story.happens("fall")
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page"), ("u-2", "notice")]
    assert story.phones.last_to("u-2").body["buttons"] == [{"text": "내가 확인할게요", "data": f"ack:{id}"}]
    await story.takes("u-2", id)
    assert story.store.read(story.escalations.summary, id).acknowledged_by == "u-2"


async def test_who_is_asked_first_anyway_hears_once_that_it_is_worse(story: Story) -> None:
    id = await story.happens("silence", Level.URGENT)
    await story.takes("u-1", id)
    story.phones.news()
    await story.happens("fall")
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")]
