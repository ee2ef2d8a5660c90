"""Faults 10, 11 and 12: the database is locked, full, or throws everybody out, while somebody presses the button."""

import asyncio
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import Session

from tests.acceptance.conftest import until
from tests.databases import database_of_the_tests
from tests.faults.street import Street, open_street
from tests.needs import need, postgres_found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for 24 MB; needs the right to mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("may not mount a small disk here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


async def moved_in(street: Street) -> None:
    await street.start()
    await street.link("u-001", "u-002")


def told(street: Street) -> bool:
    """Whether both on duty have heard of a press that could not be written down."""
    return all(any("기록이 저장되지 않아" in text for text in street.phones[who].texts) for who in ("u-001", "u-002"))


async def ready(street: Street) -> tuple[int, str]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{street.service.url}/readyz", timeout=10)
    return answer.status_code, str(answer.json()["parts"]["database"])


async def test_locked_for_a_while_nothing_is_acknowledged_and_nothing_is_lost(tmp_path: Path) -> None:
    async with open_street(tmp_path) as street:
        await moved_in(street)
        with closing(sqlite3.connect(tmp_path / "anbu.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await street.press(1)
            await until(lambda: told(street))
            assert street.buttons.acked == {}
            other.execute("ROLLBACK")
        await street.kept()


@pytest.mark.soak
async def test_full_it_says_so_and_goes_on_once_there_is_room(small_disk: Path) -> None:
    async with open_street(small_disk) as street:
        await moved_in(street)
        assert await ready(street) == (200, "ok")
        ballast = small_disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            while (left := shutil.disk_usage(small_disk).free) > 0:
                file.write(b"\0" * min(left, 1 << 20))
        for home in range(1, 13):  # what SQLite has room for in its own file is soon used up
            await street.press(home)
        await until(lambda: told(street))
        assert len(street.buttons.acked) < 12, "acknowledged what it could not write down"
        status, said = await ready(street)
        assert (status, "full" in said) == (503, True), said
        ballast.unlink()
        await street.kept()
        assert await ready(street) == (200, "ok")


@pytest.mark.postgres
async def test_thrown_out_by_postgres_it_comes_back(tmp_path: Path) -> None:
    need("postgres", postgres_found())
    with database_of_the_tests() as url:
        async with open_street(tmp_path, url) as street:
            await moved_in(street)
            for home in range(1, 6):
                await street.press(home)
                await asyncio.to_thread(street.store.read, _throw_all_out)
            await street.kept()


def _throw_all_out(tx: Session) -> None:
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    tx.connection().execute(text(f"{others} AND pid <> pg_backend_pid()"))
