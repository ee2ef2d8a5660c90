"""Many rows in one statement. PostgreSQL gets them as one parameter, a list in JSON: planned once, however many they
are. SQLite has no wire to save; there the driver runs a small statement again and again."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Executable,
    FromClause,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session

from store.columns import Secret, SecretBytes, SecretJson

Rows = Sequence[Mapping[str, Any]]


def insert_many(tx: Session, table: Table, rows: Rows) -> None:
    """Append these rows; all have the same columns, none of them sealed."""
    _run(tx, _insert, table, rows)


def update_many(tx: Session, table: Table, rows: Rows) -> None:
    """Save these columns of rows that this transaction has locked, found by `id`; all have the same, none is sealed.

    A version is counted up, so that whoever has loaded such a row before loses the race.
    """
    _run(tx, _update, table, rows)


def on_postgresql(tx: Session) -> bool:
    """Whether many go at once."""
    return tx.get_bind().dialect.name == "postgresql"


def one_of(column: ColumnElement[Any], name: str, at_once: bool) -> ColumnElement[bool]:
    """Whether the column is one of the values of this parameter."""
    if at_once:
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    return column.in_(bindparam(name, expanding=True))


def _run(tx: Session, make: Callable[[Table, tuple[str, ...], bool], Executable], table: Table, rows: Rows) -> None:
    if not rows:
        return
    at_once, names = on_postgresql(tx), tuple(rows[0])
    statement = make(table, names, at_once)
    if at_once:
        tx.connection().execute(statement, {"rows": json.dumps(rows, default=_written, ensure_ascii=False)})
    else:
        tx.connection().execute(statement, [{f"{name}_": row[name] for name in names} for row in rows])


@cache
def _insert(table: Table, names: tuple[str, ...], at_once: bool) -> Executable:
    if at_once:
        return insert(table).from_select(names, select(*_given(table, names).c))
    return insert(table).values({name: bindparam(f"{name}_") for name in names})


@cache
def _update(table: Table, names: tuple[str, ...], at_once: bool) -> Executable:
    given: Any = _given(table, names).c if at_once else {name: bindparam(f"{name}_") for name in names}
    values = {name: given[name] for name in names if name != "id"}
    if "version" in table.c:
        values["version"] = table.c.version + 1
    return update(table).where(table.c.id == given["id"]).values(values)


def _given(table: Table, names: tuple[str, ...]) -> FromClause:
    """The rows of the parameter, as a table."""
    if sealed := [name for name in names if isinstance(table.c[name].type, Secret | SecretJson | SecretBytes)]:
        raise TypeError(f"{table.name}: {', '.join(sealed)} would be written without its seal")
    columns = [column(name, table.c[name].type) for name in names]
    rows = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    return rows.table_valued(*columns).render_derived(with_types=True)


def _written(value: Any) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    raise ValueError(f"{type(value).__name__}: neither plain nor a time with a zone")
