"""The ledger: what was done and what happened, with seconds since the opening. Append-only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict, Unpack

from sqlmodel import Session, SQLModel, col, select

from escalations.tables import EscalationRow, StepRow
from store.many import insert_many

_TABLE = SQLModel.metadata.tables["escalation_steps"]


class Opening(NamedTuple):
    """What an entry needs of its escalation."""

    id: str
    opened_at: datetime
    round: int


class More(TypedDict, total=False):
    """What an entry may say besides; `detail` holds no names."""

    person: tuple[str, str]
    channel: str
    step: int | None
    detail: Mapping[str, Any] | None


def note(tx: Session, row: EscalationRow, what: str, now: datetime, **more: Unpack[More]) -> None:
    """Append one entry. `what` is a key of `escalations.ledger` in prompts."""
    tx.add(StepRow(**entry(Opening(row.id, row.opened_at, row.round), what, now, **more)))


def note_all(tx: Session, written: Sequence[Mapping[str, Any]]) -> None:
    """Append many, each made by `entry`."""
    insert_many(tx, _TABLE, written)


def entry(of: Opening, what: str, now: datetime, **more: Unpack[More]) -> dict[str, Any]:
    """One entry, not yet appended."""
    person_kind, person_id = more.get("person", ("", ""))
    return {
        "escalation": of.id,
        "at": now,
        "seconds": round((now - of.opened_at).total_seconds(), 3),
        "what": what,
        "step": more.get("step"),
        "round": of.round,
        "person_kind": person_kind,
        "person_id": person_id,
        "channel": more.get("channel", ""),
        "detail": dict(more.get("detail") or {}),
    }


def entries(tx: Session, escalation: str) -> list[StepRow]:
    """All entries of one escalation, oldest first."""
    return list(tx.exec(select(StepRow).where(StepRow.escalation == escalation).order_by(col(StepRow.id))))


def gave_back(tx: Session, row: EscalationRow, person: str) -> bool:
    """Whether a coordinator has given it back in this round: they are not asked again at once."""
    statement = select(StepRow.id).where(StepRow.escalation == row.id, StepRow.what == "given_back")
    found = statement.where(StepRow.person_id == person, StepRow.round == row.round)
    return tx.exec(found).first() is not None


def times_paged(tx: Session, escalation: str, person: tuple[str, str]) -> int:
    """How often this person was asked so far."""
    kind, id = person
    statement = select(StepRow.id).where(StepRow.escalation == escalation, StepRow.what == "paged")
    return len(tx.exec(statement.where(StepRow.person_kind == kind, StepRow.person_id == id)).all())
