"""The homes' devices, and asking a technician to come."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console import devices_read
from console.access import Caller
from console.devices_read import Show
from console.gate import Person, Ports, Shown, address_of, note
from console.ports import ConsolePorts
from console.problems import Problem
from residents import service as people
from residents.people import Role
from residents.sign import Level, Sign, Source
from store import new_id
from store.audit import audit

router = APIRouter(include_in_schema=False)
_HOMES = 40
_LONGEST = 100
Text = Annotated[str, Query(max_length=_LONGEST)]


@router.get("/devices")
async def devices(
    request: Request,
    caller: Person,
    ports: Ports,
    pages: Shown,
    show: Show = Show.ALL,
    home: Text = "",
    cursor: Text = "",
) -> Response:
    """What stands in the homes, when it was heard, how it is; what needs a hand first."""
    facts = await ports.store.aread(devices_read.page, ports, caller, show, home.strip(), cursor or None, _HOMES)
    await note(request, caller, "viewed devices", homes=[one.home for one in facts.homes])
    return pages.page(
        "devices.html", caller, "devices", page=facts, show=show, home=home.strip(), may_ask=_may_ask(caller)
    )


@router.post("/devices/tasks")
async def ask_technician(
    request: Request,
    caller: Person,
    ports: Ports,
    home: Annotated[str, Form(max_length=_LONGEST)],
    device: Annotated[str, Form(max_length=_LONGEST)] = "",
    what: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """A task for the technicians, as an escalation of the level `technical`; open ones of the home are joined."""
    if not _may_ask(caller):
        raise Problem(403, "reads-only", "This role reads only.")
    id = await ports.store.awrite(_asked, ports, caller, home, device, what.strip(), address_of(request))
    return RedirectResponse(f"/escalations/{id}", 303)


def _may_ask(caller: Caller) -> bool:
    return caller.may_act or caller.role is Role.TECHNICIAN


def _asked(tx: Session, ports: ConsolePorts, caller: Caller, home: str, device: str, what: str, where: str) -> str:
    now = ports.clock.now()
    if home not in people.homes(tx) or home in devices_read.homes_of_others(tx, caller):
        raise Problem(404, "no-such-home", "There is no such home, or it is not yours.")
    if device and people.device(tx, home, device) is None:
        raise Problem(404, "no-such-device", "This home has no such device.")
    text = ports.words.text(f"console.devices.asked_{'device' if device else 'home'}", home=home, device=device)
    sign = Sign(
        id=new_id("s"),
        resident=None,
        kind="technician",
        at=now,
        source=Source.SERVICE,
        text=f"{text} {what}".strip(),
        rule="asked@1",
        level=Level.TECHNICAL,
        home=home,
        evidence={"device": device, "by": caller.id},
    )
    audit(tx, who=caller.id, what="technician asked", where=where, detail={"home": home, "device": device}, now=now)
    return ports.escalations.raise_sign(tx, sign, now)
