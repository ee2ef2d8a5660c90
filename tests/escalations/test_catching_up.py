"""The service stood still: everybody who missed something by it is told of, once; leases that never end are ended."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from escalations.auditor import Finding, audit
from escalations.house import House
from escalations.raising import raise_sign
from escalations.tables import DeliveryRow
from residents.sign import Sign
from tests.escalations.story import Level, Story


def audited(story: Story, **unasked: list[datetime]) -> int | None:
    """One minute's audit, as the service's clock has it."""

    def work(tx: Session) -> int | None:
        now = story.clock.now()
        told = story.escalations.caught_up(tx, now, 1.0, lambda _since: unasked)
        audit(tx, now, story.clock.real())
        return told

    return story.store.write(work)


async def test_a_service_that_runs_has_nothing_to_catch_up(story: Story) -> None:
    assert audited(story) is None
    for _ in range(3):
        await story.passes(minutes=1)
        assert audited(story) is None
    assert story.phones.news() == []


async def test_after_a_standstill_each_resident_is_one_task_and_the_supervisor_hears_once(story: Story) -> None:
    audited(story)
    down = story.clock.now()
    await story.passes(hours=3)
    times = [down + timedelta(minutes=30), down + timedelta(hours=1)]
    assert audited(story, **{"r-1": times, "r-2": times[:1]}) == 2
    await story.sender.once()
    assert story.phones.news() == [("u-1", "page"), ("u-1", "page"), ("u-9", "notice")]
    assert "2분" in story.phones.last_to("u-9").body["text"]
    (task,) = story.store.read(story.escalations.open_for, "r-1")
    assert (task.level, task.kinds) == ("watch", ("service_down",))
    assert task.reasons[0].count("안부를 제때") == 1
    assert "11월 23일 09:30, 11월 23일 10:00" in task.reasons[0]
    await story.passes(minutes=1)
    assert audited(story) is None


async def test_a_standstill_in_which_nothing_was_missed_says_so_and_one_of_a_home_is_counted(story: Story) -> None:
    audited(story)
    await story.passes(hours=3)
    assert audited(story, **{"r-1": []}) == 0
    await story.sender.once()
    assert story.phones.news() == [("u-9", "notice")]
    assert "놓친 일은 없습니다" in story.phones.last_to("u-9").body["text"]
    assert story.store.read(story.escalations.open_for, "r-1") == []
    await story.happens("smoke", resident=None, home="home-1")
    story.clock.forward(hours=1)
    assert audited(story) == 0
    await story.sender.once()
    assert "알림 1건의 다음 단계도" in story.phones.last_to("u-9").body["text"]


async def test_an_alarm_that_waited_through_a_standstill_says_so_and_goes_on_at_once(story: Story) -> None:
    id = await story.happens("sos", resident="r-2")
    audited(story)
    story.phones.news()
    story.clock.forward(minutes=30)
    assert audited(story) == 1
    await story.passes(seconds=1)
    assert ("u-2", "page") in story.phones.news()
    detail = story.store.read(story.escalations.detail, id, story.clock.now())
    assert "응급 알림의 다음 단계가 늦어졌습니다" in detail.evidence[-1].text


async def test_one_resident_whose_task_cannot_be_opened_keeps_nobody_else_in_the_dark(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited(story)
    await story.passes(hours=3)

    def broken(tx: Session, house: House, sign: Sign, now: datetime) -> str:
        id = raise_sign(tx, house, sign, now)
        if sign.resident == "r-1":
            raise KeyError(sign.resident)
        return id

    monkeypatch.setattr("escalations.catching_up.raise_sign", broken)
    assert audited(story, **{"r-1": [story.clock.now()], "r-2": [story.clock.now()]}) == 2
    assert story.store.read(story.escalations.open_for, "r-1") == []
    assert [one.kinds for one in story.store.read(story.escalations.open_for, "r-2")] == [("service_down",)]
    await story.passes(minutes=1)
    assert audited(story) is None, "the auditor goes on"


async def test_a_lease_from_a_clock_that_was_set_back_is_ended(story: Story) -> None:
    story.store.write(story.escalations.raise_sign, story.sign("wish", Level.WATCH), story.clock.now())

    def hold(tx: Session) -> None:
        for row in tx.exec(select(DeliveryRow)):
            row.held_by, row.held_until = "somebody", story.clock.now() + timedelta(hours=2)

    story.store.write(hold)
    await story.sender.once()
    assert story.phones.news() == []
    found = story.store.write(audit, story.clock.now(), story.clock.real())
    assert [(f.what, f.repaired) for f in found.findings] == [("lease_too_long", True)]
    assert isinstance(found.findings[0], Finding)
    await story.sender.once()
    assert story.phones.news() == [("u-1", "page")]
