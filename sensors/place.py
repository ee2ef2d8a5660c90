"""What the name of a device, or of its room, says: where in the home it stands, and what it cannot tell.

The words are data (`prompts/ko/devices.yaml`), as a person who installs a device writes its name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from typing import Any

from prompts import load


class Place(IntEnum):
    """A sort of place. The numbers are kept in stored states: add at the end only."""

    OTHER = 0  # living room, anything that says nothing more
    EXIT = 1  # a door to the outside: what follows may happen elsewhere
    BED = 2  # where the resident sleeps
    BATH = 3  # bathroom, toilet
    HALL = 4  # passed through
    KITCHEN = 5  # where meals are made, the fridge too


@dataclass(frozen=True, slots=True)
class _Names:
    """places: in the order in which they are looked for. The others: parts of names, in lower case."""

    places: tuple[tuple[Place, tuple[str, ...]], ...]
    outer: tuple[str, ...]
    inner: tuple[str, ...]
    doors: tuple[str, ...]
    no_air: tuple[str, ...]
    by_itself: tuple[str, ...]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "_Names":
        """From the file. Raises KeyError for a place that is none."""
        each = data["names"]

        def those(**said: object) -> Iterator[str]:
            return (word for one in each if said.items() <= one.items() for word in one["words"])

        return cls(
            tuple((Place[one["place"].upper()], tuple(one["words"])) for one in each if "place" in one),
            outer=tuple(those(door="out")),
            inner=tuple(those(door="in")),
            doors=tuple(data["doors"]),
            no_air=tuple(those(air=False)),
            by_itself=tuple(those(by_itself=True)),
        )


@lru_cache(maxsize=65_536)
def place_of(device: str, kind: str, room: str = "") -> Place:
    """The place by the names a person gave: the device's, then the room's. A door nobody named otherwise is an exit."""
    name, named = device.lower(), room.lower()
    if kind == "contact" and _is_exit(name, named):
        return Place.EXIT
    for text in (named, name):
        for place, words in _names().places:
            if _holds(text, words):
                return place
    return Place.OTHER


def measures_air(device: str, room: str) -> bool:
    """Whether a thermometer of this name tells how warm a room of the home is."""
    return not _holds(f"{device} {room}".lower(), _names().no_air)


def runs_by_itself(device: str) -> bool:
    """Whether a plug of this name draws power without anybody's doing."""
    return _holds(device.lower(), _names().by_itself)


def _is_exit(name: str, room: str) -> bool:
    names = _names()
    for text in (name, room):
        if _holds(text, names.outer):
            return True
        if _holds(text, names.inner):
            return False
    return _holds(name, names.doors)


def _holds(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


@cache
def _names() -> _Names:
    return _Names.of(load().data("devices"))
