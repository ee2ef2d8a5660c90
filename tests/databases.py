"""The tests' databases: an empty one for each test, on SQLite a copy of a file, on PostgreSQL one that is emptied."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text
from sqlmodel import SQLModel

from store import Store
from store.rooms import open_rooms
from tests.needs import POSTGRES_URL

SECRET = "a secret of the tests, long enough"

_NOBODY_ELSE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_COUNTERS = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"


def import_tables() -> None:
    """Make every room's tables known, so that `create_all` makes them all."""
    open_rooms()


@dataclass(frozen=True)
class Template:
    """A database with every table and no row. `engine` made it: what it has learnt, a test's own need not."""

    url: str
    engine: Engine

    def store(self, url: str) -> Store:
        """A store on a database like this one, that knows its server and the statements compiled for earlier ones.

        A new engine asks and compiles everything anew, which takes longer than most tests.
        """
        made = Store(url, SECRET)
        made.engine.dialect = self.engine.dialect
        made.engine._compiled_cache = self.engine._compiled_cache
        return made


@contextmanager
def template(url: str) -> Iterator[Template]:
    """A template on this bare database."""
    import_tables()
    made = Store(url, SECRET)
    made.create_all()
    made.engine.dispose()  # what SQLite keeps beside its file comes into it with the last connection
    try:
        yield Template(url, made.engine)
    finally:
        made.close()


def sqlite_copy(folder: Path, of: Template) -> str:
    """An empty database in this folder; its address."""
    file = folder / "anbu.db"
    shutil.copy(str(make_url(of.url).database), file)
    return f"sqlite:///{file}"


@contextmanager
def database_of_the_tests() -> Iterator[str]:
    """A bare database on PostgreSQL, dropped afterwards; its address."""
    name = f"anbu_test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))  # nobody pulls its plug
    try:
        yield make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def emptied(of: Template) -> str:
    """The database on PostgreSQL itself, without a row and without anybody else; its address."""
    with of.engine.begin() as connection:
        connection.execute(text(_NOBODY_ELSE))
        there, counters = (connection.scalars(text(asked)).all() for asked in (_TABLES, _COUNTERS))
        tables = [table.name for table in reversed(SQLModel.metadata.sorted_tables) if table.name in there]
        emptying = [f'DELETE FROM "{table}"' for table in tables]  # noqa: S608 - our own tables' names
        restarting = [f'ALTER SEQUENCE "{counter}" RESTART' for counter in counters]
        connection.execute(text("; ".join([*emptying, *restarting])))
    return of.url
