"""Policies as they are kept: one row a scope, checked before it is saved, frozen into every escalation that opens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session, col, select

from escalations.holidays import holidays
from escalations.house import House, shifts
from escalations.layers import Layer, check, effective, scopes
from escalations.policy import freeze, policies
from escalations.roster import ranks
from escalations.tables import PolicyRow
from residents.sign import Level
from store import changed
from store.audit import audit

log = structlog.get_logger(__name__)


def layers(tx: Session, district: str, resident: str | None) -> list[Layer]:
    """What counts for a resident beside the shipped policy, the later the nearer."""
    wanted = scopes(district, resident)
    rows = tx.exec(select(PolicyRow).where(col(PolicyRow.scope).in_(wanted)))
    found = {row.scope: Layer(row.scope, row.number, row.levels) for row in rows}
    return [found[scope] for scope in wanted if scope in found]


def all_layers(tx: Session) -> list[Layer]:
    """Every scope that says something for itself."""
    rows = tx.exec(select(PolicyRow).order_by(col(PolicyRow.scope)))
    return [Layer(row.scope, row.number, row.levels) for row in rows if row.levels]


def frozen(tx: Session, house: House, district: str, resident: str | None) -> dict[str, Any]:
    """The policy of a resident (or home) as it is now, plain JSON to be kept in an escalation.

    What is stored and cannot be read (any more) stops no alarm: the shipped policy holds instead.
    """
    days, known = [day.isoformat() for day in holidays(tx)], ranks(shifts(tx))
    found = layers(tx, district, resident)
    try:
        data = freeze(effective(found, days), house.timezone, known)
        policies(data)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        at = [layer.scope for layer in found]
        log.error("a stored policy cannot be read; the shipped one holds", scopes=at, error=type(error).__name__)
        data = freeze(effective((), days), house.timezone, known)
    return data


def set_level(tx: Session, scope: str, level: Level, entry: Mapping[str, Any] | None, now: datetime, by: str) -> None:
    """One scope's own word on a level; None takes it back. Live escalations keep what they were opened with.

    Raises BadPolicy for what would leave somebody alone, ValueError for no such kind of scope.
    """
    if scope != "city" and not scope.startswith(("district:", "resident:")):
        raise ValueError("scope is city, district:NAME or resident:ID")
    if entry is not None:
        check(level, entry)
    row = tx.get(PolicyRow, scope)
    if row is None:
        row = PolicyRow(scope=scope, number=0, at=now, by=by)
    before = row.levels.get(level.value)
    if before == entry:
        return
    rest = {name: kept for name, kept in row.levels.items() if name != level.value}
    row.levels = rest | ({level.value: dict(entry)} if entry is not None else {})
    row.number, row.at, row.by = row.number + 1, now, by
    tx.add(row)
    tx.flush()
    whose = scope.removeprefix("resident:") if scope.startswith("resident:") else ""
    detail = {"scope": scope, "level": level.value, "number": row.number, "was": before, "is": entry}
    audit(tx, who=by, what="policy", whose=whose, now=now, detail=detail)
    changed(tx, "policy", scope, now)
