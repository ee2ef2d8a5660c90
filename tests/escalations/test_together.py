"""A coordinator of many homes gets one calm message, not thirty; what is urgent waits for nobody."""

import pytest

from escalations.channel import DeliveryOut, Receipt
from escalations.layers import check
from escalations.policy import BadPolicy, default_data
from escalations.sender import Sender
from escalations.together import Together
from residents.sign import Level
from store import FixedClock, Store
from tests.escalations.story import ALL_DAY, WORDS, Shift, Story, begin, refuse


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Story:
    """The town with the channel that tells together what leaves together."""
    story = begin(store, clock, *ALL_DAY)
    story.sender = Sender(
        store,
        clock,
        {"telegram": Together(story.phones, WORDS, linger_s=0.0)},
        failed={"page": story.escalations.page_failed},
        label=WORDS.text("escalations.repeat"),
    )
    return story


def raise_all(story: Story, count: int, kind: str = "wish") -> list[str]:
    """So many things that can wait, of homes of their own."""
    signs = [
        story.sign(kind, Level.WATCH, resident=None, home=f"{kind}-{n}", text=f"부탁 {n}") for n in range(1, count + 1)
    ]
    return [story.store.write(story.escalations.raise_sign, one, story.clock.now()) for one in signs]


async def test_what_came_in_the_night_is_one_message_in_the_morning(town: Story) -> None:
    await town.passes(hours=13)
    ids = raise_all(town, 30)
    await town.sender.once()
    assert town.phones.news() == []
    await town.passes(hours=11)
    assert town.phones.news() == [("u-1", "page")]
    told = town.phones.last_to("u-1")
    assert "살펴보실 일 30건" in told.body["text"]
    assert "부탁 25" in told.body["text"]
    assert "그 밖에 5건" in told.body["text"]
    assert len(told.body["text"]) < 4096
    assert [button["data"] for button in told.body["buttons"]] == [f"list:ack:{id}" for id in ids[:10]]
    assert [town.ledger(id)[-1] for id in ids] == ["sent"] * 30, "each has its own record"
    await town.passes(hours=1)
    assert town.phones.news() == []


async def test_the_first_of_the_day_comes_at_once_and_the_rest_together_in_time(town: Story) -> None:
    await town.passes(minutes=10)
    raise_all(town, 1)
    await town.sender.once()
    assert town.phones.news() == [("u-1", "page")]
    assert town.phones.last_to("u-1").body["buttons"][0]["data"].startswith("ack:"), "alone it is a page as ever"
    raise_all(town, 3, "low_band")
    await town.passes(minutes=109)
    assert town.phones.news() == []
    urgent = await town.happens("silence", Level.URGENT)
    assert town.phones.news() == [("u-1", "page")], "what is urgent waits for nobody"
    await town.closes("u-1", urgent)
    town.phones.news()
    await town.passes(minutes=1)
    assert town.phones.news() == [("u-1", "page")]
    await town.passes(hours=6, minutes=1)
    raise_all(town, 2, "positive_screen")
    await town.sender.once()
    assert town.phones.news() == [("u-1", "page")], "the last hour is no time to wait"


async def test_whoever_goes_off_duty_before_is_told_now(store: Store, clock: FixedClock) -> None:
    story = begin(store, clock, Shift("u-1", start="00:00", end="10:00"), Shift("u-2", start="10:00", end="24:00"))
    await story.happens("wish", Level.WATCH)
    await story.passes(minutes=5)
    await story.happens("low_band", Level.WATCH, resident="r-2")
    assert story.phones.news() == [("u-1", "page"), ("u-1", "page")]


async def test_what_is_taken_meanwhile_is_not_told(town: Story) -> None:
    raise_all(town, 1)
    await town.sender.once()
    first, second, third = raise_all(town, 3, "low_band")
    await town.takes("u-2", second)
    town.phones.news()
    await town.passes(hours=2)
    told = town.phones.last_to("u-1")
    assert [button["data"] for button in told.body["buttons"]] == [f"list:ack:{first}", f"list:ack:{third}"]
    await town.takes("u-2", first)
    assert town.phones.news() == [("u-1", "page")], "no single item may replace a message that holds several"
    await town.passes(hours=2)
    assert town.phones.news() == [("u-1", "notice")]
    assert "맡았습니다" in town.phones.last_to("u-1").body["text"]


async def test_a_joined_message_that_is_refused_is_each_ones_failure(town: Story) -> None:
    town.phones.behave["chat-u-1"] = refuse
    ids = raise_all(town, 2)
    await town.sender.once()
    assert ["page_failed" in town.ledger(id) for id in ids] == [True, True]
    told = town.phones.last_to("u-9")
    assert len(told.body["buttons"]) == 2, "the next person has them together too"


async def test_after_a_crash_the_same_message_leaves_again_and_says_so(town: Story) -> None:
    raise_all(town, 2)
    taken: list[DeliveryOut] = []

    class Unsure:
        async def send(self, delivery: DeliveryOut) -> Receipt:
            taken.append(delivery)
            if len(taken) == 1:
                raise TimeoutError
            return Receipt()

    sender = Sender(town.store, town.clock, {"telegram": Together(Unsure(), WORDS, 0.0)}, label="")
    await sender.once()
    town.clock.forward(seconds=10)
    await sender.once()
    first, again = taken
    assert first.key == again.key
    assert again.body["text"].startswith(WORDS.text("escalations.repeat"))


@pytest.mark.parametrize("minutes", [-1, 241, "lots"])
def test_nothing_is_gathered_for_longer_than_half_a_day(minutes: object) -> None:
    shipped = default_data()["levels"]["watch"]
    check(Level.WATCH, {**shipped, "gather_min": 240})
    with pytest.raises(BadPolicy, match="gather"):
        check(Level.WATCH, {**shipped, "gather_min": minutes})


async def test_a_city_may_have_each_told_by_itself(town: Story) -> None:
    entry = {**default_data()["levels"]["watch"], "gather_min": 0}
    town.store.write(town.escalations.set_policy, "city", Level.WATCH, entry, town.clock.now(), "u-9")
    for n in range(2):
        await town.happens("wish", Level.WATCH, resident=None, home=f"home-{n}")
        await town.passes(minutes=5)
    assert town.phones.news() == [("u-1", "page"), ("u-1", "page")]
