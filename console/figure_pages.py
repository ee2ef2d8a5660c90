"""A month in figures: how fast, how right, who has how much open."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from console.access import Caller
from console.api import PROBLEMS
from console.gate import Person, Ports, Program, Shown, must_see, note
from console.ports import ConsolePorts
from console.problems import Problem
from residents import service as people

router = APIRouter()
Month = Annotated[str, Query(pattern=r"^(20\d\d-(0[1-9]|1[0-2]))?$", description="2026-11; the present one if absent")]


@router.get("/figures", include_in_schema=False)
async def figures(request: Request, caller: Person, ports: Ports, pages: Shown, month: Month = "") -> Response:
    """The month as a page."""
    first = _first(ports, month)
    facts = await ports.store.aread(_facts, ports, caller, first)
    await note(request, caller, "viewed figures", month=f"{first:%Y-%m}")
    return pages.page("figures.html", caller, "figures", **facts)


@router.get("/api/v1/figures", tags=["api"], responses=PROBLEMS)
async def figures_for_programs(request: Request, caller: Program, ports: Ports, month: Month = "") -> dict[str, Any]:
    """The month as JSON: `opened`, `waiting`, `speed` by level and `by_hour` (seconds to the acknowledgement), `rules`
    and `residents` (right, wrong, unknown, share, because), `loads` (open and taken by coordinator), `drills`."""
    first = _first(ports, month)
    found = await ports.store.aread(_read, ports, caller, first)
    await note(request, caller, "viewed figures", month=f"{first:%Y-%m}")
    return {"month": f"{first:%Y-%m}", **found}


def _first(ports: ConsolePorts, month: str) -> date:
    today = ports.clock.now().astimezone(ports.zone).date()
    return date.fromisoformat(f"{month}-01") if month else today.replace(day=1)


def _read(tx: Session, ports: ConsolePorts, caller: Caller, first: date) -> dict[str, Any]:
    must_see(caller, "figures")
    if first > ports.clock.now().astimezone(ports.zone).date():
        raise Problem(404, "no-such-month", "This month has not begun.")
    now = ports.clock.now()
    found = asdict(ports.escalations.figures(tx, first, now, caller.limited_to))
    mine = {place.home for place in people.places(tx) if caller.sees_district(place.district)}
    homes = [one for one in ports.escalations.homes_drilled(tx, now) if one.home in mine]
    return found | {"drills": {"homes": len(homes), "overdue": sum(one.overdue for one in homes)}}


def _facts(tx: Session, ports: ConsolePorts, caller: Caller, first: date) -> dict[str, Any]:
    found = _read(tx, ports, caller, first)
    shown = [one["of"] for one in found["residents"]]
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    today = ports.clock.now().astimezone(ports.zone).date()
    return {
        "f": found,
        "month": first,
        "before": f"{first - timedelta(days=1):%Y-%m}",
        "after": f"{following:%Y-%m}" if following <= today else "",
        "names": {person.id: person.name for person in people.residents(tx, shown)},
        "staff": {who.id: who.name for who in people.coordinators(tx)},
        "slowest": max((one["median_s"] for one in found["by_hour"].values()), default=0),
    }
