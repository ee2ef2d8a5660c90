"""The auditor: what has lost its next step gets one again, it is shown, and only a clean run vouches for the house."""

from datetime import datetime

import httpx
import pytest
from sqlmodel import Session

from escalations.auditor import Audited, Finding, audit, latest
from escalations.heartbeat import vouch
from escalations.tables import DeliveryRow, EscalationRow
from residents.sign import Level
from tests.escalations.story import Story, not_now


def run(story: Story, *checks: object) -> Audited:
    return story.store.write(audit, story.clock.now(), story.clock.real(), checks)  # type: ignore[arg-type]


async def test_a_quiet_house_is_clean_and_vouched_for(story: Story) -> None:
    await story.happens("sos")
    called: list[str] = []

    async def get(url: str) -> None:
        called.append(url)

    audited = run(story)
    assert audited.clean
    assert await vouch(audited, "http://outside.example/ping", get)
    assert not await vouch(audited, None, get)
    assert called == ["http://outside.example/ping"]
    assert story.store.read(latest) == Audited(audited.at, ())


async def test_an_escalation_without_a_step_is_repaired_and_pages_again(story: Story) -> None:
    id = await story.happens("sos")
    story.phones.news()

    def lose(tx: Session) -> None:
        row = tx.get(EscalationRow, id)
        assert row is not None
        row.due_at = None

    story.store.write(lose)
    await story.passes(minutes=3)
    assert story.phones.news() == []
    found = run(story)
    assert found.findings == (Finding("escalation_without_step", id, repaired=True),)
    await story.passes(seconds=1)
    assert story.phones.news() == [("c-2", "page"), ("u-2", "page")]
    assert "repaired" in story.ledger(id)
    assert run(story).clean


async def test_a_step_long_past_its_time_is_found(story: Story) -> None:
    id = await story.happens("sos")
    story.clock.forward(minutes=4)
    assert run(story).findings == (Finding("escalation_late", id, repaired=True),)


async def test_a_channel_dead_for_long_withholds_the_heartbeat(story: Story) -> None:
    for who in ("u-1", "u-2", "u-9"):
        story.phones.behave[f"chat-{who}"] = not_now()
    id = await story.happens("silence", resident="r-2")
    for _ in range(5):
        await story.passes(minutes=1)
    assert run(story).findings == (Finding("emergency_unheard", id, repaired=False),)
    story.phones.behave.clear()
    await story.passes(minutes=1)
    assert run(story).clean


async def test_a_message_tried_in_vain_for_long_is_found(story: Story) -> None:
    story.phones.behave["chat-u-1"] = not_now()
    await story.happens("wish", Level.WATCH)
    for _ in range(11):
        await story.passes(minutes=1)
    assert [finding.what for finding in run(story).findings] == ["delivery_stuck"]


async def test_a_delivery_without_a_time_leaves_after_the_repair(story: Story) -> None:
    id = story.store.write(story.escalations.raise_sign, story.sign(resident="r-2"), story.clock.now())

    def lose(tx: Session) -> None:
        from sqlmodel import select

        for row in tx.exec(select(DeliveryRow).where(DeliveryRow.escalation == id)):
            row.due_at = None

    story.store.write(lose)
    await story.sender.once()
    assert story.phones.news() == []
    assert [finding.what for finding in run(story).findings] == ["delivery_without_time"]
    await story.sender.once()
    assert story.phones.news() == [("u-1", "page")]


async def test_other_rooms_checks_count(story: Story) -> None:
    def checkins(_tx: Session, _now: datetime) -> list[Finding]:
        return [Finding("checkin_without_step", "k-1", repaired=True)]

    audited = run(story, checkins)
    assert not audited.clean
    assert not await vouch(audited, "http://outside.example/ping")


async def test_an_unreachable_outside_is_no_error_here(story: Story) -> None:
    async def get(_url: str) -> None:
        raise httpx.ConnectError("no route")

    assert not await vouch(run(story), "http://outside.example/ping", get)


@pytest.mark.parametrize("speed", [60.0])
async def test_a_fast_clock_is_given_more_time(story: Story, speed: float) -> None:
    await story.happens("sos")
    story.clock.forward(minutes=4)
    assert story.store.write(audit, story.clock.now(), story.clock.real(), (), speed).clean
