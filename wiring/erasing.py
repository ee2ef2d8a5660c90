"""A whole resident goes: on their own wish, after their death, or when they have moved away."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from bot import inbox
from escalations import erasing
from escalations.errors import StillOpen
from residents import service as people
from residents.access import chat_of
from residents.people import Leaving
from store import Clock, FixedClock, Store, changed, erasure
from store.audit import audit
from wiring.house import House


@dataclass(frozen=True)
class Eraser:
    """sounds: where spoken sentences are kept; some hold a name."""

    store: Store
    clock: Clock | FixedClock
    sounds: Path

    async def __call__(self, resident: str, reason: str, by: str, where: str) -> Mapping[str, int]:
        """How many rows of each table went. Raises Unknown, StillOpen, ValueError for a reason that is none."""
        return await asyncio.to_thread(self.erase, resident, reason, by, where)

    def erase(self, resident: str, reason: str, by: str, where: str = "") -> Mapping[str, int]:
        """The same, blocking."""
        gone = self.store.write(erase, resident, Leaving(reason), by, where, self.clock.now())
        self.store.read(erasure.overwritten)
        for sound in self.sounds.glob("*.wav"):  # named by what is said, unguessably: they are all made anew
            with suppress(OSError):
                sound.unlink()
        return gone


def eraser(house: House) -> Eraser:
    """For this house."""
    return Eraser(house.store, house.clock, house.settings.var_dir / "audio")


def erase(tx: Session, resident: str, reason: Leaving, by: str, where: str, now: datetime) -> dict[str, int]:
    """All of it in one transaction; the audit keeps who, when, why and how much, without anything of the person."""
    people.resident(tx, resident)
    if ids := erasing.still_open(tx, resident):
        raise StillOpen(ids)
    home = erasing.home_left_empty(tx, resident)
    contacts = [one.id for one in people.contacts(tx, resident)]
    chats = [chat_of(tx, kind, id) for kind, id in (("resident", resident), *(("contact", id) for id in contacts))]
    with erasure.overwriting(tx):
        gone = erasing.erase(tx, resident, contacts, home)
        gone |= inbox.forget(tx, [chat for chat in chats if chat])
        gone |= erasure.erase(tx, resident, contacts, home)
    audit(
        tx,
        who=by,
        what="resident erased",
        whose=resident,
        where=where,
        now=now,
        detail={"reason": reason.value, "rows": gone},
    )
    changed(tx, "resident", resident, now, erased=True)
    return gone
