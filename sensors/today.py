"""What a home has shown of today when its resident is asked: the kitchen used, the night rested, an outing. Pure.

It may spare somebody a question. It answers none: what is seen is not what is felt.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sensors.diary import NOON, SLOTS, Day, span
from sensors.place import Place, place_of, runs_by_itself
from sensors.sleep import rest

KITCHEN, NIGHT, OUT = "kitchen", "night", "out"
#: the day of a person begins at this hour; bit of a day from noon to noon.
MORNING_H: Final = 4
_MORNING: Final = (24 - 12 + MORNING_H) * 2
#: something in the kitchen was used so often; a plug that draws as much as cooking takes (W) is enough by itself.
_USES, _COOKS_W = 2, 300.0
_USED: Final = frozenset({"contact", "vibration", "water"})
#: half hours of rest, those up and about taken off, that are a night.
_NIGHT: Final = 10


@dataclass(frozen=True, slots=True)
class Use:
    """What one device showed since this morning. times: how often it said that somebody did something; high: its
    highest value."""

    device: str
    kind: str
    room: str
    times: int
    high: float


def seen_today(day: Day | None, uses: Iterable[Use], now: datetime) -> frozenset[str]:
    """Of "kitchen", "night" and "out" what this home has shown. day: the diary's running one; now: in local time."""
    running = day if day is not None and day.number in (now.toordinal(), now.toordinal() - 1) else None
    found = {KITCHEN} if _cooked(uses) else set()
    if running is not None and _slept(running, now):
        found.add(NIGHT)
    if running is not None and _went_out(running, now):
        found.add(OUT)
    return frozenset(found)


def _cooked(uses: Iterable[Use]) -> bool:
    mine = [use for use in uses if place_of(use.device, use.kind, use.room) == Place.KITCHEN]
    cooked = any(u.kind == "power" and u.high >= _COOKS_W and not runs_by_itself(u.device) for u in mine)
    return cooked or sum(use.times for use in mine if use.kind in _USED) >= _USES


def _slept(day: Day, now: datetime) -> bool:
    """A rest that was long enough and is over: somebody has been seen since. What comes after now is not seen yet."""
    if day.number != now.toordinal() - 1 or now.hour >= 12:
        return False
    so_far = (now.hour * 2 + (now.minute >= 30)) + NOON
    found = rest(day._replace(up=day.up | span(so_far, SLOTS)))
    if found is None or not day.alive & span(found[1], so_far):
        return False
    return found[1] - found[0] - (day.up & span(*found)).bit_count() >= _NIGHT


def _went_out(day: Day, now: datetime) -> bool:
    """Away after an exit door, in the hours of this day that have passed."""
    first = _MORNING if day.number == now.toordinal() - 1 else 0
    return bool(day.away & span(first, SLOTS))
