"""What happened around one resident, out of every room's own record."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from console import checkins_read, shapes
from console.ports import ConsolePorts


def of_resident(
    tx: Session,
    ports: ConsolePorts,
    resident: str,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[shapes.Happening]:
    """Signs, check-ins and open escalations, newest first."""
    found = [
        *_signs(tx, ports, resident, since, until, limit),
        *_checkins(tx, ports, resident, since, until, limit),
        *_escalations(tx, ports, resident, since, until),
    ]
    return sorted(found, key=lambda h: (h.at, h.ref), reverse=True)[:limit]


def _signs(
    tx: Session, ports: ConsolePorts, resident: str, since: datetime | None, until: datetime | None, limit: int
) -> Iterable[shapes.Happening]:
    for sign in ports.wellbeing.signs_of(tx, resident, since, until, limit):
        level = sign.level.value if sign.level else None
        yield shapes.Happening(at=sign.at, kind="sign", text=sign.text, level=level, ref=sign.id)


def _checkins(
    tx: Session, ports: ConsolePorts, resident: str, since: datetime | None, until: datetime | None, limit: int
) -> Iterable[shapes.Happening]:
    for checkin in checkins_read.of_resident(tx, ports, resident, since=since, until=until, limit=limit):
        if checkin.state == "planned":
            continue
        state = ports.words.text(f"console.checkin_state.{checkin.state}")
        text = ports.words.text("console.timeline.checkin_text", state=state)
        yield shapes.Happening(at=checkin.due_at, kind="checkin", text=text, ref=checkin.id)


def _escalations(
    tx: Session, ports: ConsolePorts, resident: str, since: datetime | None, until: datetime | None
) -> Iterable[shapes.Happening]:
    for e in ports.escalations.open_for(tx, resident):
        if (since is None or e.opened_at >= since) and (until is None or e.opened_at <= until):
            level = ports.words.text(f"console.level.{e.level}")
            text = ports.words.text("console.timeline.escalation_text", level=level, text="; ".join(e.reasons[:1]))
            yield shapes.Happening(at=e.opened_at, kind="escalation", text=text, level=e.level, ref=e.id)
