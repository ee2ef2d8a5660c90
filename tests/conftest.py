"""Shared fixtures: a store of its own for each test, on SQLite and on PostgreSQL where found, and a clock it moves."""

import importlib
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, make_url, text

from store import FixedClock, Store
from tests.needs import POSTGRES_URL, need, postgres_found

SEOUL = ZoneInfo("Asia/Seoul")
SECRET = "a secret of the tests, long enough"
ROOMS = ("residents", "escalations", "wellbeing", "checkins", "sensors", "bot", "console")
ROOT = Path(__file__).parents[1]


def import_tables() -> None:
    """Make every room's tables known, so that `create_all` makes them all."""
    for room in ROOMS:
        if (ROOT / room / "tables.py").exists():
            importlib.import_module(f"{room}.tables")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store on a SQLite file."""
    import_tables()
    made = Store(f"sqlite:///{tmp_path}/anbu.db", SECRET)
    made.create_all()
    yield made
    made.close()


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A database of the test's own on PostgreSQL, dropped afterwards."""
    need("postgres", postgres_found())
    name = f"anbu_test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, once on SQLite and once on PostgreSQL."""
    import_tables()
    sqlite = f"sqlite:///{tmp_path}/anbu.db"
    made = Store(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"), SECRET)
    made.create_all()
    yield made
    made.close()


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2026-11-23, nine in the morning in Seoul."""
    return FixedClock(datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL))
