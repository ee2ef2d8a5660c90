"""Talks that nobody finished: none of them may keep the next check-in away, and none ends in silence alone."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import Session, select

from checkins import signs
from checkins.tables import TalkRow
from prompts import Words
from residents.sign import Sign
from store import FixedClock, Store
from tests.checkins.town import Town


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Town:
    """Monday, nine in the morning; the next slot is at 09:30."""
    return Town(store, clock)


def open_talks(town: Town) -> int:
    def count(tx: Session) -> int:
        return len(tx.exec(select(TalkRow).where(TalkRow.open)).all())

    return town.store.read(count)


def test_a_button_after_a_miss_without_a_word_does_not_keep_the_next_day_away(town: Town) -> None:
    town.moves_in()
    town.until(12)
    assert [c.state for c in town.checks()] == ["missed"]
    town.presses()
    town.news()
    town.passes(hours=1)
    assert open_talks(town) == 0
    assert town.kinds() == [("missed_checkin", "watch")]
    town.until(9, 30)
    assert len(town.news()) >= 1
    assert [c.state for c in town.checks()] == ["missed", "asked"]


def test_mumbling_after_a_miss_does_not_keep_the_next_day_away(town: Town) -> None:
    town.moves_in()
    town.until(12)
    town.mumbles()
    town.until(9, 30)
    assert [c.state for c in town.checks()] == ["missed", "asked"]


def test_an_answer_after_a_mumbled_miss_is_an_answer_and_no_afterword(town: Town) -> None:
    town.moves_in()
    town.until(10, 35)
    town.mumbles()
    town.until(10, 42)
    assert [c.state for c in town.checks()] == ["missed"]
    town.says("네")
    assert [c.state for c in town.checks()] == ["answered"]
    assert town.late_told == ["r-1"]


def test_who_begins_to_talk_is_not_understood_and_falls_silent_is_told_to_a_person(town: Town) -> None:
    town.moves_in(plan=None)
    town.presses()
    town.mumbles()
    assert town.kinds() == []
    town.passes(hours=1)
    assert town.kinds() == [("unclear_silent", "watch")]
    assert open_talks(town) == 0
    town.passes(hours=5)
    assert len(town.kinds()) == 1


def test_two_open_checkins_one_answer_and_no_talk_is_left(town: Town) -> None:
    town.moves_in(plan={"days": "daily", "at": ["09:30", "10:00"], "channels": ["speaker"]})
    town.leaves_home()
    town.until(10, 1)  # both are being asked, and neither gets through
    town.presses()
    town.comes_back()
    town.until(10, 31)
    assert open_talks(town) == 2
    town.says("괜찮아")
    town.says("그만")
    town.passes(hours=1)
    assert open_talks(town) == 0
    assert [c.state for c in town.checks()] == ["answered", "answered"]
    assert town.kinds() == []


def test_a_fault_of_the_sensors_keeps_no_miss_from_being_told(town: Town) -> None:
    def quiet_home(_tx: Session, _resident: str, _now: datetime) -> None:
        raise RuntimeError("broken for the test")

    town.checkins = replace(town.checkins, quiet_home=quiet_home)
    town.moves_in()
    town.until(11)
    assert town.kinds() == [("missed_checkin", "watch")]


def test_a_fault_while_telling_one_miss_stops_no_other_and_a_person_asks(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, right = {"r-1"}, signs.missed

    def missed(miss: signs.Miss, now: datetime, words: Words) -> Sign:
        if miss.resident in broken:
            raise RuntimeError("broken for the test")
        return right(miss, now, words)

    monkeypatch.setattr(signs, "missed", missed)
    for id in ("r-1", "r-2"):
        town.moves_in(id)
    town.until(11)
    assert town.kinds("r-2") == [("missed_checkin", "watch")]
    assert [c.state for c in town.checks("r-1")] == ["asked"]
    assert town.kinds("r-1") == [("checkin_trouble", "watch")]
    broken.clear()
    town.passes(minutes=2)
    assert town.kinds("r-1") == [("checkin_trouble", "watch"), ("missed_checkin", "watch")]


def test_the_auditor_sees_a_talk_that_nothing_would_end(town: Town) -> None:
    town.moves_in()
    town.until(9, 30)
    town.says("괜찮아")
    assert town.store.read(town.checkins.without_next_step, town.clock.now()) == []

    def forget(tx: Session) -> None:
        tx.exec(select(TalkRow).where(TalkRow.open)).one().due_at = None

    town.store.write(forget)
    lost = town.store.read(town.checkins.without_next_step, town.clock.now())
    assert lost == [town.checks()[0].id]
