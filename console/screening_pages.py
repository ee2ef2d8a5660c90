"""A resident's standard questionnaires: results with their source, and when each is offered next."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from checkins import screening
from console import residents_read
from console.access import Caller
from console.gate import Person, Ports, Shown, address_of, must_act, note
from console.ports import ConsolePorts
from console.problems import Problem

router = APIRouter(include_in_schema=False)
#: what a coordinator may decide: at the next talk, or no more.
_WHEN: Final = "^(next|never)$"


@router.get("/residents/{id}/screening")
async def results(request: Request, caller: Person, ports: Ports, pages: Shown, id: str) -> Response:
    """Every instrument: what came of it, where its items come from, when it is due."""
    facts = await ports.store.aread(_facts, ports, caller, id)
    await note(request, caller, "viewed screening", id)
    return pages.page("screening.html", caller, "residents", **facts)


@router.post("/residents/{id}/screening/{key}")
async def due(
    request: Request,
    caller: Person,
    ports: Ports,
    id: str,
    key: str,
    when: Annotated[str, Form(pattern=_WHEN)],
) -> Response:
    """Offer it at the next talk, or no more."""
    must_act(caller)
    await ports.store.awrite(_set, ports, caller, id, key, when == "next", address_of(request))
    return RedirectResponse(f"/residents/{id}/screening", 303)


def _facts(tx: Session, ports: ConsolePorts, caller: Caller, id: str) -> dict[str, Any]:
    person = residents_read.resident_of(tx, caller, id)
    return {"person": person, "forms": screening.shown(ports.checkins, tx, id), "now": ports.clock.now()}


def _set(tx: Session, ports: ConsolePorts, caller: Caller, id: str, key: str, soon: bool, where: str) -> None:
    residents_read.resident_of(tx, caller, id)
    if key not in ports.checkins.book.forms.instruments:
        raise Problem(404, "no-such-instrument", "There is no such questionnaire.")
    tx.info["where"] = where
    now = ports.clock.now()
    screening.set_due(ports.checkins, tx, id, key, now if soon else None, caller.id, now)
