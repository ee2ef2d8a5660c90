"""What a resident has agreed to and what is shared with whom, as a coordinator notes it from their own mouth."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console import residents_read
from console.access import Caller
from console.gate import Person, Ports, address_of, must_act
from console.ports import ConsolePorts
from console.problems import Problem
from residents import service as people
from residents.people import Consent, Topic

router = APIRouter(include_in_schema=False)


@router.post("/residents/{id}/consents/{topic}")
async def consent(
    request: Request,
    caller: Person,
    ports: Ports,
    id: str,
    topic: Consent,
    granted: Annotated[str, Form(pattern="^(yes|no)$")],
) -> Response:
    """The resident has told the coordinator; what was kept by a consent alone goes when it is taken back."""
    must_act(caller)
    await ports.store.awrite(_consent, ports, caller, id, topic, granted == "yes", address_of(request))
    return RedirectResponse(f"/residents/{id}#consents", 303)


@router.post("/residents/{id}/contacts/{contact}/sharing")
async def sharing(
    request: Request,
    caller: Person,
    ports: Ports,
    id: str,
    contact: str,
    topics: Annotated[list[Topic] | None, Form()] = None,
) -> Response:
    """Exactly these topics are shared with this contact from now on."""
    must_act(caller)
    await ports.store.awrite(_share, ports, caller, id, contact, topics or [], address_of(request))
    return RedirectResponse(f"/residents/{id}#contacts", 303)


def _consent(
    tx: Session, ports: ConsolePorts, caller: Caller, id: str, topic: Consent, granted: bool, where: str
) -> None:
    residents_read.resident_of(tx, caller, id)
    tx.info["where"] = where
    people.set_consent(tx, id, topic, granted, caller.id, ports.clock.now())


def _share(
    tx: Session, ports: ConsolePorts, caller: Caller, id: str, contact: str, topics: list[Topic], where: str
) -> None:
    residents_read.resident_of(tx, caller, id)
    if contact not in {one.id for one in people.contacts(tx, id)}:
        raise Problem(404, "no-such-contact", "There is no such contact of this resident.")
    tx.info["where"] = where
    people.set_topics(tx, contact, [topic.value for topic in topics], caller.id, ports.clock.now())
