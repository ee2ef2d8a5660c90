"""The thresholds a city may set otherwise: for everybody, for a district, for one home. The rules' own are the default.

The names are those under which the rules look into `Known.limits`. Sources of the defaults stand with each rule.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from sensors import climate, night_door, patience, stays
from sensors.limits import LIMITS, SIDES
from sensors.silence import CEILING_H, LEVELS

CITY = "city"


@dataclass(frozen=True)
class Threshold:
    """group: what it is about; unit: °C, min, h, ×, monthly or a vital's; `lowest` to `highest`: what a person may
    mean by it."""

    name: str
    group: str
    unit: str
    default: float
    lowest: float
    highest: float
    step: float = 1.0


_UNITS = {"systolic": "mmHg", "diastolic": "mmHg", "heart_rate": "bpm", "spo2": "%", "glucose": "mg/dL"}
_ROOM = {
    "cold_room.watch": (10, 22),
    "cold_room.urgent": (0, 18),
    "hot_room.watch": (24, 36),
    "hot_room.urgent": (27, 42),
}
_OFTEN = {"check": (0.6, 8), "urgent": (0.2, 1)}
_LEAST_H = {"check": 3, "urgent": 6}
#: half or twice a published limit of the body is a slip of the finger.
_SLACK = 0.3


def _all() -> Iterator[Threshold]:
    for level, often in patience.BUDGETS.items():
        yield Threshold(f"silence.{level}", "silence", "monthly", often, *_OFTEN[level], 0.1)
    for level, (ceiling, _) in CEILING_H.items():
        yield Threshold(f"silence.{level}_most", "silence", "h", ceiling, _LEAST_H[level], ceiling)
    for level, after, (low, high) in zip(LEVELS, night_door.AFTER_S, ((10, 180), (30, 720)), strict=True):
        yield Threshold(f"night_door.{level}", "night_door", "min", after / 60, low, high)
    yield Threshold("bathroom_stay.check", "bathroom_stay", "×", stays.TIMES, 1, 4, 0.1)
    yield Threshold("bathroom_stay.urgent", "bathroom_stay", "×", stays.PERSON_TIMES, 1.2, 6, 0.1)
    for sign, grave, degrees, _ in climate.LIMITS:
        yield Threshold(f"{sign}.{grave}", "climate", "°C", degrees, *_ROOM[f"{sign}.{grave}"], 0.5)
    for kind in LIMITS:
        yield from _of_body(kind)


def _of_body(kind: str) -> Iterator[Threshold]:
    limits, (least, most) = LIMITS[kind], LIMITS[kind].plausible
    for level, side, which in SIDES:
        limit = (limits.urgent if level == "urgent" else limits.watch)[which]
        if limit is not None:
            low, high = max(least, limit * (1 - _SLACK)), min(most, limit * (1 + _SLACK))
            yield Threshold(f"{kind}.{level}_{side}", kind, _UNITS.get(kind, "°C"), limit, low, high, 0.5)


ALL: tuple[Threshold, ...] = tuple(_all())
BY_NAME: Mapping[str, Threshold] = {one.name: one for one in ALL}


def _orders() -> Iterator[tuple[str, str]]:
    """(the smaller, the greater): what is graver must not come before what is milder."""
    yield "silence.urgent", "silence.check"
    yield "night_door.check", "night_door.urgent"
    yield "cold_room.urgent", "cold_room.watch"
    yield "hot_room.watch", "hot_room.urgent"
    for kind in LIMITS:
        chain = [f"{kind}.{end}" for end in ("urgent_low", "watch_low", "watch_high", "urgent_high")]
        there = [name for name in chain if name in BY_NAME]
        yield from pairwise(there)


_ORDERS = tuple(_orders())


def faults(limits: Mapping[str, float]) -> list[str]:
    """The names that cannot stand so: unknown, outside what a person may mean, or in the wrong order."""
    wrong = [name for name in limits if name not in BY_NAME or not _is_meant(BY_NAME[name], limits[name])]
    return wrong or [greater for smaller, greater in _ORDERS if not value(limits, smaller) < value(limits, greater)]


def value(limits: Mapping[str, float], name: str) -> float:
    """The threshold as it is set, else the rule's own."""
    return limits.get(name, BY_NAME[name].default)


def merged(kept: Mapping[str, Mapping[str, float]], home: str, district: str) -> dict[str, float]:
    """What holds in a home: the nearer scope's word beats the wider one's. kept: scope → name → value."""
    found: dict[str, float] = {}
    for scope in scopes(home, district):
        found |= kept.get(scope, {})
    return found


def scopes(home: str, district: str) -> tuple[str, str, str]:
    """The scopes of a home, the widest first."""
    return CITY, f"district:{district}", f"home:{home}"


def _is_meant(threshold: Threshold, given: float) -> bool:
    return threshold.lowest <= given <= threshold.highest
