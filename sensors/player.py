"""What the live rules would have said: readings of a file through the same home watches, in simulated time."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from sensors import outage, watch
from sensors.diary import slot_of
from sensors.finding import Finding
from sensors.outage import Outage
from sensors.passing import Passing
from sensors.reading import Reading
from sensors.readings_file import Timed, timed
from sensors.watch import HomeWatch

#: a home that said nothing for so long no longer counts among those that can fall silent together, seconds.
_LIVING_S = 86_400.0
#: the last life of the fleet is kept to this accuracy, seconds.
_GRAIN_S = 60.0
_FLEET = ""
#: how often the fleet is looked at, seconds.
_LOOK_S = 300.0
_NEVER = float("inf")
_NONE: Sequence[Finding] = ()
Progress = Callable[[int, datetime], None]


class _Home(Passing):
    """A home of the fleet. heard: epoch s, to _GRAIN_S."""

    __slots__ = ("heard",)

    def __init__(self, state: HomeWatch) -> None:
        super().__init__(state)
        self.heard = 0.0


class Replay:
    """The state of a whole fleet while a file is played. `rooms`: home → device → room."""

    def __init__(self, rooms: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._rooms = rooms or {}
        self._homes: dict[str, _Home] = {}
        self._due: list[tuple[float, str]] = []
        self._next: dict[str, float] = {}
        self._last = 0.0
        self._offset = 0
        self._outage: Outage | None = None

    def feed(self, reading: Reading) -> Sequence[Finding]:
        """One reading; what became due before it is judged first. Findings in time order."""
        return self.feed_at(reading, reading.at.timestamp(), slot_of(reading.at))

    def feed_at(self, reading: Reading, at: float, slot: int) -> Sequence[Finding]:
        """The same, by whom its moment (epoch s) and its local half hour are known already."""
        due = self.until(at) if self._due and self._due[0][0] <= at else _NONE
        name = reading.home
        home = self._homes.get(name)
        if home is None:
            home = self._homes[name] = _Home(watch.new(name, self._rooms.get(name)))
        found = home.take(reading, at, slot)
        if found is not None:
            self._schedule_next(name, home.due)
        if at - self._last > _GRAIN_S or at - home.heard > _GRAIN_S:
            self._hear(name, home, at, reading.at)
        return (*due, *found) if found else due

    def begin(self, state: HomeWatch) -> None:
        """Begin with this much known of a home, before its first reading."""
        self._homes[state.home] = _Home(state)

    def home(self, name: str) -> HomeWatch | None:
        """What is known of a home now."""
        home = self._homes.get(name)
        return None if home is None else home.state

    def until(self, at: float) -> list[Finding]:
        """Judge everything that became due up to this moment, epoch s."""
        findings: list[Finding] = []
        while self._due and self._due[0][0] <= at:
            due, home = heapq.heappop(self._due)
            findings += self._fleet_due(due) if home == _FLEET else self._home_due(home, due)
        return findings

    def _home_due(self, home: str, at: float) -> list[Finding]:
        if self._next.get(home) != at:
            return []
        del self._next[home]
        state = self._homes[home].state
        if state.due is None:
            return []
        if state.due > at:
            self._schedule(home, state.due)
            return []
        now = datetime.fromtimestamp(at, watch.local_zone(state))
        state, findings = watch.due(state, now, hidden=outage.hides(self._outage, home))
        self._homes[home].state = state
        if state.due is not None:
            self._schedule(home, state.due)
        return list(findings)

    def _schedule_next(self, home: str, at: float | None) -> None:
        if at is not None and at < self._next.get(home, _NEVER):
            self._schedule(home, at)

    def _schedule(self, home: str, at: float) -> None:
        self._next[home] = at
        heapq.heappush(self._due, (at, home))

    def _hear(self, name: str, home: "_Home", at: float, when: datetime) -> None:
        if not self._last:
            heapq.heappush(self._due, (at + _LOOK_S, _FLEET))
            self._offset = watch.offset_of(when)
        home.heard = at
        self._last = at
        if self._outage is None:
            return
        self._outage = outage.heard(self._outage, name, at)
        if outage.is_over(self._outage, at):
            self._outage = None

    def _fleet_due(self, at: float) -> list[Finding]:
        declared = self._declared(at) if self._outage is None else None
        if declared is None or declared > at:
            heapq.heappush(self._due, (max(declared or 0.0, at + _LOOK_S), _FLEET))
            return []
        self._outage = Outage(self._last, len(self._living()))
        heapq.heappush(self._due, (at + _LOOK_S, _FLEET))
        return [outage.outage_finding(self._outage, datetime.fromtimestamp(at, self._zone()))]

    def _declared(self, at: float) -> float | None:
        living = self._living()
        earliest = outage.declared_at(self._last, len(living), self._offset)
        if earliest is None or earliest > at:
            return earliest
        rhythms = (home.state.rhythm for home in living)
        usual = outage.shown((rhythm.seen, rhythm.active) for rhythm in rhythms)
        return outage.declared_at(self._last, len(living), self._offset, usual)

    def _living(self) -> list["_Home"]:
        return [home for home in self._homes.values() if self._last - home.heard < _LIVING_S]

    def _zone(self) -> timezone:
        return timezone(timedelta(seconds=self._offset))


def replay(
    readings: Iterable[Reading],
    rooms: Mapping[str, Mapping[str, str]] | None = None,
    progress: Progress | None = None,
) -> Iterator[Finding]:
    """Findings in time order. progress is told now and then how many readings were played, and up to when."""
    return _played(((one, one.at.timestamp(), slot_of(one.at)) for one in readings), rooms, progress)


def replay_file(
    path: Path, rooms: Mapping[str, Mapping[str, str]] | None = None, progress: Progress | None = None
) -> Iterator[Finding]:
    """The same of a file of readings. Raises as `readings_file.read`."""
    return _played(timed(path), rooms, progress)


def _played(
    readings: Iterable[Timed], rooms: Mapping[str, Mapping[str, str]] | None, progress: Progress | None
) -> Iterator[Finding]:
    fleet = Replay(rooms)
    count, last = 0, None
    for last, at, slot in readings:
        findings = fleet.feed_at(last, at, slot)
        if findings:
            yield from findings
        count += 1
        if progress is not None and count % 100_000 == 0:
            progress(count, last.at)
    end = datetime.fromtimestamp(0, UTC) if last is None else last.at
    yield from fleet.until(end.timestamp())
    if progress is not None:
        progress(count, end)
