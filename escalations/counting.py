"""Reading what the month's figures are made of. Drills are no alarms: they are counted apart."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, or_, select

from escalations.drill import REAL
from escalations.escalation import State
from escalations.figures import Case, Figures, figures
from escalations.tables import EscalationRow, EvidenceRow
from residents.sign import Level


def of_month(tx: Session, timezone: str, month: date, now: datetime, districts: Sequence[str] | None) -> Figures:
    """The local month of this day, so far. districts: those that count, None for all."""
    zone = ZoneInfo(timezone)
    first = datetime.combine(month.replace(day=1), time(), zone)
    following = datetime.combine((month.replace(day=28) + timedelta(days=4)).replace(day=1), time(), zone)
    real = or_(col(EscalationRow.drill).is_(False), col(EscalationRow.outcome).in_(REAL))
    statement = select(EscalationRow).where(real, EscalationRow.opened_at <= now)
    if districts is not None:
        statement = statement.where(col(EscalationRow.district).in_(districts))
    opened = tx.exec(statement.where(EscalationRow.opened_at >= first, EscalationRow.opened_at < following)).all()
    live = tx.exec(statement.where(EscalationRow.state != State.CLOSED)).all()
    rules = _rules(tx, [row.id for row in opened])
    cases = [_case(row, rules.get(row.id, set())) for row in opened]
    return figures(cases, [_case(row, ()) for row in live], timezone)


def _case(row: EscalationRow, rules: Sequence[str] | set[str]) -> Case:
    return Case(
        level=Level(row.level),
        opened_at=row.opened_at,
        taken_at=row.acknowledged_at,
        taken_by=row.taken_by,
        outcome=row.outcome,
        why=row.why,
        resident=row.resident,
        rules=frozenset(rules),
    )


def _rules(tx: Session, ids: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for start in range(0, len(ids), 500):
        some = col(EvidenceRow.escalation).in_(ids[start : start + 500])
        columns = (EvidenceRow.escalation, EvidenceRow.rule, EvidenceRow.kind)
        for escalation, rule, kind in tx.exec(select(*columns).where(some)):
            found.setdefault(escalation, set()).add(rule if rule.startswith(kind) else f"{rule} {kind}")
    return found
