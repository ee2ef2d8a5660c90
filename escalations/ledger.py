"""The ledger: what was done and what happened, with seconds since the opening. Append-only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from escalations.tables import EscalationRow, StepRow


def note(
    tx: Session,
    row: EscalationRow,
    what: str,
    now: datetime,
    *,
    person: tuple[str, str] = ("", ""),
    channel: str = "",
    step: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one entry. `what` is a key of `escalations.ledger` in prompts; `detail` holds no names."""
    tx.add(
        StepRow(
            escalation=row.id,
            at=now,
            seconds=round((now - row.opened_at).total_seconds(), 3),
            what=what,
            step=step,
            round=row.round,
            person_kind=person[0],
            person_id=person[1],
            channel=channel,
            detail=dict(detail or {}),
        )
    )


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
