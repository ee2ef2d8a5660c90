"""Insert-or-update for many rows at once, on SQLite and PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, case, func, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session


def insert(tx: Session, table: Table) -> Any:
    """The database's own INSERT, which knows ON CONFLICT."""
    on_sqlite = tx.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if on_sqlite else postgresql.insert(table)


def execute(tx: Session, statement: Any, rows: Sequence[dict[str, Any]]) -> int:
    """Run for all rows at once; how many rows it changed."""
    result = tx.connection().execute(statement, list(rows), execution_options={"preserve_rowcount": True})
    return int(result.rowcount)


def upsert(tx: Session, table: Table, keys: tuple[str, ...], latest: tuple[str, ...]) -> Any:
    """Insert or update; an unsaid value keeps the old one, a time in `latest` only moves forward."""
    statement = insert(tx, table)
    new: dict[str, Any] = {
        column.name: func.coalesce(statement.excluded[column.name], column)
        for column in table.columns
        if column.name not in keys and column.name not in latest
    }
    for name in latest:
        old, said = table.c[name], statement.excluded[name]
        new[name] = case((or_(said.is_(None), old > said), old), else_=said)
    return statement.on_conflict_do_update(index_elements=list(keys), set_=new)
