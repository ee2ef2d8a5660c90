"""What the name somebody gave a device says of it, and what it does not: every word of the list, once."""

from collections import Counter

import pytest

from prompts import load
from sensors.place import Place, measures_air, place_of, runs_by_itself

NAMES = load("ko").data("devices")


@pytest.mark.parametrize(
    ("device", "kind", "room", "place"),
    [
        ("front-door", "contact", "", Place.EXIT),
        ("back-door", "contact", "", Place.EXIT),
        ("현관문", "contact", "", Place.EXIT),
        ("door_1", "contact", "entrance", Place.EXIT),
        ("문 열림 감지기", "contact", "", Place.EXIT),
        ("hall_door", "contact", "", Place.EXIT),
        ("현관", "motion", "", Place.OTHER),
        ("fridge-door", "contact", "", Place.KITCHEN),
        ("냉장고문", "contact", "", Place.KITCHEN),
        ("김치냉장고", "power", "", Place.KITCHEN),
        ("밥솥", "power", "", Place.KITCHEN),
        ("stove_door", "contact", "", Place.KITCHEN),
        ("door_2", "contact", "bathroom", Place.BATH),
        ("wc_door", "contact", "", Place.BATH),
        ("motion_1", "motion", "안방", Place.BED),
        ("bedroom_motion", "motion", "", Place.BED),
        ("motion_2", "motion", "복도", Place.HALL),
        ("motion_3", "motion", "주방", Place.KITCHEN),
        ("lounge", "motion", "", Place.OTHER),
        ("약 서랍", "contact", "", Place.OTHER),
        ("창문", "contact", "", Place.OTHER),
        ("베란다 문", "contact", "", Place.OTHER),
        ("balcony_door", "contact", "", Place.OTHER),
    ],
)
def test_a_device_tells_by_its_name_or_room_where_it_stands(device: str, kind: str, room: str, place: Place) -> None:
    assert place_of(device, kind, room) == place
    assert place_of(device.upper(), kind, room.upper()) == place


@pytest.mark.parametrize(
    ("device", "room", "of_a_room"),
    [
        ("thermometer", "", True),
        ("t1", "거실", True),
        ("kitchen_temp", "kitchen", True),
        ("Freezer 2", "kitchen", False),
        ("온도계", "김치냉장고", False),
        ("t2", "베란다", False),
        ("실외 온도", "", False),
    ],
)
def test_a_thermometer_in_the_fridge_or_outside_measures_no_room(device: str, room: str, of_a_room: bool) -> None:
    assert measures_air(device, room) == of_a_room


def test_a_fridge_draws_power_by_itself_and_a_rice_cooker_does_not() -> None:
    assert runs_by_itself("김치냉장고 플러그")
    assert runs_by_itself("Fridge_plug")
    assert not runs_by_itself("밥솥")
    assert not runs_by_itself("kettle")


def test_every_word_stands_once_in_lower_case_and_says_something_known() -> None:
    words = [word for one in NAMES["names"] for word in one["words"]] + NAMES["doors"]
    assert [word for word, times in Counter(words).items() if times > 1] == []
    assert [word for word in words if word != word.lower() or not word.strip()] == []
    assert {key for one in NAMES["names"] for key in one} == {"words", "place", "door", "air", "by_itself"}
    assert {one["door"] for one in NAMES["names"] if "door" in one} == {"in", "out"}
