"""The evening's digest: only where it is shared, once a day, not for who muted it."""

from datetime import datetime
from threading import Event

import pytest
from sqlmodel import Session

from bot.digest import post_digests
from bot.tables import MuteRow
from store import FixedClock
from tests.bot.conftest import Stage
from tests.bot.waiting import until
from tests.conftest import SEOUL


async def test_the_day_is_told_once_in_the_evening_to_whom_it_is_shared_with(stage: Stage, clock: FixedClock) -> None:
    stage.share()
    first = stage.start()
    daughter, son = await stage.linked("contact", "c-001"), await stage.linked("contact", "c-002")
    await stage.sent()
    assert (daughter.messages, son.messages) == ([], [])

    clock.at = datetime(2026, 11, 23, 19, 1, tzinfo=SEOUL)
    await _evening_passes(stage)
    await stage.sent()
    assert "안부 어르신의 소식" in daughter.last.text
    assert daughter.last.silent

    await stage.stop(first)
    stage.start()  # after a restart the evening is gone through again
    clock.forward(minutes=5)
    await stage.linked("coordinator", "u-001")
    await stage.sent()
    assert len(daughter.messages) == 1
    assert son.messages == []


async def _evening_passes(stage: Stage) -> None:
    listed = stage.escalations.deliveries
    await until(lambda: any(one.kind == "digest" for one in stage.store.read(listed).items), "the digest is posted")


async def test_who_muted_the_news_or_hears_of_nothing_gets_none(stage: Stage, clock: FixedClock) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    assert stage.store.write(post_digests, stage.house, ["r-001"], clock.now()) == 0
    stage.share()
    stage.store.write(lambda tx: tx.add(MuteRow(contact="c-001")))
    assert stage.store.write(post_digests, stage.house, ["r-001"], clock.now()) == 0
    await stage.sent()
    assert daughter.messages == []


async def test_who_writes_while_a_whole_towns_digests_are_made_does_not_wait_for_them(
    stage: Stage, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, over = Event(), Event()

    def slowly(_tx: Session) -> list[str]:
        begun.set()
        over.wait(20)
        return []

    monkeypatch.setattr("bot.loop._ids", slowly)
    clock.at = datetime(2026, 11, 23, 19, 1, tzinfo=SEOUL)
    stage.start()
    try:
        await until(begun.is_set, "the digests are begun")
        await stage.linked("coordinator", "u-001")  # is answered
    finally:
        over.set()
