"""A made-up home: a person who lives by the clock, and a stage that plays readings through the rules."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone

from sensors.finding import Finding
from sensors.player import Replay
from sensors.reading import Reading

SEOUL = timezone(timedelta(hours=9))
FIRST = datetime(2026, 1, 5, tzinfo=SEOUL)


def at(day: int, clock: str) -> datetime:
    """That time of the day, days after the first."""
    hour, minute = clock.split(":")
    return FIRST + timedelta(days=day, hours=int(hour), minutes=int(minute))


def reading(home: str, device: str, kind: str, when: datetime, value: float = 1.0) -> Reading:
    """One reading."""
    return Reading(home, device, kind, when, value)


def ordinary_day(home: str, day: int, *, from_: str = "00:00", to: str = "24:00") -> Iterator[Reading]:
    """Up at seven, meals, an hour out at two, bed at ten, the bathroom once at night; each home a little later."""
    begin, end = at(day, from_), at(day, to)
    shift = timedelta(minutes=int(home.rpartition("-")[2]) * 13 % 50)
    for usual, device in _moments(day):
        when = usual + shift
        kind = "contact" if device == "front_door" else "motion"
        if begin <= when < end:
            yield reading(home, device, kind, when)


def _moments(day: int) -> Iterator[tuple[datetime, str]]:
    wobble = timedelta(minutes=day * 7 % 11)
    yield at(day, "03:00") + wobble, "bedroom"
    yield at(day, "03:03") + wobble, "bathroom"
    yield at(day, "03:06") + wobble, "bedroom"
    rooms = ("bedroom", "bathroom", "kitchen", "living_room", "living_room")
    for minute in range(7 * 60, 22 * 60, 9):
        if not 14 * 60 <= minute < 15 * 60:
            yield FIRST + timedelta(days=day, minutes=minute) + wobble, rooms[minute // 9 % 5]
        if minute + 9 >= 14 * 60 > minute:
            yield at(day, "14:12"), "front_door"
        if minute + 9 >= 15 * 60 > minute:
            yield at(day, "14:58"), "front_door"


def weeks(home: str, days: int = 21) -> list[Reading]:
    """So many ordinary days."""
    return [one for day in range(days) for one in ordinary_day(home, day)]


def play(readings: Iterable[Reading], until: datetime) -> list[Finding]:
    """What the rules say, up to that moment."""
    fleet, findings = Replay(), list[Finding]()
    for one in sorted(readings, key=lambda each: each.at):
        findings += fleet.feed(one)
    return findings + fleet.until(until.timestamp())


def silences(findings: Iterable[Finding], home: str | None = None) -> list[tuple[str | None, str]]:
    """(level, when) of the silences told."""
    return [
        (one.level, f"{one.at:%m-%d %H:%M}")
        for one in findings
        if one.sign == "silence" and (home is None or one.home == home)
    ]
