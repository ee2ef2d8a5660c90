"""Signs becoming escalations: opening one, joining one, raising its level."""

from datetime import datetime

from sqlmodel import Session, col, select

from escalations import drills
from escalations.errors import NoLevel
from escalations.escalation import State, decide, joins
from escalations.events import Joined, Opened
from escalations.house import House
from escalations.keeping import load, new_row, one_at_a_time, save, show
from escalations.ledger import note
from escalations.policies import frozen as frozen_policy
from escalations.policy import policies
from escalations.recipients import topic_of
from escalations.stepping import happen, run_due
from escalations.tables import DrillRow, EscalationRow, EvidenceRow
from residents import service as people
from residents.people import Unknown
from residents.sign import Level, Sign
from store import fault


def raise_sign(tx: Session, house: House, sign: Sign, now: datetime) -> str:
    """Open an escalation for a sign, or join one. Its id. The same sign id again changes nothing."""
    if sign.level is None:
        raise NoLevel(sign.kind)
    known = tx.exec(select(EvidenceRow.escalation).where(EvidenceRow.sign == sign.id)).first()
    if known is not None:
        return known
    one_at_a_time(tx, f"escalation of {sign.resident or sign.home or 'all'}")
    if (drill := drills.met_by(tx, sign, now)) is not None:
        return _drilled(tx, house, drill, sign, sign.level, now)
    row = _to_join(tx, sign, sign.level, now)
    return _open(tx, house, sign, sign.level, now) if row is None else _join(tx, house, row, sign, sign.level, now)


def _drilled(tx: Session, house: House, drill: DrillRow, sign: Sign, level: Level, now: datetime) -> str:
    row = drills.to_join(tx, drill, sign.resident)
    if row is not None:
        return _join(tx, house, row, sign, level, now)
    id = _open(tx, house, sign, level, now, drill=True)
    drills.pressed(tx, drill, id, now)
    return id


def _open(tx: Session, house: House, sign: Sign, level: Level, now: datetime, drill: bool = False) -> str:
    district = _district(tx, sign)
    frozen = frozen_policy(tx, house, district, sign.resident)
    state, _ = decide(None, Opened(level, policies(frozen), drill), now)
    row = new_row(state, frozen, sign.resident, sign.home, district)
    _keep_evidence(tx, row, sign, level)
    save(tx, row, state)
    detail = {"level": level.value, "sign": sign.id, "rule": sign.rule, "policy": frozen["version"]}
    note(tx, row, "opened", now, detail=detail)
    if drill:
        note(tx, row, "drill", now)
    tx.flush()
    fault.at("alert")
    run_due(tx, house, row, state, now)
    show(tx, row, now)
    return row.id


def _join(tx: Session, house: House, row: EscalationRow, sign: Sign, level: Level, now: datetime) -> str:
    _keep_evidence(tx, row, sign, level)
    note(tx, row, "joined", now, detail={"level": level.value, "sign": sign.id, "rule": sign.rule})
    tx.flush()
    fault.at("alert")
    happen(tx, house, row, Joined(level), now)
    return row.id


def _to_join(tx: Session, sign: Sign, level: Level, now: datetime) -> EscalationRow | None:
    statement = (
        select(EscalationRow)
        .where(EscalationRow.resident == sign.resident, EscalationRow.state != State.CLOSED)
        .order_by(col(EscalationRow.gravity).desc(), col(EscalationRow.opened_at).desc())
    )
    if sign.resident is None:
        statement = statement.where(EscalationRow.home == sign.home)
    return next((row for row in tx.exec(statement) if _joins(tx, row, sign, level, now)), None)


def _joins(tx: Session, row: EscalationRow, sign: Sign, level: Level, now: datetime) -> bool:
    kinds = frozenset(tx.exec(select(EvidenceRow.kind).where(EvidenceRow.escalation == row.id)))
    return joins(load(row), kinds, level, sign.kind, now)


def _keep_evidence(tx: Session, row: EscalationRow, sign: Sign, level: Level) -> None:
    tx.add(
        EvidenceRow(
            escalation=row.id,
            sign=sign.id,
            kind=sign.kind,
            level=level.value,
            at=sign.at,
            topic=topic_of(sign.part),
            rule=sign.rule,
            text=sign.text,
            evidence=dict(sign.evidence),
        )
    )


def _district(tx: Session, sign: Sign) -> str:
    try:
        if sign.resident is not None:
            return people.resident(tx, sign.resident).district
    except Unknown:
        return ""
    at_home = people.residents_of_home(tx, sign.home) if sign.home else []
    return at_home[0].district if at_home else ""
