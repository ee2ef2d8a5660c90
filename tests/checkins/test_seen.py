"""What the home has shown is not asked for, but never for long, and a coordinator sees why."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from checkins.seen import spared
from store import FixedClock, Store
from tests.checkins.book import meaning, words
from tests.checkins.town import Town

RULES = {"meals": {"by": "kitchen", "days": 2}, "sleep": {"by": "night", "days": 4}}
DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("ago", "seen", "skipped"),
    [
        (1, {"kitchen"}, ("meals:kitchen",)),
        (2, {"kitchen"}, ("meals:kitchen",)),
        (3, {"kitchen"}, ()),  # not spoken of for long
        (None, {"kitchen"}, ()),  # never spoken of
        (1, {"night"}, ()),
        (1, set(), ()),
    ],
)
def test_what_is_spared(ago: int | None, seen: set[str], skipped: tuple[str, ...]) -> None:
    said = {} if ago is None else {"topic.meals": (DAY - timedelta(days=ago)).isoformat()}
    found = spared(("meals", "health"), seen, said, DAY, RULES)
    assert found.skipped == skipped
    assert ("meals" in found.topics) is not bool(skipped)


@pytest.fixture
def home_shows() -> list[str]:
    """What the home shows today; the story changes it."""
    return ["kitchen"]


@pytest.fixture
def town(store: Store, clock: FixedClock, home_shows: list[str]) -> Town:
    """Monday, nine in the morning."""

    def seen(_tx: Session, residents: Collection[str], _now: datetime) -> Mapping[str, Collection[str]]:
        return dict.fromkeys(residents, tuple(home_shows))

    town = Town(store, clock)
    town.checkins = replace(town.checkins, seen_today=seen)
    town.moves_in()
    return town


def meals_asked(town: Town) -> bool:
    """One morning's talk; whether meals were asked for."""
    town.until(9, 30)
    town.news()
    said = []
    for answer in ("괜찮아", "응", "응", "괜찮아", "응"):
        if town.store.read(town.checkins.running, "r-1"):
            town.says(answer, meaning(confidence=1.0))
            said += [text for _, text in town.news()]
    return any(one in text for text in said for one in words().data("talk")["ask"]["meals"]["prompt"])


def test_meals_are_not_asked_for_while_the_kitchen_shows_them_but_never_for_long(
    town: Town, home_shows: list[str]
) -> None:
    asked = [meals_asked(town) for _ in range(7)]
    assert asked == [True, False, False, True, False, False, True]
    reasons = [[one.text for one in check.skipped] for check in town.checks()]
    assert reasons[0] == []
    assert reasons[1] == ["오늘 아침 주방을 쓰신 것이 보여 식사는 여쭙지 않았습니다."]
    home_shows.clear()
    assert meals_asked(town)
    assert town.checks()[-1].skipped == ()


def test_who_spoke_of_a_meal_need_not_be_asked_the_next_day(town: Town) -> None:
    town.until(9, 30)
    town.says("밥도 먹고 잘 지내", meaning("meal.eaten", feel="positive"))
    town.says("그만")
    town.news()
    assert not meals_asked(town)
