"""Signs are taken once, scores follow them, and what is worrying reaches a person."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from residents.sign import Level, Part, Sign, Source
from store import FixedClock, Store
from store.changes import changes_since
from tests.escalations.story import WORDS, Story, begin
from wellbeing.score import Band, Score, score
from wellbeing.service import Taken, Wellbeing


@pytest.fixture
def story(any_store: Store, clock: FixedClock) -> Story:
    return begin(any_store, clock)


@pytest.fixture
def wellbeing(story: Story) -> Wellbeing:
    return Wellbeing(story.escalations, WORDS)


def sign(story: Story, id: str, part: Part | None, value: float | None, **more: Any) -> Sign:
    fields: dict[str, Any] = {
        "resident": "r-1",
        "kind": "talk",
        "source": Source.TALK,
        "text": "어제 저녁을 거르셨다고 합니다.",
        "rule": "talk@1",
        **more,
    }
    return Sign(id=id, at=story.clock.now(), part=part, value=value, **fields)


def take(story: Story, wellbeing: Wellbeing, *signs: Sign) -> list[Taken]:
    return story.store.write(wellbeing.take, signs, story.clock.now())


def test_a_score_appears_with_the_second_kind_of_evidence(story: Story, wellbeing: Wellbeing) -> None:
    assert story.store.read(wellbeing.score_of, "r-1").value is None
    take(story, wellbeing, sign(story, "a", Part.MEALS, 0.3))
    assert story.store.read(wellbeing.score_of, "r-1").band is Band.UNKNOWN
    take(story, wellbeing, sign(story, "b", Part.ANSWERING, 1.0, source=Source.CHECKIN))
    found = story.store.read(wellbeing.score_of, "r-1")
    assert (found.value, found.band, found.coverage) == (72, Band.NOTICE, 0.25)
    assert found.reasons[0].text == "식사를 자주 거르십니다. 어제 저녁을 거르셨다고 합니다."
    assert found.reasons[1].text == "안부 확인에 잘 답하고 계십니다."
    assert story.store.read(wellbeing.scores, ["r-1", "r-2"])["r-2"].value is None


def test_the_same_sign_is_taken_once(story: Story, wellbeing: Wellbeing) -> None:
    sos = sign(story, "sos-1", None, None, kind="sos", source=Source.SOS, level=Level.EMERGENCY)
    first, twice = take(story, wellbeing, sos, sos)
    (again,) = take(story, wellbeing, sos)
    assert first.new
    assert first.escalation
    assert (twice.new, again.new) == (False, False)
    assert first.escalation == twice.escalation == again.escalation
    assert len(story.store.read(wellbeing.signs_of, "r-1")) == 1


def test_a_sign_comes_back_as_it_was(story: Story, wellbeing: Wellbeing) -> None:
    one = sign(story, "a", Part.MEALS, 0.3, evidence={"turn": 3}, home="home-1")
    take(story, wellbeing, one)
    (found,) = story.store.read(wellbeing.signs_of, "r-1")
    assert found == one
    assert story.store.read(wellbeing.signs_of, "r-1", story.clock.now() + timedelta(seconds=1)) == []


async def test_a_low_band_reaches_the_day_list_once(story: Story, wellbeing: Wellbeing) -> None:
    take(
        story,
        wellbeing,
        sign(story, "a", Part.MOOD, 0.1),
        sign(story, "b", Part.HEALTH, 0.2),
        sign(story, "c", Part.ANSWERING, 0.9, source=Source.CHECKIN),
    )
    await story.sender.once()
    assert story.phones.news() == [("u-1", "page")]
    (escalation,) = story.store.read(story.escalations.open_for, "r-1")
    assert (escalation.level, escalation.kinds) == ("watch", ("low_band",))
    assert "주의" in escalation.reasons[0]
    take(story, wellbeing, sign(story, "d", Part.MOOD, 0.2))
    await story.sender.once()
    assert story.phones.news() == []
    assert [s.kind for s in story.store.read(wellbeing.signs_of, "r-1")].count("low_band") == 1


async def test_a_fall_within_a_week_reaches_the_day_list_once(story: Story, wellbeing: Wellbeing) -> None:
    for day in range(3):
        take(
            story,
            wellbeing,
            sign(story, f"a{day}", Part.MOOD, 1.0),
            sign(story, f"b{day}", Part.HEALTH, 1.0),
            sign(story, f"c{day}", Part.ANSWERING, 1.0, source=Source.CHECKIN),
        )
        await story.passes(days=1)
    assert story.phones.news() == []
    take(story, wellbeing, sign(story, "bad", Part.MOOD, 0.0), sign(story, "bad2", Part.MOOD, 0.0))
    await story.sender.once()
    kinds = [s.kind for s in story.store.read(wellbeing.signs_of, "r-1")]
    assert kinds.count("falling_score") == 1
    assert story.phones.news() == [("u-1", "page")]


def test_scores_move_with_time_alone_and_their_history_is_kept_by_the_hour(story: Story, wellbeing: Wellbeing) -> None:
    take(
        story,
        wellbeing,
        sign(story, "a", Part.MEALS, 0.3),
        sign(story, "b", Part.ANSWERING, 1.0, source=Source.CHECKIN),
    )
    take(story, wellbeing, sign(story, "c", Part.SLEEP, 1.0))
    began = story.clock.now()
    assert story.store.write(wellbeing.sweep, story.clock.now()) == 0
    story.clock.forward(days=20)
    assert story.store.write(wellbeing.sweep, story.clock.now()) == 1
    assert story.store.write(wellbeing.sweep, story.clock.now()) == 0
    assert story.store.read(wellbeing.score_of, "r-1").value is None
    history = story.store.read(wellbeing.history, "r-1", began)
    assert [(kept.at, kept.score.value) for kept in history] == [(began, 80), (story.clock.now(), None)]


def test_a_fault_of_the_score_undoes_no_emergency_and_stops_no_other(
    story: Story, wellbeing: Wellbeing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(signs: list[Sign], now: datetime) -> Score:
        if any(one.resident == "r-1" for one in signs):
            raise ZeroDivisionError
        return score(signs, now)

    monkeypatch.setattr("wellbeing.service.score", broken)
    fell = sign(story, "a", Part.HEALTH, 0.0, kind="fall", level=Level.EMERGENCY)
    well = sign(story, "b", Part.HEALTH, 1.0, resident="r-2")
    assert all(taken.new for taken in take(story, wellbeing, fell, well))
    assert [one.level for one in story.store.read(story.escalations.open_for, "r-1")] == ["emergency"]
    assert story.store.read(wellbeing.score_of, "r-2").reasons
    story.clock.forward(hours=2)
    assert story.store.write(wellbeing.sweep, story.clock.now()) == 1
    assert story.store.write(wellbeing.sweep, story.clock.now()) == 0


def test_two_thousand_answers_are_one_batch(store: Store, clock: FixedClock) -> None:
    story = begin(store, clock)
    wellbeing = Wellbeing(story.escalations, WORDS)
    signs = [
        sign(story, f"{n}-{source}", Part.ANSWERING, 1.0, resident=f"r-{n}", source=source)
        for n in range(1000)
        for source in (Source.CHECKIN, Source.TALK)
    ]
    assert len(take(story, wellbeing, *signs)) == 2000
    scores = store.read(wellbeing.scores, [f"r-{n}" for n in range(1000)])
    assert {score.value for score in scores.values()} == {100}


def test_the_live_pages_hear_of_signs_and_scores_by_id_only(story: Story, wellbeing: Wellbeing) -> None:
    take(
        story,
        wellbeing,
        sign(story, "a", Part.MEALS, 0.9),
        sign(story, "b", Part.ANSWERING, 1.0, source=Source.CHECKIN),
    )
    told = [(change.kind, change.ref) for change in story.store.read(changes_since, 0)]
    assert ("sign", "a") in told
    assert ("score", "r-1") in told
    assert "거르셨" not in str(story.store.read(changes_since, 0))
