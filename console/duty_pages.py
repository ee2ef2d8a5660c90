"""The roster: shifts, who stands in for whom, public holidays. What would leave an hour empty is refused, or its
fallback is chosen by name."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from console.access import Caller
from console.gate import Person, Ports, Shown, address_of, must_see, note
from console.ports import ConsolePorts
from console.render import Pages
from console.say import Say
from escalations.duty import EmptyHours, Standin
from escalations.roster import DAYS, HOLIDAY, Shift
from residents import service as people
from residents.people import Role

router = APIRouter(include_in_schema=False)
#: empty rows below the shifts there are, to be filled in.
_SPARE = 3
_MOST_ROWS = 200
_ALL = frozenset((*DAYS, HOLIDAY))
Local = Annotated[datetime, Form()]


@router.get("/duty")
async def duty(request: Request, caller: Person, ports: Ports, pages: Shown, said: str = "") -> Response:
    """Who is on duty when."""
    await note(request, caller, "viewed duty")
    return await _page(caller, ports, pages, said=said)


@router.post("/duty")
async def save(request: Request, caller: Person, ports: Ports, pages: Shown) -> Response:
    """The shifts, as a whole."""
    must_see(caller, "duty")
    form = await request.form()
    rows = _rows(form)
    try:
        wanted = [_shift(row) for row in rows]
        strict, where = "fallback" not in form, address_of(request)
        await ports.store.awrite(_saved, ports, caller, wanted, strict, where)
    except EmptyHours as empty:
        return await _page(caller, ports, pages, 422, rows=rows, gaps=empty.gaps)
    except ValueError:
        return await _page(caller, ports, pages, 422, rows=rows, said="bad")
    return RedirectResponse("/duty?said=saved", 303)


@router.post("/duty/stand-ins")
async def stand_in(
    request: Request,
    caller: Person,
    ports: Ports,
    pages: Shown,
    who: Annotated[str, Form(max_length=64)],
    start: Local,
    end: Local,
    substitute: Annotated[str, Form(max_length=64)] = "",
    fallback: Annotated[str, Form(max_length=2)] = "",
) -> Response:
    """Somebody is away; another holds their shifts."""
    must_see(caller, "duty")
    one = Standin("", who, substitute or None, _aware(ports, start), _aware(ports, end))
    try:
        await ports.store.awrite(_stood_in, ports, caller, one, not fallback, address_of(request))
    except EmptyHours as empty:
        return await _page(caller, ports, pages, 422, gaps=empty.gaps, away=one)
    except ValueError:
        return await _page(caller, ports, pages, 422, said="bad_stand_in", away=one)
    return RedirectResponse("/duty?said=saved", 303)


@router.post("/duty/stand-ins/{id}/end")
async def end_stand_in(request: Request, caller: Person, ports: Ports, id: str) -> Response:
    """They are back."""
    must_see(caller, "duty")

    def ended(tx: Session) -> None:
        tx.info["where"] = address_of(request)
        ports.escalations.end_stand_in(tx, id, ports.clock.now(), caller.id)

    await ports.store.awrite(ended)
    return RedirectResponse("/duty?said=saved", 303)


@router.post("/duty/holidays")
async def holiday(
    request: Request,
    caller: Person,
    ports: Ports,
    day: Annotated[date, Form()],
    off: Annotated[str, Form(pattern="^(yes|no)$")],
    name: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """A day is a holiday here, or is none."""
    must_see(caller, "duty")

    def noted(tx: Session) -> None:
        tx.info["where"] = address_of(request)
        ports.escalations.set_holiday(tx, day, off == "yes", name.strip(), ports.clock.now(), caller.id)

    await ports.store.awrite(noted)
    return RedirectResponse("/duty?said=saved", 303)


def gap_in_words(say: Say, gap: str) -> str:
    """ "mon 18:00-24:00" → "월 18:00-24:00"."""
    names = dict(zip(DAYS, say.words.options("console.weekdays"), strict=True))
    return re.sub(r"\b(mon|tue|wed|thu|fri|sat|sun)\b", lambda found: names[found[0]], gap)


async def _page(caller: Caller, ports: ConsolePorts, pages: Pages, status: int = 200, /, **entered: Any) -> Response:
    must_see(caller, "duty")
    facts = await ports.store.aread(_facts, ports, pages.say, entered)
    return pages.page("duty.html", caller, "duty", status, **facts)


def _facts(tx: Session, ports: ConsolePorts, say: Say, entered: dict[str, Any]) -> dict[str, Any]:
    now, desk = ports.clock.now(), ports.escalations
    staff = [who for who in people.coordinators(tx) if who.role is not Role.VIEWER]
    rows = entered.get("rows") or [_row(shift) for shift in desk.roster(tx)]
    today = say.local(now).date()
    gaps = entered.get("gaps", ())
    said = entered.get("said", "")
    return {
        "staff": staff,
        "names": {who.id: who.name for who in staff},
        "rows": [*rows, *({"who": "", "days": _ALL, "start": "", "end": "", "rank": "1"} for _ in range(_SPARE))],
        "days": (*DAYS, HOLIDAY),
        "day_names": {
            **dict(zip(DAYS, say.words.options("console.weekdays"), strict=True)),
            HOLIDAY: say.t("duty.holiday"),
        },
        "stand_ins": desk.stand_ins(tx, now),
        "holidays": [(day, name) for day, name in desk.holidays(tx).items() if 0 <= (day - today).days < 400],
        "refused": [gap_in_words(say, gap) for gap in gaps],
        "empty": [] if gaps else [gap_in_words(say, gap) for gap in (desk.holes(tx) or desk.gaps(tx, now))],
        "fallback": [who.name for who in staff if who.role is Role.SUPERVISOR]
        or [who.name for who in staff if who.role is Role.ADMIN],
        "away": entered.get("away"),
        "said": said if say.words.has(f"console.duty.said.{said}") else "",
        "weekday_of": lambda day: say.words.options("console.weekdays")[day.weekday()],
        "local": lambda at: f"{say.local(at):%Y-%m-%dT%H:%M}",
    }


def _rows(form: FormData) -> list[dict[str, Any]]:
    said = str(form.get("rows") or "")
    found = []
    for n in range(min(int(said), _MOST_ROWS) if said.isdecimal() else 0):
        text = {name: str(form.get(f"{name}-{n}") or "").strip() for name in ("who", "start", "end", "rank")}
        days = frozenset(str(day) for day in form.getlist(f"days-{n}")) & _ALL
        if text["who"]:
            found.append({**text, "days": days})
    return found


def _shift(row: dict[str, Any]) -> Shift:
    """A row as a shift. Raises ValueError."""
    days: Sequence[str] = [day for day in (*DAYS, HOLIDAY) if day in row["days"]]
    if not days:
        raise ValueError("no day is chosen")
    said = "daily" if frozenset(days) == _ALL else ",".join(days)
    return Shift(row["who"], said, row["start"] or "00:00", row["end"] or "24:00", int(row["rank"] or 1))


def _row(shift: Shift) -> dict[str, Any]:
    return {
        "who": shift.coordinator,
        "days": shift.named,
        "start": shift.start,
        "end": shift.end,
        "rank": str(shift.rank),
    }


def _saved(tx: Session, ports: ConsolePorts, caller: Caller, wanted: Sequence[Shift], strict: bool, where: str) -> None:
    known = {who.id for who in people.coordinators(tx) if who.role is not Role.VIEWER}
    if any(shift.coordinator not in known for shift in wanted):
        raise ValueError("nobody of this id works here")
    tx.info["where"] = where
    ports.escalations.set_roster(tx, wanted, ports.clock.now(), caller.id, strict)


def _stood_in(tx: Session, ports: ConsolePorts, caller: Caller, one: Standin, strict: bool, where: str) -> None:
    known = {who.id for who in people.coordinators(tx) if who.role is not Role.VIEWER}
    if one.coordinator not in known or (one.substitute and one.substitute not in known):
        raise ValueError("nobody of this id works here")
    tx.info["where"] = where
    ports.escalations.stand_in(tx, one, ports.clock.now(), caller.id, strict)


def _aware(ports: ConsolePorts, at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=ports.zone)
