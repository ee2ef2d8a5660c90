"""The homes' devices as their page shows them: what needs a hand first, beside the technicians' tasks."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlmodel import Session

from console import escalations_read, shapes
from console.access import Caller
from console.cursor import after
from console.ports import ConsolePorts
from residents import service as people
from residents.people import Resident
from sensors.unseen import Unseen
from sensors.views import DeviceShown

T = TypeVar("T", DeviceShown, shapes.Escalation)
#: state of a device → how soon somebody must look at it; what is not here is well.
GRAVITY: Mapping[str, int] = {"offline": 4, "silent": 3, "low": 2, "unknown": 1}
_UNSEEN = 5
#: a card names so many people of those who cannot be seen; the rest is counted.
_NAMED = 12


class Show(StrEnum):
    """Which homes are listed."""

    ALL = "all"  # everything, what needs a hand first
    UNSEEN = "unseen"  # nobody can see into them now
    SILENT = "silent"  # a device is gone or says nothing
    LOW = "low"  # a battery is nearly empty
    NEVER = "never"  # a device of the town file was never heard
    TASKS = "tasks"  # a technician has something to do


_STATES = {Show.SILENT: {"offline", "silent"}, Show.LOW: {"low"}, Show.NEVER: {"unknown"}}


@dataclass(frozen=True)
class Home:
    """One home. gateway: online|offline|unknown; ill: devices that need a hand, the gravest first; well: the others."""

    home: str
    gateway: str
    heard_at: datetime | None
    unseen: Unseen | None
    ill: tuple[DeviceShown, ...]
    well: tuple[DeviceShown, ...]
    tasks: tuple[shapes.Escalation, ...]
    residents: tuple[Resident, ...] = ()

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Sorts what needs a hand soonest to the front."""
        worst = _UNSEEN if self.unseen else GRAVITY[self.ill[0].state] if self.ill else 0
        return -worst, -len(self.tasks), -len(self.ill), self.home

    def belongs_to(self, show: Show) -> bool:
        if show is Show.UNSEEN:
            return self.unseen is not None
        if show is Show.TASKS:
            return bool(self.tasks)
        return show is Show.ALL or any(device.state in _STATES[show] for device in self.ill)


@dataclass(frozen=True)
class Devices:
    """One page of homes; counts: by what is shown, homes (for a kind of trouble: devices). apart: tasks of no home."""

    homes: Sequence[Home]
    total: int
    next: str | None
    counts: Mapping[str, int]
    apart: Sequence[shapes.Escalation] = field(default_factory=tuple)


def page(
    tx: Session, ports: ConsolePorts, caller: Caller, show: Show, home: str, cursor: str | None, limit: int
) -> Devices:
    """The homes this caller sees. home: only this one, "" all."""
    everything = sorted(_homes(tx, ports, caller, home), key=lambda one: one.rank)
    listed = [one for one in everything if one.belongs_to(show)]
    shown, following = after(listed, cursor, limit)
    if caller.sees_residents():
        shown = [replace(one, residents=tuple(people.residents_of_home(tx, one.home))) for one in shown]
    apart = [] if home else [task for task in _tasks(tx, ports, caller) if task.home is None]
    return Devices(shown, len(listed), following, _counts(everything), apart)


def unseen_notice(tx: Session, ports: ConsolePorts, caller: Caller) -> list[dict[str, str]]:
    """Who cannot be seen now, by name: one notice, none while everybody can be."""
    hidden = ports.sensors.unseen(tx, ports.clock.now(), ports.clock.real())
    if not hidden:
        return []
    if not caller.sees_residents():
        names = sorted(hidden.keys() - homes_of_others(tx, caller))
    else:
        living = [p for p in people.places(tx) if p.home in hidden and caller.sees_district(p.district)]
        names = [r.called or r.name for r in people.residents(tx, [p.id for p in living][:_NAMED])]
        names += [""] * max(0, len(living) - _NAMED)
    if not names:
        return []
    text = ", ".join(names[:_NAMED])
    if len(names) > _NAMED:
        text = ports.words.text("console.unseen.more", names=text, n=len(names) - _NAMED)
    title = ports.words.text("console.unseen.title", n=len(names))
    return [{"tone": "technical", "title": title, "text": text, "href": f"/devices?show={Show.UNSEEN}"}]


def homes_of_others(tx: Session, caller: Caller) -> set[str]:
    """The homes outside the caller's districts."""
    if caller.limited_to is None:
        return set()
    return {place.home for place in people.places(tx) if not caller.sees_district(place.district)}


def _homes(tx: Session, ports: ConsolePorts, caller: Caller, only: str) -> Iterable[Home]:
    now, real = ports.clock.now(), ports.clock.real()
    others = homes_of_others(tx, caller)
    names = [home for home in people.homes(tx) if home not in others and only in ("", home)]
    devices = _by_home(_with_speakers(tx, ports.sensors.device_states(tx, now, only or None), real))
    gateways, heard = ports.sensors.home_states(tx, now), ports.sensors.heard(tx)
    unseen = ports.sensors.unseen(tx, now, real)
    tasks = _by_home(_tasks(tx, ports, caller))
    for home in names:
        ill = sorted((d for d in devices.get(home, ()) if d.state in GRAVITY), key=_gravest)
        well = [d for d in devices.get(home, ()) if d.state not in GRAVITY]
        yield Home(
            home,
            gateways.get(home, "unknown"),
            heard.get(home),
            unseen.get(home),
            tuple(ill),
            tuple(well),
            tuple(tasks.get(home, ())),
        )


def _with_speakers(tx: Session, devices: Sequence[DeviceShown], real: datetime) -> list[DeviceShown]:
    """A speaker is no sensor: it is well while it is connected."""
    here = people.present_devices(tx, real)
    return [
        replace(d, state="ok" if (d.home, d.device) in here else "offline") if d.kind == "speaker" else d
        for d in devices
    ]


def _tasks(tx: Session, ports: ConsolePorts, caller: Caller) -> list[shapes.Escalation]:
    found = [task for task in ports.escalations.technical(tx) if escalations_read.sees(tx, ports, caller, task)]
    return [escalations_read.shown(ports, task) for task in found]


def _by_home(rows: Iterable[T]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for row in rows:
        found.setdefault(row.home or "", []).append(row)
    return found


def _gravest(device: DeviceShown) -> tuple[int, str]:
    return -GRAVITY[device.state], device.device


def _counts(homes: Sequence[Home]) -> dict[str, int]:
    states = Counter(device.state for home in homes for device in home.ill)
    by_state = {show.value: sum(states[state] for state in of) for show, of in _STATES.items()}
    return {
        Show.UNSEEN.value: sum(home.unseen is not None for home in homes),
        **by_state,
        Show.TASKS.value: sum(len(home.tasks) for home in homes),
    }
