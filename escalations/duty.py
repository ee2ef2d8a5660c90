"""The roster as it is kept: replaced as a whole, checked before it is saved."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, delete

from escalations.house import forget_team, shifts
from escalations.roster import Shift, faults, holes, shown
from escalations.tables import ShiftRow
from store import changed
from store.audit import audit


def set_roster(tx: Session, wanted: Sequence[Shift], now: datetime, by: str) -> bool:
    """Replace the roster; False when nothing differs. Raises ValueError naming the shift and field at fault."""
    for number, shift in enumerate(wanted):
        wrong = faults(shift)
        if wrong:
            raise ValueError(f"roster row {number + 1}: {wrong[0]}")
    if tuple(wanted) == shifts(tx):
        return False
    tx.exec(delete(ShiftRow).where(col(ShiftRow.position) >= 0))
    for number, s in enumerate(wanted):
        tx.add(ShiftRow(position=number, coordinator=s.coordinator, days=s.days, start=s.start, end=s.end, rank=s.rank))
    tx.flush()
    forget_team(tx)
    audit(tx, who=by, what="roster", now=now, detail={"shifts": len(wanted), "holes": empty_hours(tx)})
    changed(tx, "roster", "roster", now, shifts=len(wanted))
    return True


def empty_hours(tx: Session) -> list[str]:
    """Spans of the week in which nobody is on duty ("mon 18:00-24:00"): supervisors stand in then."""
    return [shown(span) for span in holes(shifts(tx))]
