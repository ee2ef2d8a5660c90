"""A backup that any database the service runs on can take back: one gzip of JSON Lines, sealed columns left sealed."""

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Column, Connection, Table, Text, insert, select, text, type_coerce
from sqlmodel import SQLModel

from store.columns import Json, Secret, SecretBytes, SecretJson, UtcDateTime
from store.engine import Store
from store.rooms import open_rooms
from store.secrets import Sealer, WrongKey

FORMAT = 1
_CHUNK = 1000
_SEALED = (Secret, SecretJson, SecretBytes)


class BadBackup(Exception):
    """The file is no backup of this service, is damaged, or belongs to another version of it."""


def backup(store: Store, file: Path, now: datetime) -> int:
    """Write everything to `file`, as of one moment, while the service runs. Returns the number of rows.

    The key (ANBU_SECRET_KEY or var/secret_key) is not in it: without that key it cannot be read. Keep both, apart.
    """
    open_rooms()
    partial = file.with_name(file.name + ".partial")
    rows = 0
    with store.engine.connect() as connection, _private(partial) as out:
        _one_moment(connection, store)
        header = {"anbu_backup": FORMAT, "revision": _revision(connection), "at": now.isoformat()}
        out.write(json.dumps(header) + "\n")
        for table in SQLModel.metadata.sorted_tables:
            for row in _rows(connection, table):
                out.write(json.dumps([table.name, row], ensure_ascii=False) + "\n")
                rows += 1
    partial.replace(file)
    return rows


def restore(store: Store, file: Path, sealer: Sealer) -> int:
    """Replace everything in the store by the backup, in one transaction. Returns the number of rows.

    Raises BadBackup, or WrongKey when the backup was sealed with another key; then nothing has changed.
    """
    open_rooms()
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines, store.engine.connect() as connection:
            _check(connection, lines.readline())
            if store.on_sqlite:
                connection.execute(text("BEGIN IMMEDIATE"))
            for table in reversed(SQLModel.metadata.sorted_tables):
                connection.execute(table.delete())
            rows = _take_back(connection, lines, sealer)
            _set_sequences(connection, store)
            connection.commit()
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise BadBackup(f"{file}: not a whole backup ({type(error).__name__}); nothing was changed") from None
    return rows


@contextmanager
def _private(file: Path) -> Iterator[IO[str]]:
    """A compressed text file that only its owner may read."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw, gzip.open(raw, "wt", encoding="utf-8") as out:
        yield out


def _one_moment(connection: Connection, store: Store) -> None:
    start = "BEGIN" if store.on_sqlite else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
    connection.execute(text(start))


def _revision(connection: Connection) -> str | None:
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    raw = [type_coerce(c, Text).label(c.name) if isinstance(c.type, _SEALED) else c for c in table.columns]
    result = connection.execution_options(stream_results=True, yield_per=_CHUNK).execute(select(*raw))
    for row in result:
        yield {name: v.isoformat() if isinstance(v, datetime) else v for name, v in row._mapping.items()}


def _check(connection: Connection, header: str) -> None:
    found = json.loads(header)
    if not isinstance(found, dict) or found.get("anbu_backup") != FORMAT:
        raise BadBackup("this file is no backup of Anbu")
    if found.get("revision") != _revision(connection):
        raise BadBackup(f"the backup is of database revision {found.get('revision')}: restore it with that version")
    connection.rollback()


def _take_back(connection: Connection, lines: Iterator[str], sealer: Sealer) -> int:
    tables = SQLModel.metadata.tables
    rows, waiting, current = 0, list[dict[str, Any]](), None
    for line in lines:
        name, row = json.loads(line)
        table = tables[name]
        if waiting and (table is not current or len(waiting) >= _CHUNK):
            _insert(connection, current, waiting)
            waiting = []
        current = table
        waiting.append(_typed(table, row, sealer))
        rows += 1
    if waiting:
        _insert(connection, current, waiting)
    return rows


def _insert(connection: Connection, table: Table | None, rows: list[dict[str, Any]]) -> None:
    if table is not None:
        connection.execute(insert(table), rows)


def _typed(table: Table, row: dict[str, Any], sealer: Sealer) -> dict[str, Any]:
    return {name: _value(table.columns[name], value, sealer) for name, value in row.items()}


def _value(column: Column[Any], value: Any, sealer: Sealer) -> Any:
    if value is None or isinstance(column.type, Json):
        return value
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Secret):
        return sealer.open(value)
    if isinstance(column.type, SecretBytes):
        return sealer.open_bytes(value)
    return json.loads(sealer.open(value)) if isinstance(column.type, SecretJson) else value


def _set_sequences(connection: Connection, store: Store) -> None:
    """On PostgreSQL a counter goes on after the highest number that came back."""
    if store.on_sqlite:
        return
    for table in SQLModel.metadata.sorted_tables:
        key = table.autoincrement_column
        if key is not None:
            sequence = f"pg_get_serial_sequence('{table.name}', '{key.name}')"
            highest = f"(SELECT coalesce(max({key.name}), 0) + 1 FROM {table.name})"  # noqa: S608 - our own names
            connection.execute(text(f"SELECT setval({sequence}, {highest}, false)"))


__all__ = ["BadBackup", "WrongKey", "backup", "restore"]
