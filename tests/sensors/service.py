"""The service's side for the tests: the real ingest on a real store, behind whichever broker."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func
from sqlmodel import Session, SQLModel, select

from prompts import Words
from sensors.ingest import Ingest
from sensors.message import Message, Sos
from sensors.presses import Answer, take_press
from store import FixedClock, Store

_KO = Path(__file__).parents[2] / "prompts" / "ko"
#: only this room's words, so that a fault in another room's is not this room's.
WORDS = Words({name: yaml.safe_load((_KO / f"{name}.yaml").read_text("utf-8")) for name in ("intake", "sensors")})


@dataclass
class Heard:
    """What the service said to the homes."""

    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, topic: str, payload: bytes) -> None:
        self.said.append((topic, json.loads(payload)))


def press_with(signs: Any) -> Callable[[Session, Sos, Message, datetime], Answer]:
    """`take_press` over a stand-in for Wellbeing."""

    def press(tx: Session, sos: Sos, message: Message, now: datetime) -> Answer:
        return take_press(tx, signs, WORDS, sos, message, now)

    return press


def service_of(store: Store, clock: FixedClock, signs: Any, heard: Any) -> Ingest:
    """An ingest that runs."""
    made = Ingest(store, clock, press_with(signs), heard)
    made.start()
    return made


def rows(store: Store, model: type[SQLModel]) -> list[Any]:
    """Everything of one table."""

    def all_of(tx: Session) -> list[Any]:
        return list(tx.exec(select(model)))

    return store.read(all_of)


def count(store: Store, model: type[SQLModel]) -> int:
    """How many rows a table has."""

    def number(tx: Session) -> int:
        return tx.exec(select(func.count()).select_from(model)).one()

    return store.read(number)
