"""The list of residents and one resident's page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console import (
    acting,
    charts,
    checkins_read,
    escalations_read,
    homes_read,
    manner_pages,
    memory_pages,
    residents_read,
    shapes,
    timeline,
)
from console.access import Caller
from console.cursor import after
from console.gate import Person, Ports, Shown, address_of, note
from console.ports import ConsolePorts
from console.problems import Problem
from console.residents_read import BANDS
from console.say import Say
from residents.people import Topic
from speech.kept import kept_turns
from wellbeing.score import Score

router = APIRouter(include_in_schema=False)
_PAGE = 50
_TREND = timedelta(days=30)
#: levels that go before every score, the gravest first.
_PRESSING = {"emergency": 0, "urgent": 1}
ABSENCE_REASONS = ("hospital", "travel", "family", "guests", "other")
#: what the page may say after a form, by its name in the address.
_SAID = {
    "started": ("good", "resident.checkin_started"),
    "running": ("urgent", "resident.checkin_running"),
    "absent": ("good", "absence.done"),
    "back": ("good", "absence.ended"),
    "bad_end": ("urgent", "absence.bad"),
}


@router.get("/residents")
async def residents(
    request: Request,
    caller: Person,
    ports: Ports,
    pages: Shown,
    district: Annotated[str, Query(max_length=100)] = "",
    band: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Everybody, by district and band, the lowest score first."""
    facts = await ports.store.aread(_list, ports, caller, district, band, cursor)
    await note(request, caller, "viewed residents", residents=[row["id"] for row in facts["rows"]])
    return pages.page("residents.html", caller, "residents", **facts)


@router.get("/residents/{id}")
async def resident(request: Request, caller: Person, ports: Ports, pages: Shown, id: str, said: str = "") -> Response:
    """One resident: score and why, charts, talks, timeline, people."""
    facts = await ports.store.aread(_one, ports, pages.say, caller, id)
    await note(request, caller, "viewed resident", id)
    return pages.page("resident.html", caller, "residents", said=_said(pages.say, said), **facts)


@router.post("/residents/{id}/checkins")
async def start_checkin(request: Request, caller: Person, ports: Ports, id: str) -> Response:
    """The button "지금 안부 묻기"."""
    try:
        await ports.store.awrite(acting.start_checkin, ports, caller, id, address_of(request), ports.clock.now())
    except Problem as fault:
        if fault.status != 409:
            raise
        return _back(id, "running")
    return _back(id, "started")


@router.post("/residents/{id}/absence")
async def set_absence(
    request: Request,
    caller: Person,
    ports: Ports,
    id: str,
    reason: Annotated[str, Form(pattern="^(hospital|travel|family|guests|other)$")],
    end: Annotated[datetime, Form()],
) -> Response:
    """Note an absence from now until `end`, local time."""
    until = end if end.tzinfo else end.replace(tzinfo=ports.zone)
    words = ports.words.text(f"console.absence_reason.{reason}")
    try:
        await ports.store.awrite(
            acting.set_absence, ports, caller, id, words, until, address_of(request), ports.clock.now()
        )
    except ValueError:
        return _back(id, "bad_end")
    return _back(id, "absent")


@router.post("/residents/{id}/absence/end")
async def end_absence(request: Request, caller: Person, ports: Ports, id: str) -> Response:
    """The resident is back."""
    await ports.store.awrite(acting.end_absence, caller, id, address_of(request), ports.clock.now())
    return _back(id, "back")


def _back(id: str, said: str) -> Response:
    return RedirectResponse(f"/residents/{id}?{urlencode({'said': said})}", 303)


def _said(say: Say, said: str) -> dict[str, str] | None:
    if said not in _SAID:
        return None
    tone, key = _SAID[said]
    return {"tone": tone, "title": say.t(key), "text": ""}


def _list(
    tx: Session, ports: ConsolePorts, caller: Caller, district: str, band: str, cursor: str | None
) -> dict[str, Any]:
    now = ports.clock.now()
    seen = residents_read.seen_by(tx, caller)
    scores = ports.wellbeing.scores(tx, [r.id for r in seen])
    wanted = [r for r in seen if district in ("", r.district) and band in ("", BANDS[scores[r.id].band])]
    page, following = after(
        sorted(wanted, key=lambda r: _worst_first(r.id, scores[r.id], ports.escalations.open_for(tx, r.id))),
        cursor,
        _PAGE,
    )
    return {
        "rows": [_row(tx, ports, row, now) for row in residents_read.listed(tx, ports, [r.id for r in page], now)],
        "total": len(wanted),
        "districts": sorted({r.district for r in seen if r.district}),
        "district": district,
        "band": band,
        "next": following,
    }


def _worst_first(id: str, score: Score, open_: Sequence[Any]) -> tuple[int, bool, int, str]:
    """Whoever waits for help now stands first, whatever the score of the last days says."""
    waits = min((_PRESSING.get(one.level, len(_PRESSING)) for one in open_), default=len(_PRESSING))
    return (waits, score.value is None, score.value or 0, id)


def _row(tx: Session, ports: ConsolePorts, row: shapes.ResidentRow, now: datetime) -> dict[str, Any]:
    open_ = ports.escalations.open_for(tx, row.id)
    return {
        **dict(row),
        "band": residents_read.band_name(row.score),
        "age": residents_read.age_of(row.born, now),
        "worst": open_[0].level if open_ else None,
        "open_id": open_[0].id if open_ else "",
    }


def _one(tx: Session, ports: ConsolePorts, say: Say, caller: Caller, id: str) -> dict[str, Any]:
    now = ports.clock.now()
    found = residents_read.resident_of(tx, caller, id)
    full = residents_read.in_full(tx, ports, found, now)
    rows = homes_read.activity(tx, ports, say, found.home, now)
    talks = checkins_read.of_resident(tx, ports, id, until=now + timedelta(minutes=1), limit=10)
    return {
        "r": {**dict(full), "band": residents_read.band_name(full.score), "age": residents_read.age_of(full.born, now)},
        "score": {**dict(full.score), "reasons": _parts(full.score)},
        "open": [escalations_read.shown(ports, s) for s in ports.escalations.open_for(tx, id)],
        "trend": _trend(tx, ports, say, id, now),
        "heat": charts.heat(rows, say.t("chart.activity_label"), say.t("chart.cell")) if rows else "",
        "checkins": sorted(talks, key=lambda talk: talk.due_at, reverse=True),
        **memory_pages.of_resident(tx, ports, id),
        **manner_pages.of_resident(say, found),
        "timeline": timeline.of_resident(tx, ports, id, limit=40),
        "facts": _facts(say, full),
        "consents": full.consents,
        "topics": tuple(topic.value for topic in Topic),
        "sounds": _sounds(tx, caller, talks),
        "plan": _plan(say, full.plan),
        "absence_reasons": ABSENCE_REASONS,
        "absence_end": f"{say.local(now + timedelta(days=3)):%Y-%m-%dT%H:00}",
    }


def _sounds(tx: Session, caller: Caller, talks: Sequence[shapes.CheckIn]) -> frozenset[str]:
    """The turns that this caller may listen to."""
    turns = [turn.id for talk in talks for turn in talk.turns if turn.who == "resident"]
    return kept_turns(tx, turns) if caller.may_act else frozenset()


def _parts(score: shapes.Score) -> list[dict[str, Any]]:
    worst_first = sorted(score.reasons, key=lambda p: (p.value, p.part))
    return [
        {
            "part": p.part,
            "text": p.text,
            "percent": round(p.value),
            "tone": residents_read.tone_of(p.value),
            "weight_percent": round(p.weight * 100),
        }
        for p in worst_first
    ]


def _trend(tx: Session, ports: ConsolePorts, say: Say, id: str, now: datetime) -> Any:
    kept = ports.wellbeing.history(tx, id, now - _TREND, now)
    points = [(at.at, float(at.score.value)) for at in kept if at.score.value is not None]
    if not points:
        return say.t("chart.score_none")
    days = {f"{say.local(now - timedelta(days=d)):%m.%d}": now - timedelta(days=d) for d in (28, 21, 14, 7, 0)}
    return charts.trend(points, now - _TREND, now, say.t("chart.score_label", value=round(points[-1][1])), days)


def _facts(say: Say, r: shapes.Resident) -> list[dict[str, str]]:
    known = {
        "phone": r.phone,
        "address": r.address,
        "way_in": r.way_in,
        "conditions": ", ".join(r.conditions),
        "medicines": ", ".join(r.medicines),
        "quiet": f"{r.quiet_from}–{r.quiet_to}",
        "home": r.home,
    }
    return [{"label": say.t(f"resident.{key}"), "text": text} for key, text in known.items() if text]


def _plan(say: Say, plan: dict[str, Any] | None) -> list[dict[str, str]]:
    if not plan:
        return []
    minutes = [say.t("plan.attempts_text", minutes=m) for m in plan.get("attempts_min", ()) if m]
    told = {
        "days": homes_read.days_in_words(say, plan.get("days", "daily")),
        "at": ", ".join(plan.get("at", ())),
        "attempts": ", ".join(minutes),
        "channels": ", ".join(say.t_or(f"channel.{c}", str(c)) for c in plan.get("channels", ())),
    }
    return [{"label": say.t(f"plan.{key}"), "text": text} for key, text in told.items() if text]
