"""Homes, devices and what could not be used, as the pages and the API show them."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from console import shapes
from console.access import Caller
from console.cursor import BadCursor, pack, unpack
from console.ports import ConsolePorts
from console.problems import Problem
from console.say import Say
from residents import service as people

_ACTIVITY = timedelta(days=7)


def homes(tx: Session, ports: ConsolePorts, caller: Caller, say: Say) -> list[dict[str, Any]]:
    """Every home this caller sees, with its gateway and devices."""
    now = ports.clock.now()
    states = {(d.home, d.device): d for d in ports.sensors.device_states(tx, now)}
    gateways = ports.sensors.home_states(tx, now)
    names: dict[str, list[str]] = defaultdict(list)
    seen: set[str] = set()
    for r in people.residents(tx):
        names[r.home].append(r.name)
        if caller.sees_district(r.district):
            seen.add(r.home)
    devices: dict[str, list[dict[str, Any]]] = {home: [] for home in sorted(seen)}
    for d in people.devices(tx):
        if d.home in seen or (d.home not in names and caller.limited_to is None):
            devices.setdefault(d.home, []).append(_device(d, states.get((d.home, d.device))))
    nameless = not caller.sees_residents()
    return [
        {
            "home": home,
            "residents": [] if nameless else names.get(home, []),
            "gateway": gateways.get(home, "unknown"),
            "devices": found,
        }
        for home, found in devices.items()
    ]


def activity(tx: Session, ports: ConsolePorts, say: Say, home: str, now: datetime) -> dict[str, list[int]]:
    """Room → how often something moved in each hour of the day, over a week; empty without data."""
    rooms: dict[str, list[int]] = {}
    for hour in ports.sensors.activity(tx, home, now - _ACTIVITY, now):
        room = say.t_or(f"room.{hour.room}", hour.room or say.t("room.unknown"))
        rooms.setdefault(room, [0] * 24)[say.local(hour.hour).hour] += hour.count
    return dict(sorted(rooms.items(), key=lambda row: -sum(row[1]))[:8])


def quarantine(
    tx: Session, ports: ConsolePorts, caller: Caller, cursor: str | None, limit: int
) -> shapes.Listing[shapes.Quarantined]:
    """What could not be used, newest first."""
    try:
        before = None if cursor is None else unpack(cursor, int)
    except BadCursor:
        raise Problem(422, "bad-cursor", "The cursor is none that this list has handed out.") from None
    rows = list(ports.sensors.quarantine(tx, before, limit + 1))
    following = pack(int(rows[limit - 1].id)) if len(rows) > limit else None
    return shapes.Listing(items=[_quarantined(row) for row in rows[:limit]], next=following)


def outage_notices(tx: Session, ports: ConsolePorts) -> list[dict[str, str]]:
    """One notice while many homes are silent at once."""
    return []


def days_in_words(say: Say, days: Any) -> str:
    """ "daily" or "mon,wed" as people say it."""
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    given = days.split(",") if isinstance(days, str) else list(days)
    weekdays = say.words.options("console.weekdays")
    if given == ["daily"]:
        return say.t("duty.daily")
    return "·".join(weekdays[names.index(d.strip())] if d.strip() in names else str(d) for d in given)


def _device(device: Any, state: Any) -> dict[str, Any]:
    return {
        "device": device.device,
        "kind": device.kind,
        "room": device.room,
        "seen_at": state.seen_at if state else None,
        "battery": state.battery if state else None,
        "link": state.link if state else None,
        "state": state.state if state else "unknown",
    }


def _quarantined(row: Any) -> shapes.Quarantined:
    return shapes.Quarantined(
        id=str(row.id), at=row.at, reason=row.reason, home=row.home, topic=row.topic, payload=row.payload
    )
