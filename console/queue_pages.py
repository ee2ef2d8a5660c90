"""The live queue, one escalation, its 119 brief; and their parts, which the page's script fetches again on a change."""

from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console import acting, checkins_read, devices_read, escalations_read, homes_read, shapes
from console.access import Caller
from console.gate import Person, Ports, Shown, address_of
from console.gate import note as note_view
from console.ports import ConsolePorts
from console.problems import for_programs
from console.say import Say
from escalations.events import Why
from residents import service as people
from residents.sign import Level

router = APIRouter(include_in_schema=False)
#: what each kind of ledger entry looks like.
_TONES = {"confirmed": "care", "acknowledged": "good", "taken_over": "good", "closed": "good"} | dict.fromkeys(
    ("nobody_on_duty", "unreachable", "page_failed", "round", "lapsed", "given_back", "handed", "reminded"), "urgent"
)
#: entries that say of one person after the other that there is no way to them.
_UNREACHED = frozenset({"unreachable", "no_contact"})
#: so many cards stand in the queue; the counters count all.
_SHOWN = 60
#: a ledger with more entries is folded.
_LONG = 30
OUTCOMES = ("safe", "helped", "119", "hospital", "false_alarm", "unreachable")


@router.get("/")
async def queue(request: Request, caller: Person, pages: Shown) -> Response:
    """The live queue."""
    return pages.page("queue.html", caller, "queue", **await _queue_facts(request, caller, pages))


@router.get("/fragments/queue")
async def queue_part(request: Request, caller: Person, pages: Shown) -> Response:
    """The queue's inside."""
    return pages.page("_queue.html", caller, "queue", **await _queue_facts(request, caller, pages))


@router.get("/fragments/alarm")
async def alarm_part(request: Request, caller: Person, ports: Ports, pages: Shown) -> Response:
    """What every other page shows of emergencies nobody has taken."""
    waiting = (await ports.store.aread(escalations_read.page, ports, caller, "open", None, 100)).items
    emergencies = [e for e in waiting if e.level == Level.EMERGENCY]
    await _note_once(request, caller, emergencies)
    return pages.page("_alarm.html", caller, "alarm", open=len(waiting), emergencies=emergencies[:3])


@router.get("/escalations/{id}")
async def escalation(request: Request, caller: Person, ports: Ports, pages: Shown, id: str) -> Response:
    """One escalation."""
    return pages.page("escalation.html", caller, "queue", **await _escalation_facts(request, caller, ports, pages, id))


@router.get("/fragments/escalations/{id}")
async def escalation_part(request: Request, caller: Person, ports: Ports, pages: Shown, id: str) -> Response:
    """One escalation's inside."""
    return pages.page("_escalation.html", caller, "queue", **await _escalation_facts(request, caller, ports, pages, id))


@router.get("/escalations/{id}/brief")
async def brief(request: Request, caller: Person, ports: Ports, pages: Shown, id: str) -> Response:
    """The 119 brief on a page of its own, to read aloud or print."""
    found = await ports.store.aread(escalations_read.in_full, ports, caller, id, ports.clock.now())
    await note_view(request, caller, "viewed brief", found.resident or "", id=id)
    return pages.page("brief.html", caller, "queue", e=found, lines=brief_lines(found), spoken=found.spoken)


@router.post("/escalations/{id}/acknowledge")
async def acknowledge(
    request: Request, caller: Person, ports: Ports, id: str, take_over: Annotated[str, Form()] = ""
) -> Response:
    """The button "내가 확인할게요"."""
    where, now = address_of(request), ports.clock.now()
    done = await ports.store.awrite(acting.acknowledge, ports, caller, id, take_over == "1", where, now)
    return _done(request, done)


@router.post("/escalations/{id}/close")
async def close(
    request: Request,
    caller: Person,
    ports: Ports,
    id: str,
    outcome: Annotated[shapes.Outcome, Form()],
    note: Annotated[str, Form(max_length=2000)] = "",
    why: Annotated[shapes.Why, Form()] = "",
) -> Response:
    """The form below it."""
    said, now = shapes.Close(outcome=outcome, note=note, why=why), ports.clock.now()
    done = await ports.store.awrite(acting.close, ports, caller, id, said, address_of(request), now)
    return _done(request, done)


@router.post("/escalations/{id}/give_back")
async def give_back(request: Request, caller: Person, ports: Ports, id: str) -> Response:
    """The button "내려놓을게요"."""
    done = await ports.store.awrite(acting.give_back, ports, caller, id, address_of(request), ports.clock.now())
    return _done(request, done)


def brief_lines(found: shapes.EscalationInFull) -> list[dict[str, Any]]:
    """The brief as label and text; who, where and how to get in are large."""
    return [{"label": label, "text": text, "big": n < 3} for n, (label, text) in enumerate(found.brief.items())]


def _done(request: Request, done: shapes.Escalation) -> Response:
    if for_programs(request):
        return Response(done.model_dump_json(), media_type="application/json")
    return RedirectResponse(f"/escalations/{done.id}", 303)


async def _queue_facts(request: Request, caller: Caller, pages: Shown) -> dict[str, Any]:
    ports = pages.ports
    facts = await ports.store.aread(_read_queue, ports, caller)
    facts["notices"] += await _system_notices(ports)
    await _note_once(request, caller, facts["open"] + facts["held"])
    return facts


def _read_queue(tx: Session, ports: ConsolePorts, caller: Caller) -> dict[str, Any]:
    live = escalations_read.all_live(tx, ports, caller)
    open_ = [e for e in live if e.state == "open"]
    held = [e for e in live if e.state == "acknowledged"]
    duty = _duty(tx, ports, caller)
    return {
        "open": open_[:_SHOWN],
        "held": held[:_SHOWN],
        "waiting": len(open_),
        "emergencies": sum(e.level == Level.EMERGENCY for e in open_),
        "more": max(0, len(open_) - _SHOWN),
        "counts": [_count(level.value, open_, held) for level in Level],
        "duty": duty,
        "today": checkins_read.today(tx, ports, caller) if caller.sees_residents() else None,
        "notices": [
            *_duty_notices(ports, duty),
            *homes_read.outage_notices(tx, ports),
            *devices_read.unseen_notice(tx, ports, caller),
        ],
    }


def _count(level: str, open_: list[shapes.Escalation], held: list[shapes.Escalation]) -> dict[str, Any]:
    return {
        "level": level,
        "open": sum(e.level == level for e in open_),
        "held": sum(e.level == level for e in held),
    }


def _duty(tx: Session, ports: ConsolePorts, caller: Caller) -> list[dict[str, Any]]:
    known = {c.id: c for c in people.coordinators(tx)}
    districts = caller.limited_to or (None,)
    found = dict.fromkeys(
        (rank, who) for d in districts for rank, who in ports.escalations.on_duty(tx, ports.clock.now(), d)
    )
    return [
        {"name": known[who].name, "role": known[who].role.value, "rank": rank}
        for rank, who in sorted(found)
        if who in known
    ]


def _duty_notices(ports: ConsolePorts, duty: list[dict[str, Any]]) -> list[dict[str, str]]:
    if duty:
        return []
    title, text = (ports.words.text(f"console.duty.{key}") for key in ("nobody_title", "nobody_text"))
    return [{"tone": "urgent", "title": title, "text": text}]


async def _system_notices(ports: ConsolePorts) -> list[dict[str, str]]:
    state = await ports.readiness()
    if state["ready"] and not state["degraded"]:
        return []
    ill = state["degraded"] or [name for name, part in state["parts"].items() if part not in ("ok", "off")]
    key, tone = ("degraded_title", "technical") if state["ready"] else ("down_title", "emergency")
    text = ", ".join(_part_name(ports, name) for name in ill)
    return [{"tone": tone, "title": ports.words.text(f"console.system.{key}"), "text": text}]


def _part_name(ports: ConsolePorts, name: str) -> str:
    key = f"console.status_part.{name}"
    return ports.words.text(key) if ports.words.has(key) else name


async def _escalation_facts(
    request: Request, caller: Caller, ports: ConsolePorts, pages: Shown, id: str
) -> dict[str, Any]:
    found = await ports.store.aread(escalations_read.in_full, ports, caller, id, ports.clock.now())
    if request.app.state.seen.fresh(caller.id, id, found.state):
        await note_view(request, caller, "viewed escalation", found.resident or "", id=id)
    return {
        "e": found,
        "may_take": caller.may_take(found.level),
        "outcomes": OUTCOMES,
        "whys": tuple(why.value for why in Why),
        "may_overrule": caller.actor().may_overrule,
        "lines": brief_lines(found),
        "steps": _ledger(pages.say, found),
    }


def _ledger(say: Say, found: shapes.EscalationInFull) -> dict[str, list[dict[str, Any]]]:
    """The ledger; who could not be reached in one round stands in one line, and a long one's middle is folded away."""
    rounds = groupby(found.steps, lambda step: (step.round, step.what in _UNREACHED))
    steps = [line for _, together in rounds for line in _lines(say, found, list(together))]
    if len(steps) <= _LONG:
        return {"first": steps, "between": [], "last": []}
    return {"first": steps[:6], "between": steps[6:-12], "last": steps[-12:]}


def _lines(say: Say, found: shapes.EscalationInFull, together: list[shapes.Step]) -> list[dict[str, Any]]:
    names = list(dict.fromkeys(step.person_name for step in together if step.person_name))
    if len(together) > 1 and names and all(step.what in _UNREACHED for step in together):
        text = say.t("escalation.unreached", names=", ".join(names))
        return [_line(together[0], found) | {"text": text, "tone": "urgent"}]
    return [_line(step, found) for step in together]


def _line(step: shapes.Step, found: shapes.EscalationInFull) -> dict[str, Any]:
    return {"at": step.at, "seconds": step.seconds, "text": step.text, "tone": _tone(step, found)}


def _tone(step: shapes.Step, found: shapes.EscalationInFull) -> str:
    return found.level if step.what in ("opened", "raised", "joined") else _TONES.get(step.what, "")


async def _note_once(request: Request, caller: Caller, shown: list[shapes.Escalation]) -> None:
    if shown and request.app.state.seen.fresh(caller.id, "queue", *sorted(e.id for e in shown)):
        residents = sorted({e.resident for e in shown if e.resident})
        await note_view(request, caller, "viewed queue", residents=residents)
