"""The audit: who did or saw what of whose, when and from where. Append-only; kept two years (health data)."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, select

from store.columns import Json, UtcDateTime


class AuditRow(SQLModel, table=True):
    """One entry. `who` and `whose` are ids; `detail` holds no names and no transcripts."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    who: str = Field(index=True)
    what: str
    whose: str = Field(default="", index=True)
    where: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


def audit(
    tx: Session,
    *,
    who: str,
    what: str,
    now: datetime,
    whose: str = "",
    where: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Append an entry; it commits with what it records. An edge may say once for all of its work where it comes from:
    `tx.info["where"]`."""
    tx.add(AuditRow(at=now, who=who, what=what, whose=whose, where=where or come_from(tx), detail=detail or {}))


def come_from(tx: Session) -> str:
    """Where this transaction's request came from, "" when nobody said."""
    return str(tx.info.get("where", ""))


def entries(tx: Session, whose: str | None = None, before: int | None = None, limit: int = 100) -> list[AuditRow]:
    """Entries, newest first."""
    statement = select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)
    if whose is not None:
        statement = statement.where(AuditRow.whose == whose)
    if before is not None:
        statement = statement.where(col(AuditRow.id) < before)
    return list(tx.exec(statement))
