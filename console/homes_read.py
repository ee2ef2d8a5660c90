"""Homes, devices and what could not be used, as the pages and the API show them."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from console import shapes
from console.access import Caller
from console.cursor import pack, unpack
from console.devices_read import homes_of_others
from console.ports import ConsolePorts
from console.say import Say

_ACTIVITY = timedelta(days=7)


def activity(tx: Session, ports: ConsolePorts, say: Say, home: str, now: datetime) -> dict[str, list[int]]:
    """Room → how often something moved in each hour of the day, over a week; empty without data."""
    rooms: dict[str, list[int]] = {}
    for hour in ports.sensors.activity(tx, home, now - _ACTIVITY, now):
        room = say.room(hour.room)
        rooms.setdefault(room, [0] * 24)[say.local(hour.hour).hour] += hour.count
    return dict(sorted(rooms.items(), key=lambda row: -sum(row[1]))[:8])


def quarantine(
    tx: Session, ports: ConsolePorts, caller: Caller, cursor: str | None, limit: int
) -> shapes.Listing[shapes.Quarantined]:
    """What could not be used, newest first; of the caller's own homes and of homes nobody knows."""
    before = None if cursor is None else unpack(cursor, int)
    rows = list(ports.sensors.quarantine(tx, before, limit + 1))
    others = homes_of_others(tx, caller)
    shown = [_quarantined(row) for row in rows[:limit] if row.home not in others]
    return shapes.Listing(items=shown, next=pack(rows[limit - 1].id or 0) if len(rows) > limit else None)


def outage_notices(tx: Session, ports: ConsolePorts) -> list[dict[str, str]]:
    """One notice while many homes are silent at once."""
    found = ports.sensors.outage(tx, ports.clock.now(), ports.clock.real())
    if found is None:
        return []
    since = found["since"].astimezone(ports.zone)
    title = ports.words.text("console.outage.title")
    return [
        {
            "tone": "technical",
            "title": title,
            "text": ports.words.text("console.outage.text", homes=found["homes"], since=f"{since:%m.%d %H:%M}"),
        }
    ]


def days_in_words(say: Say, days: Any) -> str:
    """ "daily" or "mon,wed" as people say it."""
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    given = days.split(",") if isinstance(days, str) else list(days)
    weekdays = say.words.options("console.weekdays")
    if given == ["daily"]:
        return say.t("duty.daily")
    return "·".join(weekdays[names.index(d.strip())] if d.strip() in names else str(d) for d in given)


def _quarantined(row: Any) -> shapes.Quarantined:
    return shapes.Quarantined(
        id=str(row.id),
        at=row.at,
        reason=row.reason,
        detail=row.detail,
        home=row.home,
        device=row.device,
        topic=row.topic,
        payload=row.payload,
    )
