"""Faults 1 and 2: the service dies at each step from "due" to "sent", and nobody is lost."""

import asyncio
import gzip
import os
import random
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from sqlmodel import Session, col, func, select

from checkins.tables import CheckInRow
from store.clock import load_clock
from store.fault import STEPS
from tests.acceptance.conftest import until
from tests.databases import database_of_the_tests
from tests.faults import promises
from tests.faults.street import HOMES, Street, open_street
from tests.needs import need, postgres_found

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = int(os.environ.get("ANBU_FAULT_SEED", "20261123"))
SEEDS = int(os.environ.get("ANBU_FAULT_SEEDS", "20"))


DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DATABASES)
async def street(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Street]:
    """One street for all deaths, on each database."""
    async with _moved_in(request.param, tmp_path_factory.mktemp("street"), chats=14) as street:
        yield street


@pytest_asyncio.fixture(loop_scope="module", params=DATABASES)
async def new_street(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Street]:
    """A street in which nothing has happened yet: one order of deaths uses up most of its homes."""
    async with _moved_in(request.param, tmp_path, chats=HOMES) as street:
        yield street


@asynccontextmanager
async def _moved_in(database: str, folder: Path, chats: int) -> AsyncIterator[Street]:
    """chats: so many residents have one."""
    with ExitStack() as stack:
        need("postgres", database == "sqlite" or postgres_found())
        url = None if database == "sqlite" else stack.enter_context(database_of_the_tests())
        async with open_street(folder, url) as street:
            await street.start()
            await street.link("u-001", "u-002", "c-001", *(f"r-{number:03}" for number in range(1, chats + 1)))
            await street.kill()
            yield street


@pytest.mark.parametrize("step", STEPS)
async def test_whoever_dies_leaves_nobody_behind(street: Street, step: str) -> None:
    await dies_at(street, step, random.Random(f"{SEED} {step}"))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SEED, SEED + SEEDS))
async def test_whoever_dies_anywhere_in_any_order_leaves_nobody_behind(new_street: Street, seed: int) -> None:
    rng = random.Random(seed)
    for step in rng.sample(STEPS, len(STEPS)):
        await dies_at(new_street, step, rng)


async def test_after_all_these_deaths_nothing_private_lies_about(street: Street) -> None:
    """Fault 24: logs, figures, the database's files and a backup, after presses, questions and answers."""
    await street.start()
    async with httpx.AsyncClient() as client:
        figures = (await client.get(f"{street.service.url}/metrics")).content
    backup = street.service.folder / "backup.anbu"
    assert (await asyncio.to_thread(street.service.verb, "backup", str(backup))).returncode == 0
    await street.kill()
    files = [file for file in street.service.folder.iterdir() if file.is_file() and not file.name.startswith("town-")]
    assert {"service.log", "backup.anbu"} <= {file.name for file in files}
    left = {file.name: file.read_bytes() for file in files} | {"/metrics": figures}
    left["backup.anbu, opened"] = gzip.decompress(left["backup.anbu"])
    canaries = street.secrets()
    found = [(name, what) for name, content in left.items() for what, canary in canaries.items() if canary in content]
    assert found == []


async def dies_at(street: Street, step: str, rng: random.Random) -> None:
    """Armed, stirred, dead, started again: every promise is kept."""
    # One sweep takes all steps that are due, and one turn of the sender writes down all that has landed.
    times = 1 if step in ("step", "mark") else rng.choice([1, 1, 2, 3])
    print(f"FAULT={step}:{times}")  # noqa: T201 - what to repeat when it fails
    try:
        if step == "due":
            promises.nobody_runs_for(street.store, hours=13)
        if step == "step":
            await _before_the_next_step(street)
        await street.start(f"{step}:{times}")
        await _stir(street, step, times)
        await street.died()
        await street.start()
        await street.kept()
        assert street.store.read(_doubled) == [], "two check-ins for one slot"
    finally:
        await street.kill()


async def _before_the_next_step(street: Street) -> None:
    """Somebody is waiting for help when the service goes down for a minute."""
    await street.start()
    for _ in range(2):
        await street.press(street.next_home())
    await street.kept()
    await street.kill()
    promises.nobody_runs_for(street.store, seconds=30)


async def _stir(street: Street, step: str, times: int) -> None:
    """Whatever brings the service to this step so many times."""
    match step:
        case "claim" | "call":
            # A sweep takes all that are due and counts once: each is asked for when the one before is on its way.
            for _ in range(HOMES):
                await street.ask(f"r-{street.next_home():03}")
                await until(lambda: not street.lives() or not street.store.read(_due))
                if not street.lives():
                    return
        case "transcript" | "score":
            for _ in range(times):
                street.phones[f"r-{street.next_home():03}"].says("응, 잘 지냈어요. 밥도 잘 먹었고.")
        case "due" | "step":
            pass
        case _:
            for _ in range(times):
                await street.press(street.next_home())


def _due(tx: Session) -> bool:
    """Whether a check-in waits to be asked at this moment."""
    now = load_clock(tx, 1.0).now()
    return tx.exec(select(CheckInRow.id).where(col(CheckInRow.due_at) <= now)).first() is not None


def _doubled(tx: Session) -> list[tuple[str, str, str]]:
    slot = (CheckInRow.resident, CheckInRow.local_date, CheckInRow.slot)
    return list(tx.exec(select(*slot).group_by(*slot).having(func.count(col(CheckInRow.id)) > 1)))
