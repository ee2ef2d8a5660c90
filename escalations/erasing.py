"""Taking a person out of what has happened: that it happened, how fast and how it ended still counts; who it was and
what was said does not stay."""

from collections.abc import Collection

from sqlmodel import Session, and_, col, delete, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from escalations.escalation import State
from escalations.keeping import one_at_a_time
from escalations.tables import DeliveryRow, EscalationRow, EvidenceRow, StepRow
from escalations.texts import ERASED
from residents import service as people


def home_left_empty(tx: Session, resident: str) -> str | None:
    """The home in which nobody else lives; None where somebody does. Raises Unknown."""
    home = people.resident(tx, resident).home
    return home if len(people.residents_of_home(tx, home)) == 1 else None


def still_open(tx: Session, resident: str) -> list[str]:
    """Ids of what is not closed: of this resident, and of their home where nobody else lives there."""
    home = home_left_empty(tx, resident)
    for subject in (resident, home):
        if subject:  # nothing opens while this transaction looks, and deletes
            one_at_a_time(tx, f"escalation of {subject}")
    rows = tx.exec(_theirs(resident, home).where(EscalationRow.state != State.CLOSED))
    return [row.id for row in rows]


def erase(tx: Session, resident: str, contacts: Collection[str], home: str | None) -> dict[str, int]:
    """Blank this resident's closed escalations and delete every message about or to them; how many rows."""
    rows = tx.exec(_theirs(resident, home)).all()
    signs = steps = messages = 0
    for row in rows:
        row.resident, row.home, row.note, row.confirmed_by = None, ERASED, None, None
        row.policy = {**row.policy, "version": str(row.policy.get("version", "")).partition(" resident:")[0]}
        signs += _without_words(tx, row.id)
        steps += _without_people(tx, row.id)
        messages += tx.exec(delete(DeliveryRow).where(col(DeliveryRow.escalation) == row.id)).rowcount
    to_them = col(DeliveryRow.person_id).in_([resident, *contacts])
    messages += tx.exec(delete(DeliveryRow).where(to_them, col(DeliveryRow.person_kind) != "coordinator")).rowcount
    counted = {"escalations": len(rows), "escalation_signs": signs, "escalation_steps": steps, "deliveries": messages}
    return {name: count for name, count in counted.items() if count}


def _theirs(resident: str, home: str | None) -> SelectOfScalar[EscalationRow]:
    whose = [col(EscalationRow.resident) == resident]
    if home is not None:
        whose.append(and_(col(EscalationRow.home) == home, col(EscalationRow.resident).is_(None)))
    return select(EscalationRow).where(or_(*whose))


def _without_words(tx: Session, escalation: str) -> int:
    rows = tx.exec(select(EvidenceRow).where(EvidenceRow.escalation == escalation)).all()
    for row in rows:
        row.sign, row.text, row.evidence = f"erased:{row.id}", "", {}
    return len(rows)


def _without_people(tx: Session, escalation: str) -> int:
    """A sign's id names whose it is; a coordinator's stays: they did something."""
    rows = tx.exec(select(StepRow).where(StepRow.escalation == escalation)).all()
    for row in rows:
        row.detail = {name: value for name, value in row.detail.items() if name not in ("sign", "policy", "delivery")}
        if row.person_kind != "coordinator":
            row.person_id = ""
    return len(rows)
