"""What of the asking fell into a time in which the service stood still."""

from datetime import datetime

from sqlmodel import Session, col, select

from checkins.tables import CheckInRow


def missed_meanwhile(tx: Session, since: datetime, until: datetime) -> dict[str, list[datetime]]:
    """Resident → the times of the check-ins that were due in this span and were neither answered nor called off."""
    rows = tx.exec(
        select(CheckInRow.resident, CheckInRow.planned_at)
        .where(CheckInRow.planned_at >= since, CheckInRow.planned_at <= until)
        .where(col(CheckInRow.state).not_in(["answered", "cancelled"]))
        .order_by(col(CheckInRow.planned_at))
    )
    found: dict[str, list[datetime]] = {}
    for resident, at in rows:
        found.setdefault(resident, []).append(at)
    return found
