"""One page of each of the API's lists. Functions of a transaction; a wrong cursor raises BadCursor."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from console import checkins_read, cursor, residents_read, shapes
from console.access import Caller
from console.ports import ConsolePorts
from console.problems import Problem


def residents(
    tx: Session, ports: ConsolePorts, caller: Caller, place: str | None, limit: int
) -> shapes.Listing[shapes.ResidentRow]:
    """Residents by id."""
    page, following = cursor.after(residents_read.seen_by(tx, caller), place, limit)
    ids = [found.id for found in page]
    return shapes.Listing(items=residents_read.listed(tx, ports, ids, ports.clock.now()), next=following)


def resident(tx: Session, ports: ConsolePorts, caller: Caller, id: str) -> shapes.Resident:
    """One resident in full. Raises 403, 404."""
    return residents_read.in_full(tx, ports, residents_read.resident_of(tx, caller, id), ports.clock.now())


def by_time(
    tx: Session, ports: ConsolePorts, caller: Caller, id: str, read: Any, place: str | None, limit: int
) -> shapes.Listing[Any]:
    """What `read` finds of one resident, newest first; new entries move nothing on the later pages."""
    residents_read.resident_of(tx, caller, id)
    at, skip = cursor.at_and_skip(place)
    until = None if at is None else at + timedelta(microseconds=1)
    rows = read(tx, ports, id, until=until, limit=skip + limit + 1)[skip:]
    return shapes.Listing(items=rows[:limit], next=cursor.by_time([row.at for row in rows], place, limit))


def checkins(
    tx: Session, ports: ConsolePorts, caller: Caller, id: str, place: str | None, limit: int
) -> shapes.Listing[shapes.CheckIn]:
    """A resident's check-ins, the newest first."""
    residents_read.resident_of(tx, caller, id)
    before = None if place is None else cursor.unpack(place, str)
    rows = checkins_read.of_resident(tx, ports, id, before=before, limit=limit + 1)
    following = cursor.pack(rows[limit - 1].id) if len(rows) > limit else None
    return shapes.Listing(items=rows[:limit], next=following)


def aware(at: datetime | None) -> datetime | None:
    """The time as it is; raises 422 for one without an offset, or in no year that anybody means."""
    if at is not None and not cursor.storable(at):
        raise Problem(422, "time-without-offset", "A time needs its offset, as in 2026-11-22T09:30:00+09:00.")
    return at
