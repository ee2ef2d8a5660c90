"""What other thresholds would have done over the last weeks: the readings still kept, through exactly the live rules.

The rules run twice side by side, with the thresholds of now and with the others. They begin with what is known of each
home today (its rhythm, its habits), so both sides know the home a little better than the service did then. What
gateways said and who was away is not kept so long: silences of those days stand on both sides.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from residents import service as residents
from residents.sign import Level
from sensors import adjusting, noticing, thresholds
from sensors.diary import Day, slot_of
from sensors.finding import Finding
from sensors.place import Place
from sensors.player import Replay
from sensors.reading import Reading
from sensors.state import HomeWatch, Known, Life
from sensors.tables import ReadingRow, WatchRow
from sensors.vitals import Vital
from sensors.watch import offset_of

#: how far back; raw readings are kept a little longer.
BACK = timedelta(days=30)
#: a person waits for the answer: so many readings and homes are played at most.
READINGS, HOMES = 100_000, 60
_OPENS = frozenset({"check", Level.WATCH.value, Level.URGENT.value, Level.EMERGENCY.value})


@dataclass(frozen=True)
class Preview:
    """before, after: (sign, level) → how many, and the same by home. homes: how many were played, of `of` in scope.

    waits: level → the median hours until somebody at home, from whom nothing more is seen, is asked or looked for.
    """

    since: datetime
    homes: int
    of: int
    readings: int
    before: Mapping[tuple[str, str], int]
    after: Mapping[tuple[str, str], int]
    by_home: Sequence[tuple[str, int, int]]
    waits: Mapping[str, tuple[float, float]]


def preview(tx: Session, scope: str, limits: Mapping[str, float], now: datetime, zone: ZoneInfo) -> Preview:
    """Count what would have asked or called somebody, with the thresholds of now and with `limits` in `scope`."""
    since = now - BACK
    inside = adjusting.homes_in(tx, scope)
    played = _sample(tx, inside, since)
    kept = adjusting.kept(tx)
    others = {**kept, scope: limits}
    seeds = {home: _seed(tx, home) for home, _ in played}
    before, after = (
        _Run({home: (seeds[home], thresholds.merged(each, home, district)) for home, district in played})
        for each in (kept, others)
    )
    readings = _play(tx, [home for home, _ in played], since, now, zone, (before, after))
    by_home = [(home, before.homes[home], after.homes[home]) for home, _ in played]
    by_home.sort(key=lambda row: (-abs(row[2] - row[1]), -row[1], row[0]))
    waits = noticing.middles(before.waits, after.waits)
    return Preview(since, len(played), len(inside), readings, before.kinds, after.kinds, by_home, waits)


class _Run:
    """One side: the homes with these thresholds, and what they found."""

    def __init__(self, homes: Mapping[str, tuple[HomeWatch, Mapping[str, float]]]) -> None:
        self._begin = dict(homes)
        self._fleet = Replay()
        self.kinds: Counter[tuple[str, str]] = Counter()
        self.homes: Counter[str] = Counter()
        self.waits: list[noticing.Hours] = []

    def feed(self, reading: Reading) -> None:
        """One reading, in time order."""
        seeded = self._begin.pop(reading.home, None)
        if seeded is not None:
            self._fleet.begin(_from(*seeded, reading))
        self._count(self._fleet.feed(reading))

    def until(self, now: datetime) -> None:
        """Judge what is due up to now."""
        self._count(self._fleet.until(now.timestamp()))

    def imagine(self, home: str, at: datetime) -> None:
        """As if nothing more were seen of this home from now on: how long until somebody notices."""
        self.until(at)
        self.waits.append(noticing.hours_until(self._fleet.home(home), at))

    def _count(self, findings: Sequence[Finding]) -> None:
        for finding in findings:
            if finding.level in _OPENS and finding.home is not None:
                self.kinds[finding.sign, finding.level or ""] += 1
                self.homes[finding.home] += 1


def _play(
    tx: Session, homes: Sequence[str], since: datetime, now: datetime, zone: ZoneInfo, sides: Sequence[_Run]
) -> int:
    columns = (ReadingRow.home, ReadingRow.device, ReadingRow.kind, ReadingRow.at, ReadingRow.value)
    statement = select(*columns).where(col(ReadingRow.home).in_(homes), ReadingRow.at >= since)  # type: ignore[call-overload]
    number, waiting = 0, noticing.moments(homes, since.astimezone(zone), now.astimezone(zone))[::-1]
    for home, device, kind, at, value in tx.exec(statement.order_by(col(ReadingRow.at), col(ReadingRow.seq))):
        reading = Reading(home, device, kind, at.astimezone(zone), value)
        while waiting and waiting[-1][0] < reading.at:
            moment, whose = waiting.pop()
            for side in sides:
                side.imagine(whose, moment)
        for side in sides:
            side.feed(reading)
        number += 1
    for side in sides:
        side.until(now.astimezone(zone))
    return number


def _sample(tx: Session, inside: Sequence[tuple[str, str]], since: datetime) -> list[tuple[str, str]]:
    """Some homes of many, the same ones each time, until there are readings enough."""
    mixed = sorted(inside, key=lambda pair: hashlib.blake2b(pair[0].encode(), digest_size=8).digest())[:HOMES]
    counted = select(ReadingRow.home, func.count()).where(
        col(ReadingRow.home).in_([home for home, _ in mixed]), ReadingRow.at >= since
    )
    numbers: dict[str, int] = dict(tx.exec(counted.group_by(ReadingRow.home)).all())
    taken: list[tuple[str, str]] = []
    readings = 0
    for home, district in mixed:
        if not numbers.get(home) or (taken and readings + numbers[home] > READINGS):
            continue
        taken.append((home, district))
        readings += numbers[home]
    return taken


def _seed(tx: Session, home: str) -> HomeWatch:
    """What is known of the home today, without what happens there at the moment."""
    row = tx.get(WatchRow, home)
    state = HomeWatch(home) if row is None or row.state is None else HomeWatch.from_json(row.state)
    own = {key: Vital(mean=one.mean, spread=one.spread, count=one.count) for key, one in state.known.vitals.items()}
    rooms = {device.device: device.room for device in residents.devices(tx, home)}
    habits = state.habits._replace(day=Day(), asked=0.0)
    return HomeWatch(home, rhythm=state.rhythm, habits=habits, known=Known(rooms=rooms, vitals=own))


def _from(state: HomeWatch, limits: Mapping[str, float], first: Reading) -> HomeWatch:
    """The home as if somebody had just been seen in it, so that what it has learnt is not taken for new."""
    at, moment = first.at.timestamp(), first.at
    life = Life(at, Place.OTHER, 0.0, slot_of(moment), 1, (0, 0, 0), offset_of(moment))
    known = state.known._replace(limits=dict(limits))
    return state._replace(life=life if state.rhythm.since else None, known=known)
