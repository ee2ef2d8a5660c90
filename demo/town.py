"""The made-up neighbourhood as a town file: people, contacts, devices, coordinators, roster."""

from typing import Any

from prompts import Words

#: what stands in every home: device, kind, room.
DEVICES = (
    ("bedroom_motion", "motion", "bedroom"),
    ("kitchen_motion", "motion", "kitchen"),
    ("lounge_motion", "motion", "lounge"),
    ("bathroom_motion", "motion", "bathroom"),
    ("front_door", "contact", "entrance"),
    ("kettle", "power", "kitchen"),
    ("lounge_climate", "temperature", "lounge"),
    ("sos_button", "sos", "bedroom"),
    ("speaker-1", "speaker", "lounge"),
)


def demo_town(words: Words, homes: int) -> dict[str, Any]:
    """A town file (a dict of its tables) with so many homes; the last one is for the visitor to play."""
    people = words.data("demo.people")
    numbers = range(1, homes + 1)
    staff = [_coordinator(n, who) for n, who in enumerate(words.data("demo.coordinators"), 1)]
    return {
        "residents": [_resident(words, n, people[(n - 1) % len(people)]) for n in numbers],
        "contacts": [_contact(words, n) for n in numbers],
        "devices": [_device(n, *device) for n in numbers for device in DEVICES],
        "coordinators": staff,
        "roster": [
            {"coordinator": who["id"], "days": "daily", "from": "00:00", "to": "24:00", "rank": min(rank, 2)}
            for rank, who in enumerate(staff, 1)
            if who["role"] == "coordinator"
        ],
    }


def _resident(words: Words, n: int, who: dict[str, Any]) -> dict[str, Any]:
    districts = words.data("demo.districts")
    return {
        "id": f"r-{n:03}",
        **who,
        "district": districts[n % len(districts)],
        "home": f"home-{n:03}",
        "phone": f"010-0000-{n:04}",
        "address": words.text("demo.address", number=n),
        "way_in": words.text("demo.way_in"),
        "consents": ["voice", "chat", "sensors", "health", "family"],
        "plan": {
            "days": "daily",
            "at": [_asked_at(n), "18:30"],
            "attempts_min": [0, 10, 30],
            "channels": ["speaker"],
            "script": "daily",
        },
    }


def _asked_at(n: int) -> str:
    """Spread over the first hour, so that the visitor always sees a talk going on."""
    minute = 27 + (n - 1) % 12 * 4
    return f"{9 + minute // 60:02}:{minute % 60:02}"


def _contact(words: Words, n: int) -> dict[str, Any]:
    relations = words.data("demo.relations")
    relation = relations[n % len(relations)]
    names = words.data("demo.contact_names")
    topics = ["health", "mood", "activity"]
    return {
        "id": f"c-{n:03}",
        "resident": f"r-{n:03}",
        "name": names[(n - 1) % len(names)],
        "relation": relation,
        "phone": f"010-0000-{1000 + n:04}",
        "topics": topics,
    }


def _device(n: int, device: str, kind: str, room: str) -> dict[str, Any]:
    return {"home": f"home-{n:03}", "device": device, "kind": kind, "room": room}


def _coordinator(n: int, who: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"u-{n:03}", "email": f"demo{n}@anbu.example", "districts": [], **who}
