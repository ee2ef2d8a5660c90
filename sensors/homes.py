"""The homes as the decoder needs them, remembered between batches and forgotten when somebody changes them."""

import threading
import time
from collections.abc import Sequence

from sqlmodel import Session

from residents import service as residents
from residents.people import Consent, Device, Resident
from sensors.message import KnownDevice, KnownHome
from store import Change, Store, changes_since
from store.changes import last_change

#: real seconds after which a home is looked up again in any case; an unknown one, or a home with an unknown device.
FRESH_S, UNKNOWN_S = 60.0, 1.0
#: kinds of change that may concern a home.
_TOUCHING = {"resident", "home", "device", "town"}


class Homes:
    """A cache over `residents`; one per process, safe for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, KnownHome | None]] = {}
        self._home_of: dict[str, str] = {}
        self._seen = 0

    def __call__(self, home: str) -> KnownHome | None:
        """The home, None when the town file does not know it."""
        kept = self._known.get(home)
        if kept is not None and time.monotonic() - kept[0] < (FRESH_S if kept[1] else UNKNOWN_S):
            return kept[1]
        return self.look_up(home)

    def look_up(self, home: str) -> KnownHome | None:
        """The home as the database has it now."""
        found, people = self._store.read(load_home, home)
        with self._lock:
            if len(self._known) > 200_000:  # a flood of made-up names must not fill the memory
                self._known.clear()
            self._known[home] = (time.monotonic(), found)
            self._home_of.update({person.id: home for person in people})
        return found

    def look_again(self, home: str) -> bool:
        """Look a home up anew when that was not done within a second; False when it was."""
        kept = self._known.get(home)
        if kept is not None and time.monotonic() - kept[0] < UNKNOWN_S:
            return False
        self.look_up(home)
        return True

    def refresh(self) -> None:
        """Forget the homes that were changed since the last call: a withdrawn consent counts from the next batch."""
        changes, newest = self._store.read(_changes, self._seen)
        if newest < self._seen:  # the feed was pruned empty and counts from one again
            self.forget()
        self._seen = newest
        for change in changes:
            if change.kind in _TOUCHING:
                self.forget(self._home_of.get(change.ref))

    def forget(self, home: str | None = None) -> None:
        """Look this home up again next time; None: all of them."""
        with self._lock:
            if home is None:
                self._known.clear()
            else:
                self._known.pop(home, None)


def _changes(tx: Session, seen: int) -> tuple[Sequence[Change], int]:
    changes = changes_since(tx, seen)
    return changes, changes[-1].id if changes else last_change(tx)


def load_home(tx: Session, home: str) -> tuple[KnownHome | None, list[Resident]]:
    """A home with its devices and what its residents agreed to, and these residents."""
    devices, people = residents.devices(tx, home), residents.residents_of_home(tx, home)
    if not devices and not people:
        return None, []
    sensors = {person.id: residents.has_consent(tx, person.id, Consent.SENSORS) for person in people}
    health = {person.id: residents.has_consent(tx, person.id, Consent.HEALTH) for person in people}
    known = {device.device: _known(device, sensors, health) for device in devices}
    return KnownHome(home, known), people


def _known(device: Device, sensors: dict[str, bool], health: dict[str, bool]) -> KnownDevice:
    """A shared device needs the consent of everyone it may be talking about."""
    whose = [device.resident] if device.resident in sensors else list(sensors)
    return KnownDevice(
        device.kind,
        device.room,
        allowed=all(sensors[person] for person in whose if person),
        health=all(health[person] for person in whose if person),
    )
