"""Check-ins as the API and the pages show them."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from console import shapes
from console.access import Caller
from console.ports import ConsolePorts
from console.problems import Problem
from residents import service as people


def of_resident(
    tx: Session,
    ports: ConsolePorts,
    resident: str,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
) -> list[shapes.CheckIn]:
    """A resident's check-ins with their talks, newest first."""
    return [_shown(c) for c in ports.checkins.of_resident(tx, resident, since, until, limit)]


def start(tx: Session, ports: ConsolePorts, resident: str, by: str, now: datetime) -> shapes.CheckIn:
    """Ask now. Raises 409 while one runs."""
    try:
        return _shown(ports.checkins.start_now(tx, resident, by, now))
    except RuntimeError:
        said = ports.words.text("console.resident.checkin_running")
        raise Problem(409, "check-in-running", "A check-in runs already.", said=said) from None


def today(tx: Session, ports: ConsolePorts, caller: Caller) -> dict[str, Any]:
    """The local day in figures, and the check-ins that moved last."""
    now = ports.clock.now()
    start = now.astimezone(ports.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    names = {r.id: r.name for r in people.residents(tx) if caller.sees_district(r.district)}
    found = [c for c in ports.checkins.of_day(tx, start, start + timedelta(days=1)) if c.resident in names]
    shown = [c for c in found if c.state != "cancelled"]
    moved = sorted((c for c in shown if c.state != "planned"), key=lambda c: c.due_at, reverse=True)
    return {
        **{state: sum(c.state == state for c in shown) for state in ("planned", "asked", "answered", "missed")},
        "total": len(shown),
        "latest": [
            {"due_at": c.due_at, "resident": c.resident, "resident_name": names[c.resident], "state": c.state}
            for c in moved[:6]
        ],
    }


def _shown(found: Any) -> shapes.CheckIn:
    return shapes.CheckIn.model_validate(found)
