"""Instruments over the months: offered when due, refused twice and let be, a positive screen is somebody's task."""

from datetime import datetime, timedelta

from sqlmodel import Session

from checkins import screening
from checkins.tables import InstrumentDueRow
from residents import service as people
from store import FixedClock, Store
from tests.checkins.town import Town

DAYS = {"phq2": 7, "who5": 14, "loneliness3": 21, "kfrail": 28}


def met(store: Store, clock: FixedClock, **more: object) -> Town:
    """A town whose resident has had a first talk, and to whom PHQ-2 is offered today."""
    town = Town(store, clock)
    town.moves_in(**more)  # type: ignore[arg-type]
    town.until(9, 31)
    town.says("괜찮아")
    town.says("그만")
    brought_forward(town, "phq2")
    return town


def brought_forward(town: Town, form: str) -> None:
    """Only this one is due, and the next morning has come."""
    now = town.clock.now()
    for key in DAYS:
        when = now if key == form else now + timedelta(days=300)
        town.store.write(
            lambda tx, key, when: screening.set_due(town.checkins, tx, "r-1", key, when, "u-1", now), key, when
        )
    town.until(9, 31)
    town.news()


def offered(town: Town) -> bool:
    """Talk until it is offered, or the talk is over."""
    for _ in range(8):
        if "여쭤봐도 괜찮으세요?" in " ".join(text for _, text in town.news()):
            return True
        if not town.says("괜찮아").open:
            return "여쭤봐도" in " ".join(text for _, text in town.news())
    raise AssertionError("the talk has no end")


def dues(town: Town) -> dict[str, object]:
    now = town.clock.now()
    found = town.store.read(lambda tx: screening.shown(town.checkins, tx, "r-1"))
    return {one.key: one.due_at and round((one.due_at - now) / timedelta(days=1)) for one in found}


def results(town: Town) -> list[screening.ResultShown]:
    found = town.store.read(lambda tx: screening.shown(town.checkins, tx, "r-1"))
    return [result for one in found for result in one.results]


def test_the_first_talk_writes_down_when_each_is_due(store: Store, clock: FixedClock) -> None:
    town = Town(store, clock)
    town.moves_in()
    town.until(9, 31)
    assert set(dues(town).values()) == {None}
    town.says("괜찮아")
    assert dues(town) == DAYS


def test_a_positive_screen_is_a_task_of_the_day_and_counts_in_the_score(store: Store, clock: FixedClock) -> None:
    town = met(store, clock)
    assert offered(town)
    for answer in ("네", "거의 매일 그래", "일주일 넘게 그랬지"):
        town.says(answer)
    assert ("positive_screen", "watch") in town.kinds()
    sign = next(s for s in town.signs() if s.kind == "positive_screen")
    assert "5점" in sign.text
    assert "진단이 아니라" in sign.text
    assert sign.value is not None
    assert sign.value < 0.2
    reasons = town.store.read(town.wellbeing.score_of, "r-1").reasons
    assert [r.part for r in reasons if r.part == "instruments"]
    assert dues(town)["phq2"] == 30
    [result] = results(town)
    assert (result.points, result.positive, result.answers) == (5, True, (3, 2))


def test_a_clear_one_wakes_nobody(store: Store, clock: FixedClock) -> None:
    town = met(store, clock)
    assert offered(town)
    for answer in ("네", "전혀 안 그랬어", "그런 적 없어"):
        town.says(answer)
    assert town.kinds() == []
    assert [(r.points, r.positive) for r in results(town)] == [(0, False)]


def test_only_one_in_a_talk(store: Store, clock: FixedClock) -> None:
    town = met(store, clock)
    later = clock.now() - timedelta(minutes=1)
    town.store.write(lambda tx: screening.set_due(town.checkins, tx, "r-1", "who5", later, "u-1", later))
    assert offered(town)
    for answer in ("네", "1번", "1번"):
        town.says(answer)
    assert not offered(town)
    assert len(results(town)) == 1


def test_refused_twice_it_is_offered_no_more_until_a_person_starts_it_again(store: Store, clock: FixedClock) -> None:
    town = met(store, clock)
    assert offered(town)
    town.says("아니")
    assert dues(town)["phq2"] == 30
    again = clock.now()
    town.store.write(_due_again, again)
    town.until(9, 31)
    town.news()
    assert offered(town)
    town.says("싫어")
    assert dues(town)["phq2"] is None
    brought_forward(town, "phq2")
    assert offered(town)


def _due_again(tx: Session, now: datetime) -> None:
    """Its time has come round."""
    row = tx.get_one(InstrumentDueRow, ("r-1", "phq2"))
    row.due_at = now
    tx.add(row)


def test_stopped_in_the_middle_it_comes_again_in_a_week_and_is_not_scored(store: Store, clock: FixedClock) -> None:
    town = met(store, clock)
    assert offered(town)
    town.says("네")
    town.says("가끔")
    town.says("그만")
    assert dues(town)["phq2"] == 7
    assert [(r.how, r.points, r.answers) for r in results(town)] == [("stopped", None, (1,))]
    assert not [s for s in town.signs() if s.kind in ("screen", "positive_screen")]


def test_without_health_consent_nothing_is_offered_and_withdrawn_it_is_deleted(store: Store, clock: FixedClock) -> None:
    town = met(store, clock)
    assert offered(town)
    for answer in ("네", "1번", "1번"):
        town.says(answer)
    assert len(results(town)) == 1
    town.store.write(lambda tx: people.set_consent(tx, "r-1", "health", False, by="r-1", now=clock.now()))
    assert results(town) == []
    brought_forward(town, "who5")
    assert not offered(town)


def test_the_question_of_an_item_is_not_read_into_its_answer(store: Store, clock: FixedClock) -> None:
    town = met(store, clock)
    assert offered(town)
    town.says("네")
    assert town.store.read(town.checkins.prompt_of, "r-1") == ""
