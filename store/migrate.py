"""Bringing the database up to date: Alembic, run by itself at every start, by one process at a time."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from store.engine import Store

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x616E6275  # "anbu": the advisory lock that lets one process migrate on PostgreSQL


class NewerDatabase(Exception):
    """The database was written by a newer Anbu: install that version, or restore an older backup."""


def migrate(store: Store) -> bool:
    """Bring the database to the newest revision; True when something was done. Raises NewerDatabase."""
    known = revisions()
    head = known[-1]
    with store.engine.connect() as connection:
        if _current(connection) == head:
            return False
        _lock(connection, store)
        current = _current(connection)
        if current is not None and current not in known:
            raise NewerDatabase(NewerDatabase.__doc__)
        if current != head:
            _upgrade(connection)
        connection.commit()
    return current != head


def revisions() -> list[str]:
    """All there are, the newest last: what their files are named by. Alembic itself costs a tenth of a start."""
    return sorted(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _lock(connection: Connection, store: Store) -> None:
    connection.rollback()
    if store.on_sqlite:
        connection.execute(text("BEGIN IMMEDIATE"))
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
