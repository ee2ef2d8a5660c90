"""The change feed: what the console streams. One row per change, no names in it, pruned after a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, select

from store.columns import Json, UtcDateTime
from store.engine import wake
from store.many import insert_many


class ChangeRow(SQLModel, table=True):
    """A change, in commit order as far as one process goes."""

    __tablename__ = "changes"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    ref: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


_TABLE = SQLModel.metadata.tables["changes"]


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
    all_changed(tx, kind, {ref: facts}, now)


def all_changed(tx: Session, kind: str, facts: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
    """The same for many at once: facts by ref."""
    rows = [{"at": now, "kind": kind, "ref": ref, "facts": dict(each)} for ref, each in facts.items()]
    insert_many(tx, _TABLE, rows)
    wake(tx, "changes")


def changes_since(tx: Session, last: int, limit: int = 500) -> Sequence[Change]:
    """Changes after id `last`, oldest first. On PostgreSQL an id that is left out may still be committed: see Gaps."""
    rows = tx.exec(select(ChangeRow).where(col(ChangeRow.id) > last).order_by(col(ChangeRow.id)).limit(limit))
    return [_change(row) for row in rows]


def changes_of(tx: Session, ids: Sequence[int]) -> Sequence[Change]:
    """Those of these changes that are there, oldest first."""
    rows = tx.exec(select(ChangeRow).where(col(ChangeRow.id).in_(ids)).order_by(col(ChangeRow.id))) if ids else ()
    return [_change(row) for row in rows]


class Gaps:
    """Ids a reader has gone past without seeing them: a transaction that commits late, or one that was given up.

    Times are seconds of a steady clock.
    """

    #: so long a change may be on its way; so many are remembered.
    LASTS_S, MOST = 15.0, 500

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def read(self, last: int, ids: Sequence[int], at: float) -> None:
        """The reader went on from `last` over these ids."""
        for before, after in pairwise([last, *ids]):
            left_out = range(max(before + 1, after - self.MOST), after)
            self._since |= dict.fromkeys(left_out, at)

    def open(self, at: float) -> list[int]:
        """Which may still come."""
        self._since = {id: since for id, since in self._since.items() if at - since < self.LASTS_S}
        return sorted(self._since)[-self.MOST :]

    def close(self, ids: Sequence[int]) -> None:
        """These have come."""
        for id in ids:
            self._since.pop(id, None)


def _change(row: ChangeRow) -> Change:
    return Change(row.id or 0, row.at, row.kind, row.ref, row.facts)


def last_change(tx: Session) -> int:
    """The newest id, 0 on an empty feed: where a new reader begins."""
    return tx.exec(select(ChangeRow.id).order_by(col(ChangeRow.id).desc()).limit(1)).first() or 0
