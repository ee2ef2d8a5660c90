"""Opaque cursors: where the next page of a list begins. Pure."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class BadCursor(ValueError):
    """The cursor is none that a list of this service has handed out."""


def pack(place: str | int) -> str:
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
    return place


def after(rows: Sequence[T], cursor: str | None, limit: int) -> tuple[list[T], str | None]:
    """One page of a list that stands in memory, by its offset, and the cursor of the next."""
    start = 0 if cursor is None else unpack(cursor, int)
    if start < 0:
        raise BadCursor
    end = start + limit
    return list(rows[start:end]), pack(end) if end < len(rows) else None
