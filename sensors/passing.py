"""Many readings through one home's watch: what `watch.observe_at` does to each, without a new state for each.

Nearly all readings only say once more that somebody is about, ten minutes after the last one at most and in the same
half hour. What they change (the latest sign of life, when a device was seen, the next deadline) waits here, until
something else happens or the state is asked for.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sensors import lingering, night_door, outage, stays, vitals, watch
from sensors.diary import seen_at, slot_of
from sensors.finding import Finding
from sensors.outage import Device
from sensors.place import Place, place_of
from sensors.reading import Reading
from sensors.rhythm import PAUSE_S
from sensors.silence import FIRST_S
from sensors.state import HomeWatch, Known, Life, life_of, watch_of, with_devices
from sensors.taking import OPENS

#: kinds that are nothing but a sign of life, each with a value above 0, and nothing at all with 0.
_ONLY_LIFE = frozenset({"motion", "presence", "vibration", "water", "steps"})
_NOWHEN = -1
_NONE: tuple[Finding, ...] = ()


class _Voice(NamedTuple):
    """What each further reading of this kind says of a device that was `seen` then, epoch s.

    opens: it is a door that only ever says "opened".
    """

    kind: str
    seen: float
    place: Place
    places: int
    opens: bool


class Passing:
    """One home while its readings pass. Mutable, for one caller at a time; `state` is its frozen watch."""

    __slots__ = (
        *("_behind", "_devices", "_state", "_voices", "due"),
        *("_count", "_exit_at", "_last", "_offset", "_place", "_places", "_since", "_slot"),
    )

    due: float | None
    _state: HomeWatch
    _behind: bool
    _last: float
    _place: int
    _exit_at: float
    _slot: int
    _count: int
    _offset: int
    _since: float
    _places: int

    def __init__(self, state: HomeWatch) -> None:
        self._voices: dict[str, _Voice] = {}
        self._devices: dict[str, Device] = {}
        self._last = 0.0
        self.state = state

    @property
    def state(self) -> HomeWatch:
        """The watch after everything that has passed."""
        if self._devices:
            self._state = with_devices(self._state, self._devices)
            self._devices.clear()
        home, life, silence, rhythm, known, _, habits = self._state
        if self._behind and life is not None:
            here = (self._last, self._place, self._exit_at, self._slot, self._count, life.recent)
            life = life_of((*here, self._offset, self._since, self._places))
            self._state, self._behind = watch_of((home, life, silence, rhythm, known, self.due, habits)), False
        return self._state

    @state.setter
    def state(self, state: HomeWatch) -> None:
        self._state, self._behind = state, False
        _, life, silence, _, known, self.due, _ = state
        if life is None or silence is not None or _is_hidden(known, life):
            self._slot = _NOWHEN
            return
        self._last, self._place, self._exit_at, self._slot, self._count, _, self._offset, self._since, self._places = (
            life
        )

    def take(self, reading: Reading, at: float, slot: int) -> tuple[Finding, ...] | None:
        """One reading, its moment in epoch s and its local half hour. None: nothing new, no deadline changed."""
        _, name, kind, _, value, _, _ = reading
        voice = self._voices.get(name)
        if voice is None or voice[0] != kind:
            return self._observe(reading, at)
        _, seen, place, places, opens = voice
        if at - seen > watch.SEEN_S:
            self._see(name, voice, at)
        if value <= 0:
            return self._observe(reading, at) if opens else None
        if slot != self._slot or not 0 <= at - self._last < PAUSE_S:
            return self._observe(reading, at)
        moved = None
        if place != self._place:
            if self._place == Place.BATH and self._teaches(at):
                return self._observe(reading, at)
            self._place, self._since = place, at
            if place in lingering.WATCHED:
                self.due, moved = self._due_at(at, place), _NONE
        if place == Place.EXIT:
            self._exit_at = at
        self._last = at
        self._count += 1
        self._places |= places
        self._behind = True
        return moved

    def _observe(self, reading: Reading, at: float) -> tuple[Finding, ...]:
        self.state, findings = watch.observe_at(self.state, reading, at)
        voice = self._voices.get(reading.device)
        if voice is None or voice.kind != reading.kind or voice.opens:
            self._listen(reading.device, reading.kind)
        return findings

    def _listen(self, name: str, kind: str) -> None:
        voice = _voice_of(self._state, name, kind)
        if voice is not None:
            self._voices[name] = voice
        elif name in self._voices and self._voices[name].kind == kind:
            del self._voices[name]

    def _see(self, name: str, voice: _Voice, at: float) -> None:
        known = self._state.known
        device = self._devices.get(name) or known.devices[name]
        if at - device.seen > watch.SEEN_S:  # else it spoke of something else meanwhile
            device = self._devices[name] = outage.seen(device, at, known.back_at, voice.kind)
        self._voices[name] = voice._replace(seen=device.seen)

    def _teaches(self, at: float) -> bool:
        """Whether a stay in the bathroom that is over now says something about this person's stays."""
        return at - self._since >= stays.SHORT_S or not self._state.habits.stays.at

    def _due_at(self, at: float, place: Place) -> float:
        """As `deadline.rescheduled`, where nothing hides the home and nothing is told yet."""
        known, habits = self._state.known, self._state.habits
        if place == Place.BATH:
            lingers = stays.due_at(habits.stays, at, self._offset, known.limits)
        else:
            lingers = night_door.due_at(habits.outings, at, self._offset, known.limits)
        dues = (lingers, outage.gateway_due(known.gateway), *map(vitals.due_at, known.vitals.values()))
        return min([at + FIRST_S, *(due for due in dues if due is not None)])


def observe_all(state: HomeWatch, readings: Iterable[Reading]) -> tuple[HomeWatch, tuple[Finding, ...]]:
    """Several readings of one home, in time order."""
    passing, findings = Passing(state), list[Finding]()
    for reading in readings:
        findings += passing.take(reading, reading.at.timestamp(), slot_of(reading.at)) or ()
    return passing.state, tuple(findings)


def _voice_of(state: HomeWatch, name: str, kind: str) -> _Voice | None:
    """None: each reading of this device has to be looked at."""
    known = state.known
    device = known.devices.get(name)
    opens = kind == "contact" and known.states.get(f"{name}/{kind}") == OPENS
    if device is None or (device.when_used and kind not in outage.WHEN_USED) or not (opens or kind in _ONLY_LIFE):
        return None
    place = place_of(name, kind, known.rooms.get(name, ""))
    return _Voice(kind, device.seen, place, seen_at(place, kind), opens)


def _is_hidden(known: Known, life: Life) -> bool:
    """Whether the latest sign of life is not what a silence would be counted from."""
    last = life.last
    return last < known.blind_until or last < known.paused_until or last < known.answered_at
