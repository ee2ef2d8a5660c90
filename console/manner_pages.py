"""How a resident likes to be spoken to: how fast, how high, how formally."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console import residents_read
from console.access import Caller
from console.gate import Person, Ports, address_of, must_act
from console.ports import ConsolePorts
from console.say import Say
from residents import service as people
from residents.people import Resident

router = APIRouter(include_in_schema=False)
#: words a minute and pitch, as `speech.speaking.voice.Manner` takes them; 0: the usual.
_RATES = {"slowest": 95, "slow": 115, "usual": 0, "fast": 165}
_PITCHES = {"low": 28, "usual": 0, "high": 62}


@router.post("/residents/{id}/manner")
async def manner(
    request: Request,
    caller: Person,
    ports: Ports,
    id: str,
    rate: Annotated[int, Form(ge=0, le=260)],
    pitch: Annotated[int, Form(ge=0, le=100)],
    formal: Annotated[str, Form(pattern="^(yes|no)$")],
) -> Response:
    """From the next talk on; the voice within half a minute."""
    must_act(caller)
    await ports.store.awrite(_set, ports, caller, id, rate or None, pitch or None, formal == "yes", address_of(request))
    return RedirectResponse(f"/residents/{id}#manner", 303)


def of_resident(say: Say, resident: Resident) -> dict[str, Any]:
    """What the form offers, and what is chosen."""
    return {
        "manner": {
            "rates": _choices(say, "rate", _RATES, resident.rate),
            "pitches": _choices(say, "pitch", _PITCHES, resident.pitch),
            "formal": resident.formal,
        }
    }


def _choices(say: Say, what: str, known: dict[str, int], chosen: int | None) -> Sequence[tuple[int, str, bool]]:
    """(value, name, chosen); one that a town file has set stands beside them."""
    named = [(value, say.t(f"manner.{what}.{name}"), value == (chosen or 0)) for name, value in known.items()]
    own = [] if (chosen or 0) in known.values() else [(chosen or 0, say.t("manner.own", n=chosen), True)]
    return [*named, *own]


def _set(
    tx: Session,
    ports: ConsolePorts,
    caller: Caller,
    id: str,
    rate: int | None,
    pitch: int | None,
    formal: bool,
    where: str,
) -> None:
    residents_read.resident_of(tx, caller, id)
    tx.info["where"] = where
    people.set_manner(tx, id, rate, pitch, formal, caller.id, ports.clock.now())
