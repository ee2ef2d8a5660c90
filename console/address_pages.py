"""How somebody is reached besides their chat: e-mail, SMS and others. Noted, tried, taken away; never shown whole."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console.access import Caller
from console.gate import Person, Ports, Shown, address_of, must_see, note
from console.ports import ConsolePorts
from console.problems import Problem
from console.render import Pages
from console.turnstile import Crowded
from residents import reach
from residents import service as people
from residents.addresses import LONGEST, MOST, channel_of, kind_of, shown
from residents.notifiers import fault_of
from residents.people import Unknown

router = APIRouter(include_in_schema=False)
HERE = "people"
Kind = Literal["coordinator", "contact"]


@dataclass(frozen=True)
class _Whom:
    """Whose addresses; `kind` and `id` as in the path."""

    kind: Kind
    id: str


#: an address is named by its place and what is shown of it: what somebody else has changed meanwhile fits no more.
Place = Annotated[int, Form(ge=1, le=MOST)]
Mark = Annotated[str, Form(max_length=100)]


@router.get("/people/{kind}/{id}/addresses")
async def addresses(
    request: Request, caller: Person, ports: Ports, pages: Shown, kind: Kind, id: str, said: str = ""
) -> Response:
    """What is noted for one person."""
    must_see(caller, HERE)
    notice = _notice(pages, "good", said) if said in ("added", "removed") else None
    answer = await _page(ports, pages, caller, _Whom(kind, id), notice)
    await note(request, caller, "viewed addresses", id)
    return answer


@router.post("/people/{kind}/{id}/addresses")
async def add(
    request: Request,
    caller: Person,
    ports: Ports,
    pages: Shown,
    kind: Kind,
    id: str,
    address: Annotated[str, Form(max_length=LONGEST + 100)] = "",
) -> Response:
    """One more way to this person, the last to be tried."""
    must_see(caller, HERE)
    whom = _Whom(kind, id)
    try:
        if await asyncio.to_thread(fault_of, address.strip()):  # apprise takes its time: not within a transaction
            raise ValueError("no address")
        await ports.store.awrite(_added, ports, caller, whom, address, address_of(request))
    except ValueError:
        return await _page(ports, pages, caller, whom, _notice(pages, "urgent", "refused"), 422)
    return _back(whom, "added")


@router.post("/people/{kind}/{id}/addresses/remove")
async def remove(
    request: Request, caller: Person, ports: Ports, kind: Kind, id: str, place: Place, mark: Mark
) -> Response:
    """This way leads there no more."""
    must_see(caller, HERE)
    await ports.store.awrite(_removed, ports, caller, _Whom(kind, id), place, mark, address_of(request))
    return _back(_Whom(kind, id), "removed")


@router.post("/people/{kind}/{id}/addresses/try")
async def try_out(
    request: Request, caller: Person, ports: Ports, pages: Shown, kind: Kind, id: str, place: Place, mark: Mark
) -> Response:
    """A message by this way, now; the page says how it went."""
    must_see(caller, HERE)
    whom = _Whom(kind, id)
    address = await ports.store.aread(_one, whom, place, mark)
    name = await ports.store.aread(_name, whom)
    text = ports.words.text("escalations.test", name=name)
    try:
        async with request.app.state.tries.turn():
            tried = await ports.try_way(reach.Way(channel_of(address), address), text)
    except Crowded:
        raise Problem(429, "too-many-tests", "Others are trying addresses: try again soon.") from None
    await note(request, caller, "address tried", id, kind=kind_of(address), how=tried.how, reason=tried.reason)
    key = "refused_there" if tried.how == "refused" else tried.how
    notice = _notice(pages, "good" if tried.how == "taken" else "urgent", key, mark=mark, reason=tried.reason)
    return await _page(ports, pages, caller, whom, notice)


async def _page(
    ports: ConsolePorts, pages: Pages, caller: Caller, whom: _Whom, notice: dict[str, str] | None, status: int = 200
) -> Response:
    facts = await ports.store.aread(_facts, whom)
    return pages.page("addresses.html", caller, HERE, status, notice=notice, most=MOST, **facts)


def _notice(pages: Pages, tone: str, key: str, **facts: str) -> dict[str, str]:
    title, text = (pages.say.t(f"addresses.said.{key}.{part}", **facts) for part in ("title", "text"))
    return {"tone": tone, "title": title, "text": text}


def _back(whom: _Whom, said: str) -> Response:
    return RedirectResponse(f"/people/{whom.kind}/{whom.id}/addresses?said={said}", 303)


def _facts(tx: Session, whom: _Whom) -> dict[str, Any]:
    return {
        "kind": whom.kind,
        "id": whom.id,
        "name": _name(tx, whom),
        "linked": people.chat_of(tx, whom.kind, whom.id) is not None,
        "addresses": [
            {"mark": shown(each), "channel": channel_of(each)} for each in reach.addresses(tx, whom.kind, whom.id)
        ],
    }


def _name(tx: Session, whom: _Whom) -> str:
    """Raises 404."""
    try:
        found = people.coordinator(tx, whom.id) if whom.kind == "coordinator" else people.contact(tx, whom.id)
    except Unknown:
        raise Problem(404, "no-such-person", "There is no such person.") from None
    return found.name


def _added(tx: Session, ports: ConsolePorts, caller: Caller, whom: _Whom, address: str, where: str) -> None:
    """Raises 404, and ValueError for what is no address, stands there already, or is one too many."""
    _name(tx, whom)
    noted = reach.addresses(tx, whom.kind, whom.id)
    now = ports.clock.now()
    if not reach.set_addresses(tx, whom.kind, whom.id, (*noted, address), caller.id, now, where):
        raise ValueError("nothing new")


def _removed(tx: Session, ports: ConsolePorts, caller: Caller, whom: _Whom, place: int, mark: str, where: str) -> None:
    gone = _one(tx, whom, place, mark)
    left = [each for each in reach.addresses(tx, whom.kind, whom.id) if each != gone]
    reach.set_addresses(tx, whom.kind, whom.id, left, caller.id, ports.clock.now(), where)


def _one(tx: Session, whom: _Whom, place: int, mark: str) -> str:
    """The address that was shown so, there. Raises 404."""
    _name(tx, whom)
    noted = reach.addresses(tx, whom.kind, whom.id)
    if place > len(noted) or shown(noted[place - 1]) != mark:
        raise Problem(404, "no-such-address", "It has been changed meanwhile: load the page again.")
    return noted[place - 1]
