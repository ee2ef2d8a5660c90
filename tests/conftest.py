"""Shared fixtures: a store of its own for each test, on SQLite and on PostgreSQL where found, and a clock it moves."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, make_url, text

from store import FixedClock, Store
from store.rooms import open_rooms
from tests.needs import POSTGRES_URL, need, postgres_found

SEOUL = ZoneInfo("Asia/Seoul")
SECRET = "a secret of the tests, long enough"
#: These wait for processes, browsers and real minutes; begun first, nobody waits for them at the end.
BEGUN_FIRST = ("tests/acceptance/", "tests/faults/", "tests/speech/test_speaker_", "tests/checkins/test_two_workers")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, the rest as they stand."""
    items.sort(key=lambda item: not item.nodeid.startswith(BEGUN_FIRST))


def import_tables() -> None:
    """Make every room's tables known, so that `create_all` makes them all."""
    open_rooms()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database that each test gets a copy of: making forty tables takes longer than most tests."""
    import_tables()
    file = tmp_path_factory.mktemp("template") / "empty.db"
    made = Store(f"sqlite:///{file}", SECRET)
    made.create_all()
    made.close()
    return file


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The same on PostgreSQL: the name of a template database."""
    need("postgres", postgres_found())
    import_tables()
    with database_of_the_tests() as url:
        made = Store(url, SECRET)
        made.create_all()
        made.close()
        yield str(make_url(url).database)


@contextmanager
def database_of_the_tests(template: str = "template1") -> Iterator[str]:
    """A database on PostgreSQL, dropped afterwards; its address."""
    name = f"anbu_test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def store(tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    """An empty store on a SQLite file."""
    made = Store(_sqlite_copy(tmp_path, sqlite_template), SECRET)
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
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = _sqlite_copy(tmp_path, request.getfixturevalue("sqlite_template"))
        else:
            url = stack.enter_context(database_of_the_tests(request.getfixturevalue("postgres_template")))
        made = Store(url, SECRET)
        yield made
        made.close()


def _sqlite_copy(folder: Path, template: Path) -> str:
    file = folder / "anbu.db"
    shutil.copy(template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2026-11-23, nine in the morning in Seoul."""
    return FixedClock(datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL))
