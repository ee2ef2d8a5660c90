"""Homes, a service that takes presses, and a real Mosquitto where one is found."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from benchmarks.brokers import MOSQUITTO, Mosquitto, mosquitto_in
from residents.sign import Sign
from residents.tables import ConsentRow, DeviceRow, HomeRow, ResidentRow
from store import Store, token_hash
from tests.needs import need
from wellbeing.service import Taken

DEVICES = {
    "home-001": {"bedroom_motion": "motion", "front_door": "contact", "button": "sos", "plug": "power"},
    "home-002": {"bedroom_motion": "motion", "button": "sos", "cuff": "systolic"},
}


def settle(tx: Session, now: datetime) -> None:
    """home-001: 김안부 alone. home-002: 이하나 and 박두리, who share the button; the cuff is 이하나's."""
    for home in DEVICES:
        tx.add(HomeRow(id=home, password_hash=token_hash("pw")))
    tx.flush()
    for id, name, home in [("r-1", "김안부", "home-001"), ("r-2", "이하나", "home-002"), ("r-3", "박두리", "home-002")]:
        tx.add(ResidentRow(id=id, name=name, called=f"{name} 어르신", home=home))
        tx.flush()
        for topic in ("sensors", "health"):
            tx.add(ConsentRow(resident=id, topic=topic, granted=True, at=now, wording="test", by="test"))
    for home, devices in DEVICES.items():
        for device, kind in devices.items():
            whose = "r-2" if device == "cuff" else None
            tx.add(DeviceRow(home=home, device=device, kind=kind, room="bedroom", resident=whose))


@dataclass
class Signs:
    """Stands where Wellbeing stands: takes each sign once and escalates what has a level."""

    taken: list[Sign] = field(default_factory=list)
    fault: Exception | None = None

    def take(self, _tx: Session, signs: list[Sign], _now: datetime) -> list[Taken]:
        if self.fault is not None and any(sign.resident for sign in signs):
            raise self.fault
        self.taken += signs
        return [Taken(sign, f"e-{sign.id}" if sign.level else None) for sign in signs]


@pytest.fixture
def signs() -> Signs:
    return Signs()


@pytest.fixture
def town(store: Store, clock: object) -> Store:
    """The store with two homes in it."""
    store.write(settle, datetime.fromisoformat("2026-11-01T00:00:00+09:00"))
    return store


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A Mosquitto of the test's own with the shipped configuration."""
    need("mosquitto", MOSQUITTO is not None)
    made = mosquitto_in(tmp_path, list(DEVICES))
    made.start()
    yield made
    made.stop()
