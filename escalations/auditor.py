"""The auditor: each minute, has every promise a next step? It repairs, shows, and vouches only when clean."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, or_, select

from escalations.delivery import State as DeliveryState
from escalations.escalation import State
from escalations.ledger import note
from escalations.tables import AuditRunRow, DeliveryRow, EscalationRow
from residents.sign import Level
from store import changed, wake
from store.leases import freed

#: a step or delivery this much past its time stands still.
LATE = timedelta(minutes=2)
#: a delivery that is tried in vain this long has no way out: not the auditor's to repair, but not clean either.
STUCK = timedelta(minutes=10)
#: an emergency of which no page has left for this many times LATE is unheard.
UNHEARD_ROUNDS = 2
_KEPT = timedelta(days=7)
_LIVE = (State.OPEN, State.ACKNOWLEDGED)


@dataclass(frozen=True)
class Finding:
    """One broken promise. repaired: whether it has a next step again.

    what: "lease_too_long" | "escalation_without_step" | "escalation_late" | "emergency_unheard" |
    "delivery_without_time" | "delivery_stuck" | as a handed-in check names it.
    """

    what: str
    ref: str
    repaired: bool


#: handed in by other rooms (due check-ins without a next step, for one): looks, repairs and says what it found.
Check = Callable[[Session, datetime], Sequence[Finding]]


@dataclass(frozen=True)
class Audited:
    """One run. Only a clean one may send the outside heartbeat."""

    at: datetime
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether every promise had its next step."""
        return not self.findings


def audit(tx: Session, now: datetime, real: datetime, checks: Sequence[Check] = (), speed: float = 1.0) -> Audited:
    """Look at everything that is owed, repair what has lost its next step, and keep what was found.

    speed: how fast the service's clock runs; sweeps and back-offs take real time, so a fast clock is given more.
    """
    findings = [Finding("lease_too_long", row, repaired=True) for row in freed(tx, real)]
    findings += [*_escalations(tx, now, real, LATE * speed), *_deliveries(tx, now, real, STUCK * speed)]
    for check in checks:
        findings += check(tx, now)
    audited = Audited(now, tuple(findings))
    tx.add(AuditRunRow(at=now, clean=audited.clean, findings=[asdict(finding) for finding in findings]))
    tx.exec(delete(AuditRunRow).where(col(AuditRunRow.at) < now - _KEPT))
    if findings:
        changed(tx, "audit", "audit", now, findings=len(findings))
    return audited


def latest(tx: Session) -> Audited | None:
    """The last run, None before the first."""
    row = tx.exec(select(AuditRunRow).order_by(col(AuditRunRow.id).desc()).limit(1)).first()
    return None if row is None else Audited(row.at, tuple(Finding(**finding) for finding in row.findings))


def _escalations(tx: Session, now: datetime, real: datetime, late: timedelta) -> list[Finding]:
    """Open ones without a next step, or long past it while nobody holds them."""
    due = col(EscalationRow.due_at)
    free = or_(col(EscalationRow.held_until).is_(None), col(EscalationRow.held_until) <= real)
    lost = or_(due.is_(None), due < now - late)
    rows = tx.exec(select(EscalationRow).where(col(EscalationRow.state).in_(_LIVE), lost, free)).all()
    found = []
    for row in rows:
        what = "escalation_without_step" if row.due_at is None else "escalation_late"
        row.due_at, row.held_until, row.held_by = now, None, None
        note(tx, row, "repaired", now, detail={"found": what})
        changed(tx, "escalation", row.id, now, repaired=what)
        found.append(Finding(what, row.id, repaired=True))
    return found + _unheard(tx, now, late)


def _unheard(tx: Session, now: datetime, late: timedelta) -> list[Finding]:
    """Open emergencies of which no page has left for long: no channel works, or nobody can be reached by one.

    Not the auditor's to repair; the outside heartbeat stays away, so that somebody outside looks.
    """
    since = now - late * UNHEARD_ROUNDS
    emergencies = select(EscalationRow.id).where(
        EscalationRow.state == State.OPEN, EscalationRow.level == Level.EMERGENCY, EscalationRow.counted_from < since
    )
    left = select(DeliveryRow.escalation).where(DeliveryRow.kind == "page", col(DeliveryRow.sent_at) >= since)
    heard = set(tx.exec(left))
    return [Finding("emergency_unheard", id, repaired=False) for id in tx.exec(emergencies) if id not in heard]


def _deliveries(tx: Session, now: datetime, real: datetime, in_vain: timedelta) -> list[Finding]:
    """Waiting ones that nobody will try, and those that are tried in vain."""
    waiting = select(DeliveryRow).where(DeliveryRow.state == DeliveryState.WAITING)
    lost = tx.exec(waiting.where(col(DeliveryRow.due_at).is_(None))).all()
    for row in lost:
        row.due_at, row.held_until, row.held_by = now, None, None
    if lost:
        wake(tx, "deliveries")
    stuck = tx.exec(waiting.where(col(DeliveryRow.due_at) < now - in_vain)).all()
    return [Finding("delivery_without_time", row.id, repaired=True) for row in lost] + [
        Finding("delivery_stuck", row.id, repaired=False) for row in stuck if _owed(row, real)
    ]


def _owed(row: DeliveryRow, real: datetime) -> bool:
    """Whether somebody counts on it: an attempt in flight right now is not stuck."""
    return not (row.in_flight and row.held_until is not None and row.held_until > real)
