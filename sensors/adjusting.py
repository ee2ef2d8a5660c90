"""Thresholds as they were set, by scope, and setting them: a change counts from each home's next look, at once."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, delete, select

from residents import service as residents
from sensors import thresholds
from sensors.keep import make_due
from sensors.tables import ThresholdRow
from store.audit import audit


class BadThreshold(ValueError):
    """These thresholds cannot stand so: `names`."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def kept(tx: Session) -> dict[str, dict[str, float]]:
    """Scope → name → value, for all that is set otherwise."""
    found: dict[str, dict[str, float]] = {}
    for row in tx.exec(select(ThresholdRow)):
        found.setdefault(row.scope, {})[row.name] = row.value
    return found


def change(tx: Session, scope: str, limits: Mapping[str, float], by: str, where: str, now: datetime) -> None:
    """These and no others are set otherwise in this scope from now on. Raises BadThreshold."""
    all_kept, inside = kept(tx), homes_in(tx, scope)
    if scope != thresholds.CITY and not inside:
        raise BadThreshold([scope])
    for home, district in inside:
        if wrong := thresholds.faults(thresholds.merged({**all_kept, scope: limits}, home, district)):
            raise BadThreshold(wrong)
    if wrong := thresholds.faults(limits):
        raise BadThreshold(wrong)
    tx.exec(delete(ThresholdRow).where(col(ThresholdRow.scope) == scope))
    for name, value in limits.items():
        tx.add(ThresholdRow(scope=scope, name=name, value=value))
    detail = {"scope": scope, "before": all_kept.get(scope, {}), "after": dict(limits)}
    audit(tx, who=by, what="thresholds set", where=where, detail=detail, now=now)
    make_due(tx, {home: now for home, _ in inside})


def homes_in(tx: Session, scope: str) -> list[tuple[str, str]]:
    """(home, district) of every home somebody lives in, within a scope."""
    places = {place.home: place.district for place in residents.places(tx)}
    return [pair for pair in sorted(places.items()) if scope in thresholds.scopes(*pair)]
