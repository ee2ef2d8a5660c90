"""Fault 4: a worker stands still past its lease. Another takes over; when the first wakes, it overwrites nothing."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, select

from escalations.tables import DeliveryRow
from tests.acceptance.conftest import until
from tests.databases import database_of_the_tests
from tests.faults import promises
from tests.faults.street import Street, open_street
from tests.needs import need, postgres_found
from tests.running import free_port

pytestmark = pytest.mark.postgres


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    need("postgres", postgres_found())
    with database_of_the_tests() as url:
        async with open_street(tmp_path, url) as street:
            yield street


@pytest.mark.parametrize(
    "step", ["send", *(pytest.param(step, marks=pytest.mark.soak) for step in ("mark", "sent", "alert", "step"))]
)
async def test_another_takes_over_and_the_sleeper_overwrites_nothing(street: Street, step: str) -> None:
    await street.start()
    await street.link("u-001", "u-002")
    if step == "step":
        await street.press(1)
        await street.kept()
    await street.kill()
    if step == "step":
        promises.nobody_runs_for(street.store, seconds=30)
    await street.start(f"{step}:1:freeze")
    sleeper = street.service
    assert sleeper.process is not None
    pid = sleeper.process.pid
    if step != "step":
        await street.press(1)
    await until(lambda: _stands_still(pid))
    street.begun |= promises.in_flight(street.store)
    within_transaction = step not in {"send", "sent"}
    if not within_transaction:
        promises.nobody_runs_for(street.store, seconds=31)
    street.service = other = replace(sleeper, http_port=free_port(), mqtt_port=free_port(), process=None)
    try:
        await street.start()
        if step == "alert":  # nothing was committed: the gateway repeats its press to whoever is there now
            street.buttons.move(other.mqtt_port)
        await street.kept()
        won = _state(street)
        sleeper.process.send_signal(signal.SIGCONT)
        await until(lambda: "stale attempt" in sleeper.log() or step != "send")
        await street.kept()
        assert _state(street) == won, "the sleeper overwrote the winner"
    finally:
        await asyncio.to_thread(other.kill)
        street.service = sleeper


def _stands_still(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].startswith("T")


def _state(street: Street) -> list[tuple[str, ...]]:
    """What must not change any more: who was told of what, and how (of each first step: the next ones go on)."""

    return street.store.read(_settled)


def _settled(tx: Session) -> list[tuple[str, ...]]:
    sent = select(DeliveryRow.id, DeliveryRow.state, DeliveryRow.receipt).where(DeliveryRow.state == "sent")
    first = tx.exec(sent.where(DeliveryRow.step == 0)).all()
    return sorted((str(id), state, str(receipt)) for id, state, receipt in first)
