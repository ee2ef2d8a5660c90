"""Migrations build exactly what the rooms' tables say, once, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel

from store import Store
from store.migrate import MIGRATIONS, NewerDatabase, migrate, revisions
from tests.conftest import SECRET, import_tables


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store with nothing in it."""
    import_tables()
    sqlite = f"sqlite:///{tmp_path}/bare.db"
    store = Store(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"), SECRET)
    yield store
    store.close()


def test_migrating_builds_what_the_tables_say_and_a_second_time_does_nothing(bare: Store) -> None:
    assert migrate(bare) is True
    assert migrate(bare) is False
    ours = {name for name in SQLModel.metadata.tables if not name.startswith("test_")}
    with bare.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert [d for d in differences if not (_of_the_tests(d, ours) or _unread(d, bare))] == []


def test_the_files_are_named_by_their_revisions() -> None:
    known = ScriptDirectory(str(MIGRATIONS))
    assert revisions() == sorted(script.revision for script in known.walk_revisions())
    assert known.get_current_head() == revisions()[-1]


def test_a_database_of_a_newer_version_is_left_alone(bare: Store) -> None:
    migrate(bare)
    with bare.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="newer Anbu"):
        migrate(bare)


def _unread(difference: object, bare: Store) -> bool:
    """SQLite does not tell in which direction an index runs."""
    return bare.on_sqlite and "Index('ix_deliveries_lane'" in str(difference)


def _of_the_tests(difference: object, ours: set[str]) -> bool:
    """Tables that only tests define (test_…) are no difference."""
    return "test_" in str(difference) and not any(f"'{name}'" in str(difference) for name in ours)
