"""Listening to what a resident said, where it is kept; and noting that they agree to that, or no longer do."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console import residents_read
from console.access import Caller
from console.gate import Person, Ports, address_of, must_act, note
from console.ports import ConsolePorts
from console.problems import Problem
from residents import service as people
from residents.people import Consent
from speech.kept import KeptSound, sound_of

router = APIRouter(include_in_schema=False)


@router.get("/sounds/{turn}.wav")
async def listen(
    request: Request, caller: Person, ports: Ports, turn: Annotated[str, Path(pattern=r"^[\w-]{1,64}$")]
) -> Response:
    """The sound of one turn; each listening is on the record."""
    must_act(caller)
    found = await ports.store.aread(_sound, caller, turn)
    await note(request, caller, "kept sound heard", found.resident, turn=turn)
    return Response(await asyncio.to_thread(found.wav), media_type="audio/wav")


@router.post("/residents/{id}/consents/audio")
async def consent(
    request: Request, caller: Person, ports: Ports, id: str, granted: Annotated[str, Form(pattern="^(yes|no)$")]
) -> Response:
    """The resident has told the coordinator; taken back, everything kept is deleted with it."""
    must_act(caller)
    await ports.store.awrite(_consent, ports, caller, id, granted == "yes", address_of(request))
    return RedirectResponse(f"/residents/{id}", 303)


def _sound(tx: Session, caller: Caller, turn: str) -> KeptSound:
    found = sound_of(tx, turn)
    if found is None:
        raise Problem(404, "no-such-sound", "No sound of this turn is kept.")
    residents_read.resident_of(tx, caller, found.resident)
    return found


def _consent(tx: Session, ports: ConsolePorts, caller: Caller, id: str, granted: bool, where: str) -> None:
    residents_read.resident_of(tx, caller, id)
    tx.info["where"] = where
    people.set_consent(tx, id, Consent.AUDIO, granted, caller.id, ports.clock.now())
