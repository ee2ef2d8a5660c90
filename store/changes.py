"""The change feed: what the console streams. One row per change, no names in it, pruned after a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, select

from store.columns import Json, UtcDateTime
from store.engine import wake


class ChangeRow(SQLModel, table=True):
    """A change, in commit order as far as one process goes."""

    __tablename__ = "changes"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    ref: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


@dataclass(frozen=True)
class Change:
    """One change: `kind` such as "escalation", `ref` its id, `facts` plain values without names."""

    id: int
    at: datetime
    kind: str
    ref: str
    facts: dict[str, Any]


def changed(tx: Session, /, kind: str, ref: str, now: datetime, **facts: Any) -> None:
    """Append to the feed; whoever waits for "changes" wakes after the commit."""
    tx.add(ChangeRow(at=now, kind=kind, ref=ref, facts=facts))
    wake(tx, "changes")


def changes_since(tx: Session, last: int, limit: int = 500) -> Sequence[Change]:
    """Changes after id `last`, oldest first."""
    rows = tx.exec(select(ChangeRow).where(col(ChangeRow.id) > last).order_by(col(ChangeRow.id)).limit(limit))
    return [Change(row.id or 0, row.at, row.kind, row.ref, row.facts) for row in rows]


def last_change(tx: Session) -> int:
    """The newest id, 0 on an empty feed: where a new reader begins."""
    return tx.exec(select(ChangeRow.id).order_by(col(ChangeRow.id).desc()).limit(1)).first() or 0
