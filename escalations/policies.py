"""Policies as they are kept: one row a scope, checked before it is saved, frozen into every escalation that opens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session, col, delete, select

from escalations.holidays import holidays
from escalations.house import House, shifts
from escalations.layers import Layer, check, effective, readable, scopes
from escalations.policy import freeze
from escalations.roster import ranks
from escalations.tables import PolicyRow
from residents.sign import Level
from store import changed
from store.audit import audit

log = structlog.get_logger(__name__)


def layers(tx: Session, district: str, resident: str | None) -> list[Layer]:
    """What counts for a resident beside the shipped policy, the later the nearer."""
    found = (_layer(tx, scope) for scope in scopes(district, resident))
    return [layer for layer in found if layer is not None]


def all_layers(tx: Session) -> list[Layer]:
    """Every scope that says something for itself."""
    known = tx.exec(select(PolicyRow.scope).order_by(col(PolicyRow.scope))).all()
    found = (_layer(tx, scope) for scope in known)
    return [layer for layer in found if layer is not None and (layer.levels or layer.unreadable)]


def _layer(tx: Session, scope: str) -> Layer | None:
    try:
        row = tx.get(PolicyRow, scope)
    except ValueError:  # not even JSON
        return Layer(scope, 0, {}, unreadable=True)
    if row is None:
        return None
    if not isinstance(row.levels, Mapping):
        return Layer(scope, row.number, {}, unreadable=True)
    return Layer(scope, row.number, row.levels, unreadable=not readable(row.levels))


def frozen(tx: Session, house: House, district: str, resident: str | None) -> dict[str, Any]:
    """The policy of a resident (or home) as it is now, plain JSON to be kept in an escalation.

    What is stored and cannot be read (any more) stops no alarm: the shipped policy holds instead.
    """
    days, known = [day.isoformat() for day in holidays(tx)], ranks(shifts(tx))
    found = layers(tx, district, resident)
    if at := [layer.scope for layer in found if layer.unreadable]:
        log.error("a stored policy cannot be read; the shipped one holds", scopes=at)
        found = []
    return freeze(effective(found, days), house.timezone, known)


def set_level(tx: Session, scope: str, level: Level, entry: Mapping[str, Any] | None, now: datetime, by: str) -> None:
    """One scope's own word on a level; None takes it back. Live escalations keep what they were opened with.

    Raises BadPolicy for what would leave somebody alone, ValueError for no such kind of scope.
    """
    if scope != "city" and not scope.startswith(("district:", "resident:")):
        raise ValueError("scope is city, district:NAME or resident:ID")
    if entry is not None:
        check(level, entry)
    row, kept = _row_to_change(tx, scope, now, by)
    before = kept.get(level.value)
    if before == entry and kept == row.levels:
        return
    rest = {name: said for name, said in kept.items() if name != level.value}
    row.levels = rest | ({level.value: dict(entry)} if entry is not None else {})
    row.number, row.at, row.by = row.number + 1, now, by
    tx.add(row)
    tx.flush()
    whose = scope.removeprefix("resident:") if scope.startswith("resident:") else ""
    detail = {"scope": scope, "level": level.value, "number": row.number, "was": before, "is": entry}
    audit(tx, who=by, what="policy", whose=whose, now=now, detail=detail)
    changed(tx, "policy", scope, now)


def _row_to_change(tx: Session, scope: str, now: datetime, by: str) -> tuple[PolicyRow, Mapping[str, Any]]:
    """The scope's row and what can be kept of it; what is not even a list of levels is begun anew."""
    try:
        row = tx.get(PolicyRow, scope)
    except ValueError:
        tx.exec(delete(PolicyRow).where(col(PolicyRow.scope) == scope))
        row = None
    if row is None:
        row = PolicyRow(scope=scope, number=0, at=now, by=by)
    return row, row.levels if isinstance(row.levels, Mapping) else {}
