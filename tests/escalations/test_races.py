"""Two at once: one takes it, one escalation opens, one attempt is made."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from escalations.errors import AlreadyTaken, DrillNotNow
from store import FixedClock, Store
from tests.escalations.story import Phones, Story, begin, staff


@pytest.fixture
def story(any_store: Store, clock: FixedClock) -> Story:
    return begin(any_store, clock)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run them in the same moment; an error is its work's result."""
    gate = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return work()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


async def test_two_coordinators_press_at_once_and_one_has_it(story: Story) -> None:
    id = await story.happens("sos")
    acknowledge, store, now = story.escalations.acknowledge, story.store, story.clock.now()
    results = together(
        lambda: store.write(acknowledge, id, staff("u-1"), now),
        lambda: store.write(acknowledge, id, staff("u-2"), now),
    )
    lost = [result for result in results if isinstance(result, AlreadyTaken)]
    assert len(lost) == 1
    assert lost[0].by == story.store.read(story.escalations.summary, id).acknowledged_by_name
    assert story.ledger(id).count("acknowledged") == 1


async def test_two_signs_of_one_moment_open_one_escalation(story: Story) -> None:
    signs = [story.sign("sos") for _ in range(6)]
    write, raise_sign, now = story.store.write, story.escalations.raise_sign, story.clock.now()
    ids = together(*(lambda sign=sign: write(raise_sign, sign, now) for sign in signs))
    assert len(set(ids)) == 1
    await story.sender.once()
    assert story.phones.news() == [("c-1", "page"), ("u-1", "page")]


async def test_a_button_pressed_twice_begins_one_drill(story: Story) -> None:
    start, now = story.escalations.start_drill, story.clock.now()
    results = together(*(lambda: story.store.write(start, "home-1", now, "u-9") for _ in range(4)))
    assert [type(result) for result in results if not isinstance(result, str)] == [DrillNotNow] * 3


async def test_two_sweeps_take_each_step_once(story: Story) -> None:
    await story.happens("sos")
    story.phones.news()
    now = story.clock.forward(seconds=60)
    together(*(lambda: story.store.write(story.escalations.sweep, now, now) for _ in range(4)))
    await story.sender.once()
    assert story.phones.news() == [("c-2", "page"), ("u-2", "page")]


async def test_two_senders_make_one_attempt(story: Story) -> None:
    other = Story(story.store, story.clock, Phones())
    for resident in ("r-1", "r-2"):
        sign = story.sign("sos", resident=resident)
        story.store.write(story.escalations.raise_sign, sign, story.clock.now())
    await asyncio.gather(story.sender.once(), other.sender.once())
    keys = [delivery.key for delivery in story.phones.taken + other.phones.taken]
    assert len(keys) == len(set(keys)) == 3
