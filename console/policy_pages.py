"""Who is asked, in which order, for how long: the shipped policy, and what city, district and resident say instead."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from console.access import Caller
from console.gate import Person, Ports, Shown, address_of, must_see, note
from console.ports import ConsolePorts
from console.problems import Problem
from console.render import Pages
from console.say import Say
from escalations.layers import CITY, Layer, effective, source
from escalations.policy import BadPolicy, default_data
from residents import service as people
from residents.people import Unknown
from residents.sign import Level

router = APIRouter(include_in_schema=False)
#: so many steps may be entered for a level.
STEPS = 6
STAFF = ("rank:1", "rank:each", "rank:2", "rank:3", "duty:1", "duty:2", "duty:3", "supervisor", "technician")
CONTACTS = ("contact:1", "contact:2", "contact:3", "contact:each")
UNITS = ("s", "min", "h", "days", "morning")
_SECONDS = {"s": 1, "min": 60, "h": 3600}
Scope = Annotated[str, Query(max_length=200)]


@router.get("/policy")
async def policy(
    request: Request, caller: Person, ports: Ports, pages: Shown, scope: Scope = CITY, said: str = ""
) -> Response:
    """The policy that counts for the city, a district or a resident."""
    await note(request, caller, "viewed policy", scope.removeprefix("resident:") if ":" in scope else "")
    return await _page(caller, ports, pages, scope, said=said)


@router.post("/policy")
async def change(
    request: Request,
    caller: Person,
    ports: Ports,
    pages: Shown,
    scope: Annotated[str, Form(max_length=200)],
    level: Annotated[Level, Form()],
) -> Response:
    """One level's steps for one scope; "take_back" leaves it to the wider scope again."""
    must_see(caller, "policy")
    form = await request.form()
    entry = None if "take_back" in form else entered(form)
    try:
        await ports.store.awrite(_change, ports, caller, scope, level, entry, address_of(request))
    except BadPolicy as bad:
        fault = str(bad).partition(":")[0]
        known = fault if ports.words.has(f"console.policy.fault.{fault}") else "unreadable"
        return await _page(caller, ports, pages, scope, 422, fault=known, at=level.value, entry=entry)
    return RedirectResponse(f"/policy?scope={pages.jinja.filters['urlencode'](scope)}&said=saved", 303)


def entered(form: FormData) -> dict[str, Any]:
    """The form as an entry of `policy.yaml`; what cannot be read becomes what `check` refuses."""
    steps = []
    for n in range(STEPS):
        to = [str(form.get(f"{kind}-{n}") or "") for kind in ("staff", "contact")]
        if any(to):
            steps.append({"to": [spec for spec in to if spec], "wait": _wait(form, str(n))})
    remind = {"wait": _wait(form, "remind"), "times": _number(form.get("times"))}
    calm = "calm" in form
    gather = {"gather_min": _number(form.get("gather"))} if calm and "gather" in form else {}
    return {"calm": calm, **gather, "remind": remind, "steps": steps}


def shown_wait(wait: dict[str, Any]) -> tuple[int, str]:
    """A wait as number and unit of the form."""
    if "seconds" in wait:
        seconds = int(wait["seconds"])
        unit = next(unit for unit in ("h", "min", "s") if seconds % _SECONDS[unit] == 0)
        return seconds // _SECONDS[unit], unit
    return (int(wait["working_days"]), "days") if "working_days" in wait else (1, "morning")


def _wait(form: FormData, place: str) -> dict[str, Any]:
    unit, number = str(form.get(f"unit-{place}") or "min"), _number(form.get(f"wait-{place}"))
    if unit == "morning":
        return {"until": "next_morning"}
    return {"working_days": number} if unit == "days" else {"seconds": number * _SECONDS.get(unit, 60)}


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _change(
    tx: Session, ports: ConsolePorts, caller: Caller, scope: str, level: Level, entry: dict[str, Any] | None, where: str
) -> None:
    _parts(tx, scope)
    tx.info["where"] = where
    ports.escalations.set_policy(tx, scope, level, entry, ports.clock.now(), caller.id)


async def _page(
    caller: Caller, ports: ConsolePorts, pages: Pages, scope: str, status: int = 200, /, **told: Any
) -> Response:
    must_see(caller, "policy")
    facts = await ports.store.aread(_facts, ports, pages.say, scope, told)
    return pages.page("policy.html", caller, "policy", status, scope=scope, **facts)


def _facts(tx: Session, ports: ConsolePorts, say: Say, scope: str, told: dict[str, Any]) -> dict[str, Any]:
    district, resident = _parts(tx, scope)
    layers = ports.escalations.policy_layers(tx, district, resident)
    broken = [layer for layer in layers if layer.unreadable]
    whole = effective([] if broken else layers)  # as it is followed: the shipped one holds
    own = next((layer for layer in layers if layer.scope == scope), Layer(scope, 0, {}))
    levels = []
    for level in Level:
        at_fault = told.get("at") == level.value
        entry = told["entry"] if at_fault and told.get("entry") else whole["levels"][level.value]
        levels.append(
            {
                "level": level.value,
                "entry": entry,
                "source": "" if broken else source(layers, level.value),
                "own": level.value in own.levels or (own.unreadable and not own.levels),
                "gather": _gathered(level, entry),
                "fault": told.get("fault") if at_fault else "",
                "steps": [_step(say, step) for step in entry["steps"]],
                "remind": say.t("policy.remind_after", wait=_wait_in_words(say, entry["remind"]["wait"])),
                "rows": _form_rows(entry["steps"]),
                "remind_wait": shown_wait(entry["remind"]["wait"]),
            }
        )
    places = people.places(tx)
    return {
        "levels": levels,
        "version": whole["version"],
        "unreadable": [layer.scope for layer in broken],
        "districts": sorted({place.district for place in places if place.district}),
        "resident_names": {f"resident:{r.id}": r.name for r in people.residents(tx, [resident] if resident else [])},
        "changed": [layer.scope for layer in ports.escalations.policy_scopes(tx)],
        "staff": STAFF,
        "contacts": CONTACTS,
        "units": UNITS,
        "said": told.get("said", "") if told.get("said") == "saved" else "",
    }


def _gathered(level: Level, entry: dict[str, Any]) -> int | None:
    """Minutes for which what can wait is gathered; None for a level that cannot wait."""
    if level in (Level.EMERGENCY, Level.URGENT):
        return None
    return int(entry.get("gather_min", default_data()["levels"][level.value]["gather_min"]))


def _step(say: Say, step: dict[str, Any]) -> dict[str, str]:
    to = ", ".join(_recipient(say, spec) for spec in step["to"])
    morning = "until" in step["wait"]
    then = say.t("policy.then_morning") if morning else say.t("policy.then", wait=_wait_in_words(say, step["wait"]))
    return {"to": to, "then": then}


def _recipient(say: Say, spec: str) -> str:
    kind, _, number = spec.partition(":")
    return say.t(f"policy.to.{kind}_each" if number == "each" else f"policy.to.{kind}", n=number)


def _wait_in_words(say: Say, wait: dict[str, Any]) -> str:
    number, unit = shown_wait(wait)
    return say.t(f"policy.unit.{unit}", n=number)


def _form_rows(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for step in steps[:STEPS]:
        contact = next((spec for spec in step["to"] if spec.startswith("contact:")), "")
        staff = next((spec for spec in step["to"] if not spec.startswith("contact:")), "")
        number, unit = shown_wait(step["wait"])
        rows.append({"staff": staff, "contact": contact, "wait": number, "unit": unit})
    empty = {"staff": "", "contact": "", "wait": "", "unit": "min"}
    return rows + [empty] * (STEPS - len(rows))


def _parts(tx: Session, scope: str) -> tuple[str, str | None]:
    """District and resident of a scope. Raises 404."""
    if scope == CITY:
        return "", None
    kind, _, name = scope.partition(":")
    if kind == "district" and name in {place.district for place in people.places(tx)}:
        return name, None
    if kind == "resident":
        try:
            return people.resident(tx, name).district, name
        except Unknown:
            pass
    raise Problem(404, "no-such-scope", "There is no such district or resident.")
