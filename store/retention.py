"""How long each kind of row is kept, and the nightly purge. Health data's access log: two years (care protocol)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete
from sqlmodel import Session, SQLModel

#: table → (time column, how long). What is not named here is kept until somebody is erased.
KEPT: dict[str, tuple[str, timedelta]] = {
    "changes": ("at", timedelta(days=1)),
    "codes": ("expires_at", timedelta(days=30)),
    "presence": ("until", timedelta(days=1)),
    "quarantine": ("at", timedelta(days=90)),
    "readings": ("at", timedelta(days=90)),
    "deliveries": ("posted_at", timedelta(days=365)),
    "turns": ("at", timedelta(days=365)),
    "signs": ("at", timedelta(days=730)),
    "scores": ("at", timedelta(days=730)),
    "audit": ("at", timedelta(days=730)),
}


def purge(tx: Session, now: datetime) -> dict[str, int]:
    """Delete what is older than its retention; how many rows of each table went."""
    gone = {name: _purge(tx, SQLModel.metadata.tables.get(name), *rule, now) for name, rule in KEPT.items()}
    return {name: count for name, count in gone.items() if count}


def _purge(tx: Session, table: Table | None, column: str, kept: timedelta, now: datetime) -> int:
    if table is None:
        return 0
    result: Any = tx.connection().execute(delete(table).where(table.columns[column] < now - kept))
    return int(result.rowcount)
