"""Where in the home a sensor stands, as far as the rules care: at a way out, by the bed, in the bathroom…"""

from enum import IntEnum
from functools import lru_cache


class Place(IntEnum):
    """A sort of place. The numbers are kept in stored states: add at the end only."""

    OTHER = 0  # living room, anything that says nothing more
    EXIT = 1  # a door to the outside: what follows may happen elsewhere
    BED = 2  # where the resident sleeps
    BATH = 3  # bathroom, toilet
    HALL = 4  # passed through
    KITCHEN = 5  # where meals are made, the fridge too


_WORDS: tuple[tuple[Place, tuple[str, ...]], ...] = (
    (Place.KITCHEN, ("kitchen", "fridge", "freezer", "kettle", "stove", "cook", "주방", "부엌", "냉장고")),
    (Place.BED, ("bed", "침실", "안방", "침대")),
    (Place.BATH, ("bath", "toilet", "shower", "wc", "욕실", "화장실")),
    (Place.HALL, ("hall", "corridor", "stair", "복도")),
)
#: contact sensors on these are inside: opening them is being at home.
_INNER = (
    *("fridge", "freezer", "cabinet", "cupboard", "drawer", "wardrobe", "medicine", "pill", "window", "microwave"),
    *(
        "kitchen",
        "bed",
        "bath",
        "toilet",
        "냉장고",
        "서랍",
        "약",
        "창문",
        "주방",
        "부엌",
        "침실",
        "안방",
        "욕실",
        "화장실",
    ),
)
_OUTER = ("front", "back", "entrance", "entry", "main", "exit", "현관", "대문", "출입")


@lru_cache(maxsize=65_536)
def place_of(device: str, kind: str, room: str = "") -> Place:
    """The place by the names a person gave: the device's, then the room's. A door nobody named otherwise is an exit."""
    name, named = device.lower(), room.lower()
    if kind == "contact" and _is_exit(name, named):
        return Place.EXIT
    for text in (named, name):
        for place, words in _WORDS:
            if any(word in text for word in words):
                return place
    return Place.OTHER


def _is_exit(name: str, room: str) -> bool:
    for text in (name, room):
        if any(word in text for word in _OUTER):
            return True
        if any(word in text for word in _INNER):
            return False
    return "door" in name or "문" in name
