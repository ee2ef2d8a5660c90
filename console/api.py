"""The JSON API below /api/v1, as in section 8 of the contract."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query, Request
from fastapi.responses import Response

from console import acting, escalations_read, homes_read, lists, residents_read, shapes, timeline
from console.feed import stream
from console.gate import Ports, Program, address_of, must_see, note, whoever

#: what any operation may answer instead.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"content": {"application/problem+json": {"schema": shapes.Problem.model_json_schema()}}, "description": text}
    for code, text in (
        (400, "unreadable"),
        (401, "not signed in"),
        (403, "not allowed"),
        (404, "no such thing"),
        (409, "somebody was first"),
        (413, "too large"),
        (422, "does not fit"),
    )
}
router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["api"])

Limit = Annotated[int, Query(ge=1, le=200, description="at most so many items")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
Id = Annotated[str, Path(max_length=200)]
Since = Annotated[datetime | None, Query(description="ISO 8601 with offset")]


@router.get("/me")
async def me(caller: Program) -> shapes.Me:
    """Who the caller is."""
    return shapes.Me.model_validate({**vars(caller), "districts": list(caller.districts)})


@router.get("/residents")
async def residents(
    request: Request, caller: Program, ports: Ports, cursor: Cursor = None, limit: Limit = 50
) -> shapes.Listing[shapes.ResidentRow]:
    """Residents the caller may see, with their scores, by id."""
    found = await ports.store.aread(lists.residents, ports, caller, cursor, limit)
    await note(request, caller, "viewed residents", residents=[r.id for r in found.items])
    return found


@router.get("/residents/{id}")
async def resident(request: Request, caller: Program, ports: Ports, id: Id) -> shapes.Resident:
    """One resident in full: score with reasons, consents, contacts, plan."""
    found = await ports.store.aread(lists.resident, ports, caller, id)
    await note(request, caller, "viewed resident", id)
    return found


@router.get("/residents/{id}/timeline")
async def resident_timeline(
    request: Request,
    caller: Program,
    ports: Ports,
    id: Id,
    since: Since = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> shapes.Listing[shapes.Happening]:
    """What happened around a resident, newest first."""
    read = partial(timeline.of_resident, since=lists.aware(since))
    found = await ports.store.aread(lists.by_time, ports, caller, id, read, cursor, limit)
    await note(request, caller, "viewed timeline", id)
    return found


@router.get("/residents/{id}/signs")
async def resident_signs(
    request: Request,
    caller: Program,
    ports: Ports,
    id: Id,
    since: Since = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> shapes.Listing[shapes.Sign]:
    """A resident's signs, newest first."""
    read = partial(residents_read.signs, since=lists.aware(since))
    found = await ports.store.aread(lists.by_time, ports, caller, id, read, cursor, limit)
    await note(request, caller, "viewed signs", id)
    return found


@router.get("/residents/{id}/checkins")
async def resident_checkins(
    request: Request, caller: Program, ports: Ports, id: Id, cursor: Cursor = None, limit: Limit = 50
) -> shapes.Listing[shapes.CheckIn]:
    """A resident's check-ins with what was said, newest first."""
    found = await ports.store.aread(lists.checkins, ports, caller, id, cursor, limit)
    await note(request, caller, "viewed talk", id)
    return found


@router.post("/residents/{id}/checkins", status_code=201)
async def start_checkin(
    request: Request, caller: Program, ports: Ports, id: Id, _body: Annotated[shapes.Nothing | None, Body()] = None
) -> shapes.CheckIn:
    """Ask a resident now how they are, also in quiet hours; 409 while one runs."""
    where, now = address_of(request), ports.clock.now()
    return await ports.store.awrite(acting.start_checkin, ports, caller, id, where, now)


@router.get("/escalations")
async def escalations(
    request: Request,
    caller: Program,
    ports: Ports,
    state: Literal["open", "acknowledged", "closed", "all"] = "all",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> shapes.Listing[shapes.Escalation]:
    """Escalations by level, then the longest waiting first."""
    found = await ports.store.aread(escalations_read.page, ports, caller, state, cursor, limit)
    await note(request, caller, "viewed queue", escalations=[e.id for e in found.items])
    return found


@router.get("/escalations/{id}")
async def escalation(request: Request, caller: Program, ports: Ports, id: Id) -> shapes.EscalationInFull:
    """One escalation: steps, deliveries, evidence, 119 brief."""
    found = await ports.store.aread(escalations_read.in_full, ports, caller, id, ports.clock.now())
    await note(request, caller, "viewed escalation", found.resident or "", id=id)
    return found


@router.post("/escalations/{id}/acknowledge")
async def acknowledge(
    request: Request, caller: Program, ports: Ports, id: Id, body: Annotated[shapes.Acknowledge | None, Body()] = None
) -> shapes.Escalation:
    """Say "내가 확인할게요". Again by the same person: no change; by another: 409 without take_over."""
    take_over, where, now = body is not None and body.take_over, address_of(request), ports.clock.now()
    return await ports.store.awrite(acting.acknowledge, ports, caller, id, take_over, where, now)


@router.post("/escalations/{id}/close")
async def close(
    request: Request, caller: Program, ports: Ports, id: Id, body: Annotated[shapes.Close, Body()]
) -> shapes.Escalation:
    """Close with an outcome; acknowledges too."""
    where, now = address_of(request), ports.clock.now()
    return await ports.store.awrite(acting.close, ports, caller, id, body, where, now)


@router.post("/escalations/{id}/give_back")
async def give_back(
    request: Request, caller: Program, ports: Ports, id: Id, _body: Annotated[shapes.Nothing | None, Body()] = None
) -> shapes.Escalation:
    """Whoever has it cannot do it after all, or a supervisor says so: it is open, and everybody is asked anew."""
    where, now = address_of(request), ports.clock.now()
    return await ports.store.awrite(acting.give_back, ports, caller, id, where, now)


@router.get("/deliveries")
async def deliveries(
    request: Request,
    caller: Program,
    ports: Ports,
    state: Literal["waiting", "sent", "failed", "cancelled"] | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> shapes.Listing[shapes.Delivery]:
    """Deliveries without their words, newest first."""
    found = await ports.store.aread(escalations_read.deliveries, ports, caller, state, cursor, limit)
    await note(request, caller, "viewed deliveries")
    return found


@router.get("/quarantine")
async def quarantine(
    request: Request, caller: Program, ports: Ports, cursor: Cursor = None, limit: Limit = 50
) -> shapes.Listing[shapes.Quarantined]:
    """What came in and could not be used, newest first."""
    must_see(caller, "quarantine")
    found = await ports.store.aread(homes_read.quarantine, ports, caller, cursor, limit)
    await note(request, caller, "viewed quarantine")
    return found


@router.get("/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def events(request: Request, _caller: Program, ports: Ports) -> Response:
    """Server-sent events: `change` with kind and ref for everything that changes; resumes at Last-Event-ID."""
    return stream(request, ports, partial(whoever, request))
