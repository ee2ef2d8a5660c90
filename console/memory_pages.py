"""What is remembered of a resident, and their wishes: shown with the sentences they rest on, deleted, settled."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console import residents_read
from console.access import Caller
from console.gate import Person, Ports, address_of, must_act
from console.ports import ConsolePorts
from console.problems import Problem
from residents import service as people

router = APIRouter(include_in_schema=False)


@router.post("/residents/{id}/memory/{fact}/delete")
async def forget(request: Request, caller: Person, ports: Ports, id: str, fact: str) -> Response:
    """Delete one remembered thing and the sentence it rests on."""
    must_act(caller)
    await ports.store.awrite(_forget, ports, caller, id, fact, address_of(request))
    return RedirectResponse(f"/residents/{id}#memory", 303)


@router.post("/residents/{id}/wishes/{wish}")
async def settle(
    request: Request,
    caller: Person,
    ports: Ports,
    id: str,
    wish: str,
    outcome: Annotated[str, Form(pattern="^(open|done|not_possible)$")],
    answer: Annotated[str, Form(max_length=200)] = "",
    due_on: Annotated[date | None, Form()] = None,
) -> Response:
    """What became of a wish; the resident hears it at the next talk. Whoever notes it owns it."""
    must_act(caller)
    await ports.store.awrite(_settle, ports, caller, id, wish, outcome, answer, due_on, address_of(request))
    return RedirectResponse(f"/residents/{id}#wishes", 303)


def of_resident(tx: Session, ports: ConsolePorts, id: str) -> dict[str, Any]:
    """For the resident's page: remembered things other than wishes, and the wishes with their owners' names."""
    facts = ports.checkins.remembered(tx, id)
    names = {who.id: who.name for who in people.coordinators(tx)}
    wishes = ports.checkins.wishes_of(tx, id, ports.clock.now())
    return {
        "memory": [fact for fact in facts if fact.kind.value != "wish"],
        "wishes": [{**vars(wish), "owner_name": names.get(wish.owner, "")} for wish in wishes],
    }


def _forget(tx: Session, ports: ConsolePorts, caller: Caller, id: str, fact: str, where: str) -> None:
    residents_read.resident_of(tx, caller, id)
    tx.info["where"] = where
    if not ports.checkins.forget(tx, id, fact, caller.id, ports.clock.now()):
        raise Problem(404, "no-such-memory", "This is not remembered (any more).")


def _settle(
    tx: Session,
    ports: ConsolePorts,
    caller: Caller,
    id: str,
    wish: str,
    outcome: str,
    answer: str,
    due_on: date | None,
    where: str,
) -> None:
    residents_read.resident_of(tx, caller, id)
    tx.info["where"] = where
    now = ports.clock.now()
    if not ports.checkins.settle_wish(tx, id, wish, outcome, answer, due_on, caller.id, now):
        raise Problem(404, "no-such-wish", "There is no such wish.")
