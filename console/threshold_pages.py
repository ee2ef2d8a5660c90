"""When the sensors' rules ask and call: shown, tried on the last 30 days, and only then changed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from console.access import Caller
from console.gate import Person, Ports, Shown, address_of, must_see, note
from console.ports import ConsolePorts
from console.problems import Problem
from console.render import Pages
from console.turnstile import Crowded
from residents import service as people
from sensors import thresholds
from sensors.adjusting import BadThreshold
from sensors.preview import Preview

router = APIRouter(include_in_schema=False)
#: a preview shows so many homes, those with the greatest change first.
_HOMES = 30
Scope = Annotated[str, Query(max_length=200)]


@router.get("/thresholds")
async def page(caller: Person, ports: Ports, pages: Shown, scope: Scope = thresholds.CITY) -> Response:
    """The thresholds of the city, a district or a home."""
    must_see(caller, "thresholds")
    return await _page(caller, ports, pages, scope, None)


@router.post("/thresholds/preview")
async def preview(request: Request, caller: Person, ports: Ports, pages: Shown) -> Response:
    """What these would have done over the last 30 days; nothing is changed."""
    must_see(caller, "thresholds")
    scope, limits, wrong = _given(await request.form())
    wrong += [] if wrong else thresholds.faults(limits)
    if wrong:
        return await _page(caller, ports, pages, scope, limits, wrong=wrong, status=422)
    try:
        async with request.app.state.previews.turn():
            found = await ports.store.aread(ports.sensors.preview, scope, limits, ports.clock.now())
    except Crowded:
        raise Problem(429, "too-many-previews", "Others are trying thresholds: try again soon.") from None
    await note(request, caller, "previewed thresholds", scope=scope)
    return await _page(caller, ports, pages, scope, limits, found=found)


@router.post("/thresholds")
async def change(request: Request, caller: Person, ports: Ports, pages: Shown) -> Response:
    """Set them, as they were previewed."""
    must_see(caller, "thresholds")
    scope, limits, wrong = _given(await request.form())
    if not wrong:
        try:
            now, where = ports.clock.now(), address_of(request)
            await ports.store.awrite(ports.sensors.set_thresholds, scope, limits, caller.id, where, now)
        except BadThreshold as fault:
            wrong = fault.names
    if wrong:
        return await _page(caller, ports, pages, scope, limits, wrong=wrong, status=422)
    return RedirectResponse(f"/thresholds?scope={pages.jinja.filters['urlencode'](scope)}", 303)


async def _page(
    caller: Caller,
    ports: ConsolePorts,
    pages: Pages,
    scope: str,
    limits: dict[str, float] | None,
    *,
    wrong: list[str] | None = None,
    found: Preview | None = None,
    status: int = 200,
) -> Response:
    facts = await ports.store.aread(_facts, ports, scope, limits, wrong or [])
    shown = None if found is None else _shown(found)
    return pages.page("thresholds.html", caller, "thresholds", status, scope=scope, found=shown, **facts)


def _facts(
    tx: Session, ports: ConsolePorts, scope: str, limits: dict[str, float] | None, wrong: list[str]
) -> dict[str, Any]:
    scopes = _scopes(tx)
    if scope not in scopes:
        raise Problem(404, "no-such-scope", "There is no such district or home.")
    kept = ports.sensors.thresholds(tx)
    own = kept.get(scope, {}) if limits is None else limits
    wider = _wider(tx, kept, scope)
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in thresholds.ALL:
        row = {"one": one, "own": own.get(one.name), "usual": wider.get(one.name, one.default)}
        groups.setdefault(one.group, []).append(row | {"wrong": one.name in wrong})
    return {"groups": groups, "scopes": scopes, "wrong": wrong, "own": own, "set": {s: len(v) for s, v in kept.items()}}


def _scopes(tx: Session) -> list[str]:
    places = people.places(tx)
    districts = sorted({f"district:{place.district}" for place in places})
    return [thresholds.CITY, *districts, *sorted({f"home:{place.home}" for place in places})]


def _wider(tx: Session, kept: Any, scope: str) -> dict[str, float]:
    """What holds here where this scope says nothing."""
    kind, _, name = scope.partition(":")
    if kind == thresholds.CITY:
        return {}
    district = next((p.district for p in people.places(tx) if p.home == name), "") if kind == "home" else ""
    return thresholds.merged({s: v for s, v in kept.items() if s != scope}, name if kind == "home" else "", district)


def _given(form: FormData) -> tuple[str, dict[str, float], list[str]]:
    """The scope, what is set otherwise in it, and the names of what is no number."""
    limits, wrong = {}, []
    for name in thresholds.BY_NAME:
        text = form.get(name)
        if not isinstance(text, str) or not text.strip():
            continue
        try:
            limits[name] = float(text)
        except ValueError:
            wrong.append(name)
    scope = form.get("scope")
    return scope if isinstance(scope, str) else "", limits, wrong


def _shown(found: Preview) -> dict[str, Any]:
    kinds, before, after = sorted(found.before.keys() | found.after.keys()), found.before, found.after
    rows = [(*kind, before.get(kind, 0), after.get(kind, 0)) for kind in kinds]
    return {"found": found, "rows": rows, "homes": found.by_home[:_HOMES]}
