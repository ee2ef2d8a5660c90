"""Shared fixtures: a store of its own for each test, on SQLite and on PostgreSQL where found, and a clock it moves."""

import os
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from store import FixedClock, Store, ids
from tests.databases import SECRET, Template, database_of_the_tests, emptied, import_tables, sqlite_copy, template
from tests.needs import need, postgres_found
from tests.spreading import scheduler, turn

__all__ = ["SECRET", "SEOUL", "database_of_the_tests", "import_tables"]

SEOUL = ZoneInfo("Asia/Seoul")
#: where a file costs no disk, and how much room there has to be: containers often have next to none.
IN_MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # noqa: S108


def pytest_configure() -> None:
    """Thousands of small databases wait for no disk."""
    if IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long first, the rest as it stands."""
    items.sort(key=lambda item: turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What shares a service or a browser stays together."""
    return scheduler(config, log)


class Ticking:
    """A clock that shows a millisecond more whenever it is looked at, at least."""

    shown = 0.0

    def time(self) -> float:
        self.shown = max(time.time(), self.shown + 0.002)
        return self.shown


@pytest.fixture(scope="session", autouse=True)
def ids_in_order() -> Iterator[None]:
    """What is made first has the smaller id, however many a fast disk lets a story make in one millisecond."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "time", Ticking())
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """An empty database that each test gets a copy of: making forty tables takes longer than most tests."""
    with template(f"sqlite:///{tmp_path_factory.mktemp('template')}/empty.db") as made:
        yield made


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[Template]:
    """The same on PostgreSQL, where copying takes longer still: each test gets it itself, emptied."""
    need("postgres", postgres_found())
    with database_of_the_tests() as url, template(url) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path, sqlite_template: Template) -> Iterator[Store]:
    """An empty store on a SQLite file."""
    made = sqlite_template.store(sqlite_copy(tmp_path, sqlite_template))
    yield made
    made.close()


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A bare database of the test's own on PostgreSQL."""
    need("postgres", postgres_found())
    with database_of_the_tests() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, once on SQLite and once on PostgreSQL."""
    empty: Template = request.getfixturevalue(f"{request.param}_template")
    made = empty.store(sqlite_copy(tmp_path, empty) if request.param == "sqlite" else emptied(empty))
    yield made
    made.close()


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2026-11-23, nine in the morning in Seoul."""
    return FixedClock(datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL))
