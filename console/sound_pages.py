"""Listening to what a resident said, where it is kept."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from console import residents_read
from console.access import Caller
from console.gate import Person, Ports, must_act, note
from console.problems import Problem
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


def _sound(tx: Session, caller: Caller, turn: str) -> KeptSound:
    found = sound_of(tx, turn)
    if found is None:
        raise Problem(404, "no-such-sound", "No sound of this turn is kept.")
    residents_read.resident_of(tx, caller, found.resident)
    return found
