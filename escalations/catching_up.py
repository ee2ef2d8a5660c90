"""After the service stood still: people are told what was missed meanwhile, once for each resident, and once in all."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, select

from escalations.escalation import State
from escalations.house import House
from escalations.other_way import key_part
from escalations.outbox import Order, post
from escalations.raising import raise_sign
from escalations.tables import AuditRunRow, EscalationRow
from residents.reach import ways
from residents.sign import Level, Sign, Source

log = structlog.get_logger(__name__)

#: an auditor that did not run for this long means that nothing ran. Service time at normal speed.
DOWN_AFTER = timedelta(minutes=5)


def down_since(tx: Session, now: datetime, speed: float = 1.0) -> datetime | None:
    """The last sign of life before a standstill that ends now; None where there was none."""
    last = tx.exec(select(AuditRunRow.at).order_by(col(AuditRunRow.id).desc()).limit(1)).first()
    return last if last is not None and now - last > DOWN_AFTER * max(1.0, speed) else None


def catch_up(
    tx: Session, house: House, since: datetime, now: datetime, unasked: Mapping[str, Sequence[datetime]]
) -> int:
    """Tell what was missed from `since` to `now`; how many residents it concerns.

    unasked: resident → check-ins that were due meanwhile. What of escalations fell due meanwhile is found here.
    """
    lines: dict[str, list[str]] = {}
    for resident, times in unasked.items():
        if not times:
            continue
        shown = ", ".join(house.writer.when(at) for at in times)
        lines.setdefault(resident, []).append(house.words.text("escalations.down.unasked", times=shown))
    waited = _waited(tx, since, now)
    for row in waited:
        if row.resident is not None:
            level = house.words.text(f"escalations.level.{row.level}")
            lines.setdefault(row.resident, []).append(house.words.text("escalations.down.waited", level=level))
    span = {"since": house.writer.when(since), "until": house.writer.when(now)}
    for resident, missed in sorted(lines.items()):
        text = " ".join([house.words.text("escalations.down.text", **span), *dict.fromkeys(missed)])
        try:
            with tx.begin_nested():
                raise_sign(tx, house, _sign(resident, text, since, now), now)
        except (StaleDataError, OperationalError):
            raise  # somebody else was first: the whole is run again
        except Exception:
            log.exception("what a resident missed could not be told", resident=resident)
    _tell_supervisors(tx, house, since, now, _in_all(house, len(lines), sum(not row.resident for row in waited), span))
    return len(lines)


def _in_all(house: House, residents: int, homes: int, span: Mapping[str, str]) -> str:
    """What the supervisors hear, also where nothing was missed."""
    said = [house.words.text("escalations.down.all", **span)]
    if residents:
        said.append(house.words.text("escalations.down.residents", count=residents))
    if homes:
        said.append(house.words.text("escalations.down.homes", count=homes))
    return " ".join(said if len(said) > 1 else [*said, house.words.text("escalations.down.nothing")])


def _sign(resident: str, text: str, since: datetime, now: datetime) -> Sign:
    id = f"service_down:{resident}:{since.isoformat()}"
    evidence = {"since": since.isoformat(), "until": now.isoformat()}
    rule = "service_down@1"
    return Sign(id, resident, "service_down", now, Source.SERVICE, text, rule, Level.WATCH, evidence=evidence)


def _waited(tx: Session, since: datetime, now: datetime) -> Sequence[EscalationRow]:
    """Escalations whose next step fell due while nothing ran."""
    due = col(EscalationRow.due_at)
    late = now - timedelta(minutes=1)
    return tx.exec(select(EscalationRow).where(EscalationRow.state != State.CLOSED, due > since, due < late)).all()


def _tell_supervisors(tx: Session, house: House, since: datetime, now: datetime, text: str) -> None:
    for who in house.team(tx).staff("supervisor", now, None):
        person = ("coordinator", who.id)
        for way in ways(tx, *person)[:1]:
            key = f"service_down/{since.isoformat()}{key_part(person, way)}"
            post(tx, Order(key, "notice", way.channel, way.address, {"text": text}, *person), now)
