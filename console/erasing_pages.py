"""Everything of one resident is erased: what goes and what stays is said before; it is confirmed by typing the id."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from console import escalations_read, residents_read
from console.access import Caller
from console.gate import Person, Ports, Shown, address_of, note
from console.ports import ConsolePorts
from console.problems import Problem
from console.render import Pages
from escalations.errors import StillOpen
from residents import service as people
from residents.people import Leaving

router = APIRouter(include_in_schema=False)


@router.get("/residents/{id}/erase")
async def erase_page(request: Request, caller: Person, ports: Ports, pages: Shown, id: str) -> Response:
    """What goes, what stays, and what must be closed before."""
    _must_head(caller)
    answer = await _page(ports, pages, caller, id)
    await note(request, caller, "viewed erasing", id)
    return answer


@router.post("/residents/{id}/erase")
async def erase(
    request: Request,
    caller: Person,
    ports: Ports,
    pages: Shown,
    id: str,
    reason: Annotated[Leaving, Form()],
    typed: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """It is done, for good."""
    _must_head(caller)
    if typed.strip() != id:
        return await _page(ports, pages, caller, id, 422, not_typed=True)
    await ports.store.aread(residents_read.resident_of, caller, id)
    try:
        gone = await ports.erase(id, reason.value, caller.id, address_of(request))
    except StillOpen:
        return await _page(ports, pages, caller, id, 409)
    return pages.page("erase.html", caller, "residents", gone=sum(gone.values()), id=id)


def _must_head(caller: Caller) -> None:
    if not caller.may_act_for_all:
        raise Problem(403, "not-for-this-role", "Only a supervisor or an admin erases a resident.")


async def _page(
    ports: ConsolePorts, pages: Pages, caller: Caller, id: str, status: int = 200, *, not_typed: bool = False
) -> Response:
    facts = await ports.store.aread(_facts, ports, caller, id)
    reasons = [reason.value for reason in Leaving]
    return pages.page("erase.html", caller, "residents", status, id=id, reasons=reasons, not_typed=not_typed, **facts)


def _facts(tx: Session, ports: ConsolePorts, caller: Caller, id: str) -> dict[str, Any]:
    found = residents_read.resident_of(tx, caller, id)
    still_open = ports.escalations.still_open(tx, id)
    return {
        "name": found.name,
        "open": [escalations_read.one(tx, ports, caller, each) for each in still_open],
        "shared": len(people.residents_of_home(tx, found.home)) > 1,
    }
