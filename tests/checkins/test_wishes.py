"""A wish is somebody's task until a day, and the resident hears at the next talk what became of it."""

from datetime import date

import pytest

from store import FixedClock, Store
from tests.checkins.book import meaning
from tests.checkins.town import Town

WISH = meaning("request.present")


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Town:
    """Monday morning; the resident has asked for a light bulb."""
    town = Town(store, clock)
    town.moves_in()
    town.until(9, 30)
    town.says("형광등이 나갔어 갈아 줘", WISH)
    town.says("그만")
    town.news()
    return town


def settle(town: Town, outcome: str, answer: str = "", due: date | None = None) -> None:
    [wish] = wishes(town)
    now = town.clock.now()
    assert town.store.write(town.checkins.settle_wish, "r-1", wish.id, outcome, answer, due, "u-1", now)


def wishes(town: Town) -> list:  # type: ignore[type-arg]
    return town.store.read(town.checkins.wishes_of, "r-1", town.clock.now())


def hello(town: Town) -> str:
    town.until(9, 30)
    return town.news()[0][1]


def test_a_wish_is_a_task_with_a_day(town: Town) -> None:
    [wish] = wishes(town)
    assert (wish.said, wish.due_on, wish.outcome) == ("형광등이 나갔어 갈아 줘", date(2026, 11, 26), "open")
    assert wish.escalation is not None
    assert not wish.overdue


def test_what_became_of_it_is_told_at_the_next_talk_and_once(town: Town) -> None:
    settle(town, "done")
    assert "잘 처리되었다고 해요" in hello(town)
    town.says("고마워")
    town.says("그만")
    town.news()
    assert wishes(town)[0].told_at is not None
    assert "형광등" not in hello(town)


def test_who_does_not_answer_is_told_again(town: Town) -> None:
    settle(town, "done")
    assert "형광등" in hello(town)
    town.passes(hours=3)
    town.news()
    assert "형광등" in hello(town)


def test_the_answer_of_the_coordinator_is_said_in_their_words(town: Town) -> None:
    settle(town, "not_possible", "관리실에서 다음 주에 새로 달아 드린대요")
    text = hello(town)
    assert "지금은 어렵다고 해요. 관리실에서 다음 주에 새로 달아 드린대요." in text


def test_a_day_that_passed_without_an_outcome_is_a_task_once(town: Town) -> None:
    town.passes(days=3)
    assert "wish_late" not in [kind for kind, _ in town.kinds()]
    town.passes(days=2)
    assert [kind for kind, _ in town.kinds()].count("wish_late") == 1
    assert wishes(town)[0].overdue


def test_another_day_may_be_set_and_a_stranger_wish_is_refused(town: Town) -> None:
    settle(town, "open", due=date(2026, 12, 20))
    town.passes(days=6)
    assert "wish_late" not in [kind for kind, _ in town.kinds()]
    assert wishes(town)[0].owner == "u-1"
    now = town.clock.now()
    assert not town.store.write(town.checkins.settle_wish, "r-2", wishes(town)[0].id, "done", "", None, "u-1", now)
    with pytest.raises(ValueError, match="gone"):
        town.store.write(town.checkins.settle_wish, "r-1", wishes(town)[0].id, "gone", "", None, "u-1", now)


COLD = meaning(feel="negative", heat_cold="urgent")


@pytest.fixture
def home(store: Store, clock: FixedClock) -> Town:
    """Somebody whose talk of today has begun."""
    town = Town(store, clock)
    town.moves_in()
    town.until(9, 30)
    return town


def test_a_boiler_broken_in_november_is_urgent_and_a_wish(home: Town) -> None:
    home.says("보일러가 고장났어", COLD)
    assert "고장 난 것도" in home.news()[-1][1]
    assert sorted(home.kinds()) == [("heat_cold", "urgent"), ("wish", "watch")]
    [wish] = wishes(home)
    assert (wish.said, wish.outcome) == ("보일러가 고장났어", "open")


def test_in_may_it_is_a_wish_unless_somebody_is_cold(home: Town) -> None:
    home.leaps(days=175)
    home.says("보일러가 고장났어", COLD)
    assert home.kinds()[-1] == ("wish", "watch")
    assert "heat_cold" not in [kind for kind, _ in home.kinds()]
    assert len(wishes(home)) == 1
    home.says("보일러가 고장 나서 추워 죽겠어", COLD)
    assert ("heat_cold", "urgent") in home.kinds()
