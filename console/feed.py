"""The live feed: changes as server-sent events, from where the reader left off. No names are in it."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from fastapi import Request
from sqlmodel import Session
from sse_starlette import EventSourceResponse, ServerSentEvent

from console.access import Caller
from console.escalations_read import sees
from console.ports import ConsolePorts
from console.problems import Problem
from escalations.errors import NoSuchEscalation
from residents import service as people
from residents.people import Unknown
from store import Change, changes_since
from store.changes import Gaps, changes_of, last_change

#: seconds between heartbeats, and the longest until a change of another process is seen without a wake-up.
HEARTBEAT_S, LOOK_S = 15, 2.0
#: seconds between looks at whether the reader may still read.
RECHECK_S = 20.0
_BATCH = 200
_ABOUT_PEOPLE = frozenset({"resident", "contact", "checkin", "score", "talk", "sign"})


#: asked now and then: who the reader is now, None once signed out.
Still = Callable[[], Awaitable[Caller | None]]


def stream(request: Request, ports: ConsolePorts, still: Still) -> EventSourceResponse:
    """Everything that changes from now on, or from the Last-Event-ID the reader names. Raises 422."""
    last = _last_id(request.headers.get("last-event-id"))
    return EventSourceResponse(_events(ports, still, last), ping=HEARTBEAT_S, headers={"X-Accel-Buffering": "no"})


async def _events(ports: ConsolePorts, still: Still, last: int | None) -> AsyncIterator[ServerSentEvent]:
    caller, checked = await still(), time.monotonic()
    waiter = ports.store.signals.waiter("changes")
    seen, gaps = await ports.store.aread(_begin, last), Gaps()
    try:
        yield ServerSentEvent(event="hello", data=json.dumps({"last": seen}), id=str(seen), retry=2000)
        while caller is not None:
            changes, late, shown = await ports.store.aread(_after, ports, caller, seen, gaps.open(time.monotonic()))
            gaps.close([change.id for change in late])
            gaps.read(seen, [change.id for change in changes], time.monotonic())
            for change in shown:
                yield _event(change, seen)
            if changes:
                seen = changes[-1].id
            if len(changes) < _BATCH:
                await waiter.wait(LOOK_S)
            if time.monotonic() - checked > RECHECK_S:
                caller, checked = await still(), time.monotonic()
    finally:
        ports.store.signals.forget("changes", waiter)


def _begin(tx: Session, last: int | None) -> int:
    newest = last_change(tx)
    return newest if last is None else min(last, newest)  # a feed that was pruned empty counts from one again


def _after(
    tx: Session, ports: ConsolePorts, caller: Caller, seen: int, missed: Sequence[int]
) -> tuple[Sequence[Change], Sequence[Change], list[Change]]:
    """What is new after `seen`, what of `missed` has come late, and those of both that the caller may see."""
    changes, late = changes_since(tx, seen, _BATCH), changes_of(tx, missed)
    return changes, late, [change for change in (*late, *changes) if _sees(tx, ports, caller, change)]


def _sees(tx: Session, ports: ConsolePorts, caller: Caller, change: Change) -> bool:
    if caller.sees_residents() and caller.limited_to is None:
        return True
    try:
        if change.kind == "escalation":
            return sees(tx, ports, caller, ports.escalations.summary(tx, change.ref))
        resident = change.facts.get("resident") or (change.ref if change.kind == "resident" else None)
        if resident is None:
            return change.kind not in _ABOUT_PEOPLE
        return caller.sees_residents() and caller.sees_district(people.resident(tx, str(resident)).district)
    except (NoSuchEscalation, Unknown):
        return False


def _event(change: Change, seen: int) -> ServerSentEvent:
    """The event; one that came late must not send the reader back when it connects again."""
    data = {"at": change.at.isoformat(), "kind": change.kind, "ref": change.ref, "facts": change.facts}
    return ServerSentEvent(event="change", id=str(max(seen, change.id)), data=json.dumps(data, ensure_ascii=False))


def _last_id(given: str | None) -> int | None:
    if given is None or not given.strip():
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise Problem(422, "bad-last-event-id", "Last-Event-ID must be the id of an event of this feed.")
    return int(given)
