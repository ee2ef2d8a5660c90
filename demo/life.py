"""A made-up day, hour by hour: what the sensors of one home would say. Pure: the same seed lives the same day."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo


class Temper(StrEnum):
    """How somebody of the demo lives and answers."""

    CHEERFUL = "cheerful"  # gets up, goes out, answers gladly
    ACHY = "achy"  # moves little, has complaints and a wish
    CURT = "curt"  # answers with one word
    FORGETFUL = "forgetful"  # misses the first question, answers the second
    CHEST = "chest"  # tells of chest pain at the first talk
    FALLS = "falls"  # moves until shortly after the start, then calls for help
    PRESSES = "presses"  # presses the button in the first hour
    SILENT = "silent"  # neither answers nor moves any more
    VISITOR = "visitor"  # the home the visitor plays: only the sensors live


#: who lives in home 1, 2, …; the last home is always the visitor's.
TEMPERS = (
    Temper.CHEERFUL,
    Temper.ACHY,
    Temper.CHEERFUL,
    Temper.FORGETFUL,
    Temper.CHEST,
    Temper.CURT,
    Temper.CHEERFUL,
    Temper.SILENT,
    Temper.ACHY,
    Temper.PRESSES,
    Temper.FALLS,
)


def temper_of(n: int, homes: int) -> Temper:
    """The temper in home n of so many."""
    return Temper.VISITOR if n == homes else TEMPERS[(n - 1) % len(TEMPERS)]


@dataclass(frozen=True, order=True)
class Event:
    """At this time a device says this (Zigbee2MQTT's fields)."""

    at: datetime
    device: str
    payload: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Stay:
    """A part of the day in one room: from, to (minutes of the day) and minutes between two movements."""

    room: str
    start: int
    end: int
    every: float


def day(temper: Temper, day_of: date, zone: ZoneInfo, seed: str) -> list[Event]:
    """Everything a home's sensors say on a day, in time order."""
    rng = random.Random(f"{seed} {day_of}")
    midnight = datetime.combine(day_of, time(), zone)
    stays = _stays(temper, rng)
    found = [event for stay in stays for event in _moves(midnight, stay, rng)]
    found += _kettle(midnight, stays) + _door(midnight, stays) + list(_climate(midnight, rng))
    return sorted(found)


def _stays(temper: Temper, rng: random.Random) -> list[Stay]:
    up = 390 + rng.randint(-25, 25)
    slow = 2.0 if temper in {Temper.ACHY, Temper.SILENT} else 1.0
    night = [Stay("bathroom", n, n + 4, 2) for n in (135 + rng.randint(-40, 40), 285 + rng.randint(-30, 30))]
    morning = [
        Stay("bedroom", up, up + 15, 4),
        Stay("bathroom", up + 15, up + 30, 5),
        Stay("kitchen", up + 35, up + 85, 6 * slow),
        Stay("lounge", up + 90, 615, 9 * slow),
    ]
    out = temper in {Temper.CHEERFUL, Temper.FORGETFUL, Temper.CURT} and rng.random() < 0.75
    noon = [Stay("away", 625, 700, 0)] if out else [Stay("lounge", 620, 700, 12 * slow)]
    rest = [
        Stay("kitchen", 715, 770, 6 * slow),
        Stay("lounge", 775, 900, 14 * slow),
        Stay("bathroom", 905, 912, 4),
        Stay("lounge", 915, 1065, 12 * slow),
        Stay("kitchen", 1070, 1130, 6 * slow),
        Stay("lounge", 1135, 1275, 11 * slow),
        Stay("bathroom", 1280, 1292, 5),
        Stay("bedroom", 1295, 1320 + rng.randint(0, 20), 8),
    ]
    return night + morning + noon + rest


def _moves(midnight: datetime, stay: Stay, rng: random.Random) -> Iterator[Event]:
    if stay.room == "away":
        return
    minute = stay.start + rng.random() * stay.every
    while minute < stay.end:
        at = midnight + timedelta(minutes=minute)
        yield Event(at, f"{stay.room}_motion", (("occupancy", True),))
        yield Event(at + timedelta(seconds=50), f"{stay.room}_motion", (("occupancy", False),))
        minute += max(1.2, rng.expovariate(1 / stay.every))


def _kettle(midnight: datetime, stays: list[Stay]) -> list[Event]:
    cooking = [stay for stay in stays if stay.room == "kitchen"]
    events = []
    for stay in cooking:
        start = midnight + timedelta(minutes=stay.start + 8)
        events += [Event(start, "kettle", (("power", 1850.0),))]
        events += [Event(start + timedelta(minutes=4), "kettle", (("power", 0.0),))]
    return events


def _door(midnight: datetime, stays: list[Stay]) -> list[Event]:
    moments = [minute for stay in stays if stay.room == "away" for minute in (stay.start, stay.end)]
    events = []
    for minute in moments:
        at = midnight + timedelta(minutes=minute)
        events += [Event(at, "front_door", (("contact", False),))]
        events += [Event(at + timedelta(seconds=20), "front_door", (("contact", True),))]
    return events


def _climate(midnight: datetime, rng: random.Random) -> Iterator[Event]:
    for minute in range(0, 1440, 30):
        warm = 21.5 + 1.5 * (420 < minute < 1320) + rng.uniform(-0.4, 0.4)
        values = (("temperature", round(warm, 1)), ("humidity", rng.randint(38, 46)))
        yield Event(midnight + timedelta(minutes=minute), "lounge_climate", values)
