"""Drills: paged like a real press and said to be one, timed, and never in the way of what is real."""

from typing import Any

import pytest

from escalations.errors import DrillNotNow
from escalations.figures import Figures
from residents.sign import Level
from tests.escalations.story import Story, not_now


async def test_a_drill_is_paged_like_a_press_says_so_and_is_timed_to_console_and_contact(story: Story) -> None:
    starts(story)
    await story.sender.once()
    assert story.phones.news() == [("c-1", "notice")], "so that nobody is frightened"
    await story.passes(minutes=2)
    id = await presses(story)
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")]
    text = story.phones.last_to("u-1").body["text"]
    assert text.startswith("🔔 [응급 훈련]")
    assert "실제일 수도 있으니" in text
    await story.passes(seconds=20)
    await story.takes("u-1", id)
    await story.passes(seconds=10)
    await story.confirms("c-1", id)
    await story.closes("u-1", id)
    assert "훈련" in story.phones.last_to("c-1").body["text"]
    (drill,) = listed(story)
    assert (drill.state, drill.drill.console_s(), drill.drill.contact_s()) == ("done", 20.0, 30.0)
    assert [home.overdue for home in homes(story)] == [False]
    assert figures(story).opened == 0, "a drill is no alarm"


async def test_an_unanswered_drill_goes_round_like_anything_else(story: Story) -> None:
    starts(story)
    await presses(story)
    await story.passes(seconds=60)
    assert ("u-2", "page") in story.phones.news()
    assert [drill.state for drill in listed(story)] == ["pressed"]
    assert homes(story)[0].overdue


async def test_a_second_press_of_old_hands_is_the_same_but_a_later_one_is_real(story: Story) -> None:
    starts(story)
    id = await presses(story)
    await story.passes(seconds=20)
    assert await presses(story) == id
    story.phones.news()
    await story.passes(seconds=45)
    story.phones.news()
    real = await presses(story)
    assert real != id
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")]
    text = story.phones.last_to("u-1").body["text"]
    assert text.startswith("🚨 [응급]")
    assert "훈련이 아닙니다" in text


@pytest.mark.parametrize("kind", ["fall", "help_call", "chest_pain"])
async def test_whatever_else_happens_during_a_drill_is_real(story: Story, kind: str) -> None:
    starts(story)
    assert not shown(story, await story.happens(kind, home="home-1")).drill
    drilled = await presses(story)
    assert not shown(story, drilled).drill, "who fell and presses does not mean the drill"


async def test_a_real_alarm_keeps_a_drill_away_and_so_does_another_drill(story: Story) -> None:
    starts(story)
    with pytest.raises(DrillNotNow):
        starts(story)
    await story.passes(minutes=16)
    assert [drill.state for drill in listed(story)] == ["missed"]
    assert not shown(story, await presses(story)).drill, "the quarter of an hour is over"
    with pytest.raises(DrillNotNow):
        starts(story)


async def test_word_of_a_drill_that_arrives_after_it_is_not_told_any_more(story: Story) -> None:
    story.phones.behave["chat-c-1"] = not_now()
    starts(story)
    await story.sender.once()
    del story.phones.behave["chat-c-1"]
    await story.passes(minutes=16)
    assert story.phones.news() == [], "a relative would take the next alarm for the drill"


async def test_a_cry_for_help_in_the_chat_during_a_drill_says_that_it_is_none(story: Story) -> None:
    starts(story)
    await presses(story)
    await story.happens("help_call", home=None)
    assert "훈련이 아닙니다" in story.phones.last_to("u-1").body["text"]


async def test_a_drill_called_off_leaves_every_press_real(story: Story) -> None:
    drill = starts(story)
    story.store.write(story.escalations.cancel_drill, drill, story.clock.now(), "u-9")
    assert not shown(story, await presses(story)).drill


async def test_a_drill_that_was_none_counts_as_what_it_was(story: Story) -> None:
    starts(story)
    id = await presses(story)
    await story.closes("u-1", id, "119")
    assert [drill.state for drill in listed(story)] == ["real"]
    assert figures(story).opened == 1
    assert homes(story)[0].overdue


def starts(story: Story) -> str:
    return story.store.write(story.escalations.start_drill, "home-1", story.clock.now(), "u-9")


async def presses(story: Story) -> str:
    return await story.happens("sos", Level.EMERGENCY, home="home-1")


def listed(story: Story) -> list[Any]:
    return story.store.read(story.escalations.drills, story.clock.now(), story.clock.now().replace(day=1))


def homes(story: Story) -> list[Any]:
    return story.store.read(story.escalations.homes_drilled, story.clock.now())


def shown(story: Story, id: str) -> Any:
    return story.store.read(story.escalations.summary, id)


def figures(story: Story) -> Figures:
    return story.store.read(story.escalations.figures, story.clock.now().date(), story.clock.now())
