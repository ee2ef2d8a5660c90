"""Opaque cursors: where the next page of a list begins. Pure."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

T = TypeVar("T")


class BadCursor(ValueError):
    """The cursor is none that a list of this service has handed out."""


def pack(place: str | int | list[Any]) -> str:
    """A place in a list as a cursor."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def unpack(cursor: str, kind: type[T]) -> T:
    """The place a cursor stands for. Raises BadCursor."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        place = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise BadCursor from error
    if not isinstance(place, kind) or isinstance(place, bool):
        raise BadCursor
    if isinstance(place, int) and not 0 <= place < 2**62:
        raise BadCursor
    return place


def at_and_skip(cursor: str | None) -> tuple[datetime | None, int]:
    """Where a list by time goes on: the last time that was shown, and how many of that time already were."""
    if cursor is None:
        return None, 0
    place = unpack(cursor, list)
    if len(place) != 2 or not isinstance(place[0], str) or type(place[1]) is not int or not 0 <= place[1] <= 10_000:
        raise BadCursor
    try:
        at = datetime.fromisoformat(place[0])
    except ValueError as error:
        raise BadCursor from error
    if not storable(at):
        raise BadCursor
    return at, place[1]


def storable(at: datetime) -> bool:
    """Whether a time has an offset and lies within the years that every clock and database can tell."""
    return at.tzinfo is not None and 1900 <= at.year < 9000


def by_time(times: Sequence[datetime], cursor: str | None, limit: int) -> str | None:
    """The cursor of the next page of a list that is newest first; `times` of what was read, from the page's start."""
    if len(times) <= limit:
        return None
    at, skipped = at_and_skip(cursor)
    last = times[limit - 1]
    same = sum(1 for shown in times[:limit] if shown == last)
    return pack([last.isoformat(), same + (skipped if last == at else 0)])


def after(rows: Sequence[T], cursor: str | None, limit: int) -> tuple[list[T], str | None]:
    """One page of a list that stands in memory, by its offset, and the cursor of the next."""
    start = 0 if cursor is None else unpack(cursor, int)
    end = start + limit
    return list(rows[start:end]), pack(end) if end < len(rows) else None
