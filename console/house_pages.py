"""People and roster, quarantine, audit, system status."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from console import homes_read
from console.access import Caller
from console.cursor import after, pack, unpack
from console.gate import Person, Ports, Shown, address_of, must_see, note
from console.ports import ConsolePorts
from console.problems import Problem
from console.render import Pages
from console.say import Say
from escalations import auditor
from residents import reach
from residents import service as people
from residents.people import Role, Unknown
from store.audit import audit, entries

router = APIRouter(include_in_schema=False)
_PAGE = 100
Cursor = Annotated[str | None, Query(max_length=100)]


@router.get("/people")
async def people_page(request: Request, caller: Person, ports: Ports, pages: Shown, cursor: Cursor = None) -> Response:
    """Who is on duty, who works here, who is cared for and by whom."""
    return await _people(request, caller, ports, pages, None, cursor)


@router.post("/people/invite")
async def invite(
    request: Request,
    caller: Person,
    ports: Ports,
    pages: Shown,
    kind: Annotated[str, Form(pattern="^(resident|contact|coordinator)$")],
    id: Annotated[str, Form(max_length=200)],
) -> Response:
    """A new linking code, shown once. Admins only."""
    if caller.role is not Role.ADMIN:
        raise Problem(403, "not-for-this-role", "Only an admin makes codes.")
    code = await ports.store.awrite(_invited, ports, caller, kind, id, address_of(request))
    return await _people(request, caller, ports, pages, code)


@router.get("/quarantine")
async def quarantine(request: Request, caller: Person, ports: Ports, pages: Shown, cursor: Cursor = None) -> Response:
    """What came in and could not be used."""
    found = await ports.store.aread(homes_read.quarantine, ports, caller, cursor, _PAGE)
    messages = await ports.store.aread(ports.unread_messages) if cursor is None and not caller.limited_to else ()
    await note(request, caller, "viewed quarantine")
    return pages.page("quarantine.html", caller, "quarantine", rows=found.items, next=found.next, messages=messages)


@router.get("/audit")
async def audit_page(
    request: Request,
    caller: Person,
    ports: Ports,
    pages: Shown,
    cursor: Cursor = None,
    whose: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Who saw and did what. Admins only."""
    must_see(caller, "audit")
    rows, following = await ports.store.aread(_entries, cursor, whose)
    await note(request, caller, "viewed audit", whose)
    return pages.page("audit.html", caller, "audit", rows=rows, next=following, whose=whose)


@router.get("/status")
async def status(caller: Person, ports: Ports, pages: Shown) -> Response:
    """`/readyz` in words."""
    state = await ports.readiness()
    parts = [_part(ports, name, part, state) for name, part in state["parts"].items()]
    audited = await ports.store.aread(auditor.latest)
    facts = {"ready": state["ready"], "degraded": state["degraded"], "parts": parts, "audited": audited}
    return pages.page("status.html", caller, "status", **facts)


async def _people(  # the page, and the page that shows a new code once
    request: Request, caller: Caller, ports: ConsolePorts, pages: Pages, code: str | None, cursor: str | None = None
) -> Response:
    must_see(caller, "people")
    facts = await ports.store.aread(_read_people, ports, pages.say, cursor)
    await note(request, caller, "viewed people", residents=[r["id"] for r in facts["residents"]])
    return pages.page("people.html", caller, "people", code=code, **facts)


def _read_people(tx: Session, ports: ConsolePorts, say: Say, cursor: str | None) -> dict[str, Any]:
    staff = people.coordinators(tx)
    names = {c.id: c for c in staff}
    on_duty = {who for _, who in ports.escalations.on_duty(tx, ports.clock.now())}
    cared_for = people.places(tx)
    page, following = after(cared_for, cursor, _PAGE)
    roster = [_shift(say, shift, names, on_duty) for shift in ports.escalations.roster(tx)]
    return {
        "roster": roster,
        "holes": ports.escalations.holes(tx),
        "coordinators": [{**vars(c), "role": c.role.value, **_reached(tx, "coordinator", c.id)} for c in staff],
        "residents": [_household(tx, r) for r in people.residents(tx, [place.id for place in page])],
        "total": len(cared_for),
        "next": following,
    }


def _shift(say: Say, shift: Any, names: Mapping[str, Any], on_duty: set[str]) -> dict[str, Any]:
    who = names.get(shift.coordinator)
    return {
        "name": who.name if who else shift.coordinator,
        "role": who.role.value if who else Role.COORDINATOR.value,
        "days_text": homes_read.days_in_words(say, shift.days),
        "start": shift.start,
        "end": shift.end,
        "rank": shift.rank,
        "on_duty": shift.coordinator in on_duty,
    }


def _household(tx: Session, resident: Any) -> dict[str, Any]:
    contacts = [{**vars(c), **_reached(tx, "contact", c.id)} for c in people.contacts(tx, resident.id)]
    return {**vars(resident), "contacts": contacts, "linked": _linked(tx, "resident", resident.id)}


def _reached(tx: Session, kind: str, id: str) -> dict[str, Any]:
    return {"linked": _linked(tx, kind, id), "addresses": len(reach.addresses(tx, kind, id))}


def _linked(tx: Session, kind: str, id: str) -> bool:
    return people.chat_of(tx, kind, id) is not None


def _invited(tx: Session, ports: ConsolePorts, caller: Caller, kind: str, id: str, where: str) -> str:
    now = ports.clock.now()
    try:
        code = people.link_code(tx, kind, id, now)
    except Unknown:
        raise Problem(404, "no-such-person", "There is no such person.") from None
    audit(tx, who=caller.id, what="invite made", whose=id, where=where, now=now)
    return code


def _entries(tx: Session, cursor: str | None, whose: str) -> tuple[list[Any], str | None]:
    before = None if cursor is None else unpack(cursor, int)
    rows = entries(tx, whose or None, before, _PAGE + 1)
    following = pack(rows[_PAGE - 1].id or 0) if len(rows) > _PAGE else None
    return rows[:_PAGE], following


def _part(ports: ConsolePorts, name: str, part: Any, state: Mapping[str, Any]) -> dict[str, str]:
    """One part of /readyz: "ok", "off", "reconnecting", or what is wrong."""
    word = str(part)
    kind = word if word in ("ok", "off", "reconnecting") else "degraded" if name in state["degraded"] else "bad"
    hint = f"console.status_{'off' if kind == 'off' else 'hint'}.{name}"
    text = ports.words.text(hint) if kind in ("degraded", "bad", "off") and ports.words.has(hint) else ""
    return {"name": name, "state": kind, "tone": _TONES[kind], "text": text, "raw": "" if kind == word else word}


_TONES = {"ok": "good", "off": "unknown", "reconnecting": "caution", "degraded": "caution", "bad": "danger"}
