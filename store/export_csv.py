"""Tables as CSV files for people with a reason: opened, inert in a spreadsheet, and never the secrets."""

import csv
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Select, Table, or_, select
from sqlmodel import Session, SQLModel

from store.columns import UtcDateTime

#: never exported: they open doors, or are the service's own bookkeeping.
WITHHELD = frozenset(
    {
        "tokens",
        "codes",
        "homes",
        "sessions",
        "sign_in_tries",
        "telegram_updates",
        "telegram_polls",
        "clock_anchor",
        "checkin_marks",
        "presence",
        "satellite_holds",
        "call_backs",
        "changes",
        "fleet",
        "watches",
    }
)
_HIDDEN_COLUMNS = frozenset(
    {"password_hash", "email_hash", "held_by", "held_until", "version", "imported", "sound", "notify"}
)
#: addresses of deliveries hold passwords of mail servers and tokens of services.
_HIDDEN = frozenset({("deliveries", "address")})
#: columns that say whose a row is, and since when it is, in the order they are looked for.
_WHOSE = ("resident", "whose", "person_id")
_WHEN = ("at", "due_at", "opened_at", "posted_at", "made_at", "created_at", "start")


class NoSuchTable(LookupError):
    """There is no such table to export."""


def tables() -> list[str]:
    """The tables that can be exported."""
    return sorted(set(SQLModel.metadata.tables) - WITHHELD)


def export_csv(
    tx: Session, out: Path, *, table: str | None = None, resident: str | None = None, since: datetime | None = None
) -> dict[str, int]:
    """One file a table in `out`; the rows written, by table. A table that says nothing about one resident is left out
    when `resident` is given. Raises NoSuchTable."""
    names = [table] if table else tables()
    if unknown := set(names) - set(tables()):
        raise NoSuchTable(f"no table {', '.join(unknown)} to export; there are {', '.join(tables())}")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = {}
    for name in names:
        statement = _statement(SQLModel.metadata.tables[name], resident, since)
        if statement is not None:
            written[name] = _write(tx, statement, out / f"{name}.csv")
    return written


def inert(value: Any) -> Any:
    """A cell that a spreadsheet shows and never runs: formulas get a leading apostrophe (OWASP: CSV injection)."""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, datetime):
        return value.isoformat()
    return "'" + value if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _statement(table: Table, resident: str | None, since: datetime | None) -> Select[Any] | None:
    columns = [column for column in table.columns if not _is_hidden(table, column)]
    statement = select(*columns)
    if resident is not None:
        whose = _columns(table, _WHOSE) or (_columns(table, ("id",)) if table.name == "residents" else [])
        if not whose:
            return None
        statement = statement.where(or_(*(column == resident for column in whose)))
    when = [column for column in _columns(table, _WHEN) if isinstance(column.type, UtcDateTime)]
    if since is not None and when:
        statement = statement.where(when[0] >= since)
    return statement.order_by(*table.primary_key.columns)


def _is_hidden(table: Table, column: Column[Any]) -> bool:
    return column.name in _HIDDEN_COLUMNS or (table.name, column.name) in _HIDDEN


def _columns(table: Table, names: Sequence[str]) -> list[Column[Any]]:
    return [table.columns[name] for name in names if name in table.columns]


def _write(tx: Session, statement: Select[Any], file: Path) -> int:
    result = tx.connection().execution_options(yield_per=1000).execute(statement)
    rows = 0
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        file.chmod(0o600)
        writer = csv.writer(out)
        writer.writerow(result.keys())
        for row in result:
            writer.writerow([inert(value) for value in row])
            rows += 1
    return rows
