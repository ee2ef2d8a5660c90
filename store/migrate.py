"""Bringing the database up to date: Alembic, run by itself at every start, by one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from store.engine import Store

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x616E6275  # "anbu": the advisory lock that lets one process migrate on PostgreSQL


class NewerDatabase(Exception):
    """The database was written by a newer Anbu: install that version, or restore an older backup."""


def migrate(store: Store) -> bool:
    """Bring the database to the newest revision; True when something was done. Raises NewerDatabase."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    head = scripts.get_current_head()
    with store.engine.connect() as connection:
        if _current(connection) == head:
            return False
        _lock(connection, store)
        current = _current(connection)
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise NewerDatabase(NewerDatabase.__doc__)
        if current != head:
            command.upgrade(_config(connection), "head")
        connection.commit()
    return current != head


def _config(connection: Connection) -> Config:
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
