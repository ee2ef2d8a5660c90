"""Drills: which homes are overdue, what runs now, how long it took from the button to console and contact."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console import residents_read
from console.access import Caller
from console.gate import Person, Ports, Shown, address_of, must_act, must_see, note
from console.ports import ConsolePorts
from console.problems import Problem
from escalations.errors import DrillNotNow
from escalations.notices import DRILL_MIN
from residents import service as people

router = APIRouter(include_in_schema=False)
#: drills of so long are listed.
_LISTED = timedelta(days=92)


@router.get("/drills")
async def drills(request: Request, caller: Person, ports: Ports, pages: Shown, said: str = "") -> Response:
    """Homes and their drills."""
    must_see(caller, "drills")
    facts = await ports.store.aread(_facts, ports, caller)
    await note(request, caller, "viewed drills")
    known = said if ports.words.has(f"console.drills.said.{said}") else ""
    return pages.page("drills.html", caller, "drills", said=known, minutes=DRILL_MIN, **facts)


@router.post("/drills")
async def start(request: Request, caller: Person, ports: Ports, home: Annotated[str, Form(max_length=64)]) -> Response:
    """Begin one."""
    must_act(caller)
    try:
        await ports.store.awrite(_start, ports, caller, home, address_of(request))
    except DrillNotNow:
        return RedirectResponse("/drills?said=not_now", 303)
    return RedirectResponse("/drills?said=started", 303)


@router.post("/drills/{id}/cancel")
async def cancel(request: Request, caller: Person, ports: Ports, id: str) -> Response:
    """Call it off: from now on a press is real."""
    must_act(caller)

    def called_off(tx: Session) -> None:
        tx.info["where"] = address_of(request)
        ports.escalations.cancel_drill(tx, id, ports.clock.now(), caller.id)

    await ports.store.awrite(called_off)
    return RedirectResponse("/drills?said=cancelled", 303)


def _start(tx: Session, ports: ConsolePorts, caller: Caller, home: str, where: str) -> None:
    if home not in {place.home for place in residents_read.seen_by(tx, caller)}:
        raise Problem(404, "no-such-home", "There is no such home.")
    tx.info["where"] = where
    ports.escalations.start_drill(tx, home, ports.clock.now(), caller.id)


def _facts(tx: Session, ports: ConsolePorts, caller: Caller) -> dict[str, Any]:
    now = ports.clock.now()
    seen = residents_read.seen_by(tx, caller)
    mine = {place.home for place in seen}
    names: dict[str, list[str]] = {}
    for person in people.residents(tx, [place.id for place in seen]):
        names.setdefault(person.home, []).append(person.name)
    listed = [one for one in ports.escalations.drills(tx, now, now - _LISTED) if one.home in mine]
    homes = [one for one in ports.escalations.homes_drilled(tx, now) if one.home in mine]
    return {
        "running": [one for one in listed if one.state in ("waiting", "pressed")],
        "drills": listed[:60],
        "homes": homes,
        "overdue": sum(one.overdue for one in homes),
        "names": {home: ", ".join(sorted(whose)) for home, whose in names.items()},
    }
