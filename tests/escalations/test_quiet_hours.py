"""Nobody is woken by what can wait; what cannot wait asks for no hour."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from escalations.hours import by_day
from residents.sign import Level
from tests.escalations.story import Story

SEOUL = "Asia/Seoul"


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-23T07:59", "2026-11-23T08:00"),
        ("2026-11-23T08:00", "2026-11-23T08:00"),
        ("2026-11-23T20:59", "2026-11-23T20:59"),
        ("2026-11-23T21:00", "2026-11-24T08:00"),
        ("2026-11-30T23:59", "2026-12-01T08:00"),
    ],
)
def test_the_night_ends_at_eight(at: str, told: str) -> None:
    zone = ZoneInfo(SEOUL)
    moment = datetime.fromisoformat(at).replace(tzinfo=zone)
    assert by_day(moment, SEOUL) == datetime.fromisoformat(told).replace(tzinfo=zone)


async def test_how_a_thing_that_can_wait_ended_is_told_to_staff_at_work(story: Story) -> None:
    id = await story.happens("health", Level.WATCH)
    assert story.phones.news() == [("u-1", "page")]
    await story.passes(hours=13)
    await story.takes("u-2", id)
    assert story.phones.news() == [("u-1", "notice")], "an edit of the page makes no sound"
    await story.closes("u-2", id)
    assert story.phones.news() == []
    await story.passes(hours=10, minutes=59)
    assert story.phones.news() == []
    await story.passes(minutes=1)
    assert story.phones.news() == [("u-1", "notice")]


async def test_how_an_emergency_ended_is_told_at_any_hour(story: Story) -> None:
    await story.passes(hours=13)
    id = await story.happens()
    await story.takes("u-1", id)
    story.phones.news()
    await story.closes("u-1", id)
    assert story.phones.news() == [("c-1", "notice")]
