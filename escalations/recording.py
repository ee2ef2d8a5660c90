"""Escalations and deliveries for the record: everything, the oldest first, in pages, without opening what is sealed
and not asked for."""

from datetime import datetime

from sqlmodel import Session, col, select

from escalations.delivery import State
from escalations.house import House, evidence
from escalations.reading import reason, summaries
from escalations.tables import DeliveryRow, EscalationRow
from escalations.views import Listed, Recorded, Sent

#: rows a page.
PAGE = 500


def recorded(
    tx: Session, house: House, resident: str | None, since: datetime | None, cursor: str | None
) -> Listed[Recorded]:
    """A page of escalations with their signs."""
    statement = select(EscalationRow).order_by(col(EscalationRow.id)).limit(PAGE)
    if resident is not None:
        statement = statement.where(EscalationRow.resident == resident)
    if since is not None:
        statement = statement.where(EscalationRow.opened_at >= since)
    if cursor is not None:
        statement = statement.where(EscalationRow.id > cursor)
    rows = list(tx.exec(statement))
    found = zip(rows, summaries(tx, house, rows), strict=True)
    items = tuple(Recorded(summary, tuple(map(reason, evidence(tx, row.id)))) for row, summary in found)
    return Listed(items, rows[-1].id if len(rows) == PAGE else None)


def sent(tx: Session, since: datetime | None, cursor: str | None) -> Listed[Sent]:
    """A page of deliveries the channel has taken, without their words and addresses."""
    columns = (
        *(DeliveryRow.id, DeliveryRow.kind, DeliveryRow.channel, DeliveryRow.person_kind, DeliveryRow.person_id),
        *(DeliveryRow.escalation, DeliveryRow.checkin, DeliveryRow.level, DeliveryRow.sent_at, EscalationRow.resident),
    )
    statement = (
        select(*columns)  # type: ignore[call-overload]
        .join(EscalationRow, col(EscalationRow.id) == DeliveryRow.escalation, isouter=True)
        .where(DeliveryRow.state == State.SENT, col(DeliveryRow.sent_at).is_not(None))
    )
    if since is not None:
        statement = statement.where(col(DeliveryRow.sent_at) >= since)
    if cursor is not None:
        statement = statement.where(DeliveryRow.id > cursor)
    items = tuple(Sent(*row) for row in tx.exec(statement.order_by(col(DeliveryRow.id)).limit(PAGE)))
    return Listed(items, items[-1].id if len(items) == PAGE else None)
