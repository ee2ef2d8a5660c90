"""Between the machine's state and its row."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from escalations.errors import NoSuchEscalation
from escalations.escalation import Escalation, State
from escalations.policy import policies
from escalations.tables import EscalationRow
from residents.sign import Level
from store import changed, new_id, release


def get(tx: Session, id: str) -> EscalationRow:
    """One row. Raises NoSuchEscalation."""
    row = tx.get(EscalationRow, id)
    if row is None:
        raise NoSuchEscalation(id)
    return row


def load(row: EscalationRow) -> Escalation:
    """The machine's state of a row."""
    return Escalation(
        state=State(row.state),
        level=Level(row.level),
        policies=policies(row.policy),
        opened_at=row.opened_at,
        counted_from=row.counted_from,
        due_at=row.due_at,
        step=row.step,
        round=row.round,
        serial=row.serial,
        taken_by=row.taken_by,
        confirmed=row.confirmed_by is not None,
        drill=row.drill,
        reminders=row.reminders,
        duty_ends=row.duty_ends,
    )


def new_row(
    state: Escalation, frozen: dict[str, Any], resident: str | None, home: str | None, district: str
) -> EscalationRow:
    """The row of an escalation that has just opened."""
    return EscalationRow(
        id=new_id("e"),
        resident=resident,
        home=home,
        district=district,
        level=state.level.value,
        gravity=state.level.gravity,
        state=state.state.value,
        opened_at=state.opened_at,
        counted_from=state.counted_from,
        policy=frozen,
        drill=state.drill,
        due_at=state.due_at,
    )


def save(tx: Session, row: EscalationRow, state: Escalation) -> None:
    """Write the state into its row. A state that is no longer taken forgets who had it."""
    row.state, row.level, row.gravity = state.state.value, state.level.value, state.level.gravity
    row.counted_from, row.step, row.round, row.serial = state.counted_from, state.step, state.round, state.serial
    row.taken_by, row.reminders, row.duty_ends = state.taken_by, state.reminders, state.duty_ends
    if state.taken_by is None:
        row.taken_name = row.acknowledged_at = None
    if not state.confirmed:
        row.confirmed_by = row.confirmed_at = None
    release(row, state.due_at)
    tx.add(row)


def show(tx: Session, row: EscalationRow, now: datetime) -> None:
    """Tell the live pages, once all of a transaction's steps are taken."""
    changed(tx, "escalation", row.id, now, state=row.state, level=row.level, round=row.round)


def one_at_a_time(tx: Session, subject: str) -> None:
    """Two processes must not open two of what there is to be one of. SQLite has one writer anyway."""
    if tx.get_bind().dialect.name == "postgresql":
        tx.connection().execute(text("SELECT pg_advisory_xact_lock(hashtext(:subject))"), {"subject": subject})
