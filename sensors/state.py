"""What is remembered of one home between two looks at it: frozen, JSON-able, of the same size however long it lives.

What changes with each reading is a named tuple: to make one anew costs a third of a frozen dataclass.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from sensors.climate import Air
from sensors.habits import Habits
from sensors.outage import Device, Gateway
from sensors.packing import pack, unpack
from sensors.rhythm import Rhythm
from sensors.silence import Silence
from sensors.vitals import Vital


class Life(NamedTuple):
    """The latest sign of life. last: epoch s; place: a `Place`; exit_at: latest exit door, epoch s.

    slot: local half hour since the epoch; count: signs of life in it; recent: in the three before it, latest first.
    offset: s east of UTC; since: from when on nobody was seen at another place, epoch s, 0 not known.
    places: those with life in this half hour, as a mask (`diary`).
    """

    last: float
    place: int
    exit_at: float
    slot: int
    count: int  # type: ignore[assignment]  # nobody needs a tuple's own
    recent: tuple[int, ...]
    offset: int
    since: float = 0.0
    places: int = 0


class Known(NamedTuple):
    """What else is known of a home, by device or by "device/kind". Times are epoch s.

    blind_until: until then nothing could be seen (outage, gateway); paused_until: an absence ends; back_at: the home
    came to life again after a long silence; answered_at: the resident was heard to talk when a silence was to be told.
    limits: where a coordinator wants other thresholds than the rules' own, by the names in `thresholds.py`.
    """

    rooms: Mapping[str, str] = {}
    devices: Mapping[str, Device] = {}
    states: Mapping[str, float] = {}
    air: Mapping[str, Air] = {}
    dangers: Mapping[str, float] = {}
    vitals: Mapping[str, Vital] = {}
    gateway: Gateway = Gateway()
    blind_until: float = 0.0
    paused_until: float = 0.0
    back_at: float = 0.0
    answered_at: float = 0.0
    limits: Mapping[str, float] = {}


class HomeWatch(NamedTuple):
    """One home. due: epoch s at which `due` wants to be called, None never; a reading may make it earlier or later."""

    home: str
    life: Life | None = None
    silence: Silence | None = None
    rhythm: Rhythm = Rhythm()
    known: Known = Known()
    due: float | None = None
    habits: Habits = Habits()

    @property
    def due_at(self) -> datetime | None:
        """When `due` must be called, UTC."""
        return None if self.due is None else datetime.fromtimestamp(self.due, UTC)

    @property
    def is_silent(self) -> bool:
        """Whether a silence of this home has been told and still lasts."""
        return self.silence is not None and self.silence.raised > 0

    def to_json(self) -> dict[str, Any]:
        """JSON-able, about 6 kB."""
        return dict(pack(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "HomeWatch":
        """The watch again. Raises KeyError, TypeError or ValueError for anything else."""
        return unpack(cls, data)


#: one of these from all of its fields in turn, in half the time of its own way.
life_of: Callable[[tuple[Any, ...]], Life] = partial(tuple.__new__, Life)
known_of: Callable[[tuple[Any, ...]], Known] = partial(tuple.__new__, Known)
watch_of: Callable[[tuple[Any, ...]], HomeWatch] = partial(tuple.__new__, HomeWatch)


def new(home: str, rooms: Mapping[str, str] | None = None) -> HomeWatch:
    """A home of which nothing has been heard. rooms: device → room, where the town file names one."""
    return HomeWatch(home, known=Known(rooms=dict(rooms or {})))


def with_rooms(watch: HomeWatch, rooms: Mapping[str, str]) -> HomeWatch:
    """With the rooms of the town file as they are now."""
    return watch if watch.known.rooms == rooms else know(watch, rooms=dict(rooms))


def with_limits(watch: HomeWatch, limits: Mapping[str, float]) -> HomeWatch:
    """With the thresholds as they are set now: when a silence that lasts is told, is estimated anew by them."""
    if watch.known.limits == limits:
        return watch
    lasting = None if watch.silence is None else replace(watch.silence, times=(), shares=())
    return know(watch._replace(silence=lasting), limits=dict(limits))


def with_device(watch: HomeWatch, name: str, device: Device) -> HomeWatch:
    """With one device as it is known now."""
    return with_devices(watch, {name: device})


def with_devices(watch: HomeWatch, news: Mapping[str, Device]) -> HomeWatch:
    """With these devices as they are known now."""
    home, life, silence, rhythm, known, due, habits = watch
    rooms, devices, *rest = known
    return watch_of((home, life, silence, rhythm, known_of((rooms, {**devices, **news}, *rest)), due, habits))


def know(watch: HomeWatch, **changes: Any) -> HomeWatch:
    """With something else known of it."""
    return watch._replace(known=watch.known._replace(**changes))
