"""Nothing said is lost where there is no room for another talk: only the beginning of a new one waits."""

import pytest

from checkins.talking import Result
from store import FixedClock, Store
from tests.checkins.book import meaning
from tests.checkins.town import Town, address


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Town:
    town = Town(store, clock)
    town.moves_in()
    return town


def says(town: Town, text: str, risk: tuple[str, str] | None = None) -> Result:
    """The resident says something into a full house."""
    where = ("r-1", "speaker", address("r-1", "speaker"))
    return town.store.write(town.checkins.hear, *where, text, 0.9, meaning(risk=risk), town.clock.now(), False)


def test_an_answer_is_an_answer_with_its_question_and_certainty(town: Town) -> None:
    town.until(9, 31)
    [(_, _question)] = town.news()
    result = says(town, "네, 잘 잤어요")
    assert (result.put_off, result.understood, result.open) == (False, True, True)
    assert [c.state for c in town.checks()] == ["answered"]
    assert len(town.news()) == 1  # the talk goes on


def test_what_begins_a_talk_is_kept_and_counts_but_nobody_answers_it(town: Town) -> None:
    result = says(town, "밥은 먹었어요")
    assert (result.put_off, result.open, town.news()) == (True, False, [])
    [check] = town.checks()
    shown = town.store.read(town.checkins.one, check.id)
    assert shown is not None
    assert [(turn.who, turn.text, turn.confidence) for turn in shown.turns] == [("resident", "밥은 먹었어요", 0.9)]
    town.presses()  # there is room now: it is called back
    assert len(town.news()) == 1


def test_a_risk_waits_for_no_room(town: Town) -> None:
    result = says(town, "가슴이 아파요", ("chest_pain", "emergency"))
    assert (result.put_off, result.open) == (False, True)
    assert ("chest_pain", "emergency") in town.kinds()
    assert len(town.news()) == 1
