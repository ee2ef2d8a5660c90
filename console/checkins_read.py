"""Check-ins as the API and the pages show them."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from checkins.service import AlreadyRunning, CheckInShown
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
    before: str | None = None,
) -> list[shapes.CheckIn]:
    """A resident's check-ins with their talks, newest first."""
    return [_shown(c) for c in ports.checkins.of_resident(tx, resident, since, until, limit, before)]


def start(tx: Session, ports: ConsolePorts, resident: str, by: str, now: datetime) -> shapes.CheckIn:
    """Ask now. Raises 409 while one runs."""
    try:
        return _shown(ports.checkins.start_now(tx, resident, by, now))
    except AlreadyRunning:
        said = ports.words.text("console.resident.checkin_running")
        raise Problem(409, "check-in-running", "A check-in runs already.", said=said) from None


def today(tx: Session, ports: ConsolePorts, caller: Caller) -> dict[str, Any]:
    """The local day in figures, and the check-ins that moved last."""
    start = ports.clock.now().astimezone(ports.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    own = None if caller.limited_to is None else [r.id for r in people.places(tx) if caller.sees_district(r.district)]
    found = ports.checkins.of_day(tx, start, start + timedelta(days=1), own)
    shown = [c for c in found if c.state != "cancelled"]
    moved = sorted((c for c in shown if c.state != "planned"), key=_moved_at, reverse=True)[:6]
    names = {r.id: r.name for r in people.residents(tx, {c.resident for c in moved})}
    return {
        **{state: sum(c.state == state for c in shown) for state in ("planned", "asked", "answered", "missed")},
        "total": len(shown),
        "latest": [
            {
                "at": _moved_at(c),
                "resident": c.resident,
                "resident_name": names.get(c.resident, c.resident),
                "state": c.state,
            }
            for c in moved
        ],
    }


def _moved_at(checkin: CheckInShown) -> datetime:
    return checkin.answered_at or checkin.asked_at or checkin.due_at


def _shown(found: CheckInShown) -> shapes.CheckIn:
    return shapes.CheckIn.model_validate(found)
