"""Drills as they are kept: started by a person, met by a press, timed from the escalation it opens."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from escalations.drill import REAL, WINDOW, Drill, DrillState, overdue, takes
from escalations.errors import DrillNotNow
from escalations.escalation import State
from escalations.house import House
from escalations.keeping import one_at_a_time
from escalations.notices import tell_of_drill
from escalations.roster import local_time
from escalations.tables import DrillRow, EscalationRow
from residents import service as people
from residents.sign import Level, Sign
from store import changed, new_id
from store.audit import audit

SOS = "sos"
_PRESSING = (Level.EMERGENCY.value, Level.URGENT.value)


@dataclass(frozen=True)
class DrillShown:
    """A drill as it is listed. escalation: the first it opened, None before any press."""

    id: str
    home: str
    by: str
    drill: Drill
    state: DrillState
    escalation: str | None


@dataclass(frozen=True)
class HomeDrilled:
    """A home and its last drill that was answered. overdue: none in this month."""

    home: str
    last_done: datetime | None
    overdue: bool


def start(tx: Session, house: House, home: str, now: datetime, by: str) -> str:
    """Begin a drill of a home; its id. Raises DrillNotNow while one waits there, or while something real is open."""
    one_at_a_time(tx, f"drill of {home}")
    if _waiting(tx, home, now) is not None or _real(tx, home) is not None:
        raise DrillNotNow(home)
    row = DrillRow(id=new_id("t"), home=home, by=by, started_at=now, until=now + WINDOW)
    tx.add(row)
    tx.flush()
    tell_of_drill(tx, house, home, row.id, now)
    audit(tx, who=by, what="drill started", now=now, detail={"id": row.id, "home": home})
    changed(tx, "drill", row.id, now)
    return row.id


def cancel(tx: Session, id: str, now: datetime, by: str) -> None:
    """Call a drill off before any press: from now on a press is real. Else no effect."""
    row = tx.get(DrillRow, id)
    if row is None or row.pressed_at is not None or row.cancelled_at is not None:
        return
    row.cancelled_at = now
    tx.add(row)
    audit(tx, who=by, what="drill called off", now=now, detail={"id": id, "home": row.home})
    changed(tx, "drill", id, now)


def met_by(tx: Session, sign: Sign, now: datetime) -> DrillRow | None:
    """The drill this press was asked for by; None: it is real."""
    if sign.kind != SOS or sign.home is None:
        return None
    rows = tx.exec(select(DrillRow).where(DrillRow.home == sign.home, col(DrillRow.until) > now))
    found = next((r for r in rows if takes(r.started_at, r.until, r.pressed_at, r.cancelled_at, now)), None)
    if found is None or _real(tx, sign.home, sign.resident) is not None:
        return None
    opened = [tx.get(EscalationRow, id) for id in found.escalations]
    mine = [row for row in opened if row is not None and row.resident == sign.resident]
    return None if any(row.state == State.CLOSED for row in mine) else found


def to_join(tx: Session, drill: DrillRow, resident: str | None) -> EscalationRow | None:
    """The escalation this drill has opened for the resident already."""
    opened = [tx.get(EscalationRow, id) for id in drill.escalations]
    return next((row for row in opened if row is not None and row.resident == resident), None)


def pressed(tx: Session, drill: DrillRow, escalation: str, now: datetime) -> None:
    """The press it waited for has come."""
    drill.pressed_at = drill.pressed_at or now
    drill.escalations = [*drill.escalations, escalation]
    tx.add(drill)
    changed(tx, "drill", drill.id, now)


def listed(tx: Session, now: datetime, since: datetime) -> list[DrillShown]:
    """Drills started since then, the newest first."""
    rows = tx.exec(select(DrillRow).where(col(DrillRow.started_at) >= since).order_by(col(DrillRow.started_at).desc()))
    return _shown(tx, list(rows), now)


def homes(tx: Session, timezone: str, now: datetime) -> list[HomeDrilled]:
    """Every home with residents, those overdue first, then by the longest time since the last."""
    done: dict[str, datetime] = {}
    for one in _shown(tx, list(tx.exec(select(DrillRow))), now):
        if one.state is DrillState.DONE and one.drill.pressed_at is not None:
            done[one.home] = max(done.get(one.home, one.drill.pressed_at), one.drill.pressed_at)
    today = local_time(now, timezone).date()
    found = [_home(home, done.get(home), timezone, today) for home in sorted({p.home for p in people.places(tx)})]
    return sorted(found, key=lambda h: (not h.overdue, h.last_done is not None, h.last_done or now, h.home))


def _home(home: str, done: datetime | None, timezone: str, today: date) -> HomeDrilled:
    return HomeDrilled(home, done, overdue(local_time(done, timezone).date() if done else None, today))


def _shown(tx: Session, rows: list[DrillRow], now: datetime) -> list[DrillShown]:
    wanted = {id for row in rows for id in row.escalations}
    opened = {e.id: e for e in tx.exec(select(EscalationRow).where(col(EscalationRow.id).in_(wanted)))}
    return [_one(row, [opened[id] for id in row.escalations if id in opened], now) for row in rows]


def _one(row: DrillRow, opened: list[EscalationRow], now: datetime) -> DrillShown:
    drill = Drill(
        started_at=row.started_at,
        until=row.until,
        pressed_at=row.pressed_at,
        console_at=_first(e.acknowledged_at for e in opened),
        contact_at=_first(e.confirmed_at for e in opened),
        cancelled_at=row.cancelled_at,
        real=any(e.outcome in REAL for e in opened),
    )
    return DrillShown(row.id, row.home, row.by, drill, drill.state(now), opened[0].id if opened else None)


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def _waiting(tx: Session, home: str, now: datetime) -> DrillRow | None:
    rows = tx.exec(select(DrillRow).where(DrillRow.home == home, col(DrillRow.until) > now))
    return next((row for row in rows if row.pressed_at is None and row.cancelled_at is None), None)


def _real(tx: Session, home: str, resident: str | None = None) -> EscalationRow | None:
    """Something pressing and real that is open in this home (about this resident)."""
    whose = [resident] if resident else [person.id for person in people.residents_of_home(tx, home)]
    statement = select(EscalationRow).where(
        EscalationRow.state != State.CLOSED,
        col(EscalationRow.drill).is_(False),
        col(EscalationRow.level).in_(_PRESSING),
    )
    rows = tx.exec(statement)
    return next((row for row in rows if row.home == home or row.resident in whose), None)
