"""An exit door at night and nobody seen since: asked by voice first, then a person must look.

Only at hours at which this person is asleep as a rule, and not where going out then is the person's own habit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from sensors.finding import Finding, Reason
from sensors.silence import LEVELS

RULE = "night_door@1"
SIGN = "night_door"
#: nobody seen for so long after the door, by level, seconds: who is out at night is mostly back within four hours.
AFTER_S = (1800.0, 14_400.0)
#: the night, half hours of the day: 23:00-05:00; life is likely at less than this chance, else the person is up then.
FIRST, LAST, ASLEEP = 46, 10, 0.5
#: going out at about this hour in more than so many nights of the last weeks is a habit.
HABIT = 3.5
#: an outing is one from here on, seconds.
_OUT_S = 1200.0
_SLOTS, _NIGHT = 48, (LAST - FIRST) % 48
_FADE = 0.97


@dataclass(frozen=True, slots=True)
class Outings:
    """nights: fading number of nights with an outing begun in each half hour of the night; at: last faded, epoch s.

    told, began: the levels told about which outing.
    """

    nights: tuple[float, ...] = (0.0,) * _NIGHT
    at: float = 0.0
    told: int = 0
    began: float = 0.0


def came_back(outings: Outings, began: float, ended: float, offset: int) -> Outings:
    """After life was seen again behind an exit door; teaches what this person's nights are like."""
    if ended - began < _OUT_S or (where := _where(began, offset)) is None:
        return outings
    nights = list(_faded(outings, ended))
    nights[where] += 1
    return replace(outings, nights=tuple(round(one, 4) for one in nights), at=ended)


def due_at(outings: Outings, began: float, offset: int, own: Mapping[str, float]) -> float | None:
    """When to look whether somebody came back, epoch s; None: not at night, or everything is said.

    own: thresholds set otherwise, "night_door.check" and "night_door.urgent" in minutes.
    """
    told = outings.told if outings.began == began else 0
    if told == len(LEVELS) or _where(began, offset) is None:
        return None
    return float(ceil(began + 60 * own.get(f"{SIGN}.{LEVELS[told]}", AFTER_S[told] / 60)))


def judge(
    outings: Outings,
    chances: Sequence[float],
    home: str,
    began: float,
    offset: int,
    now: datetime,
    own: Mapping[str, float],
) -> tuple[Outings, tuple[Finding, ...]]:
    """The next level, if it is reached by now (local time). chances: of life, by half hour of the day."""
    due = due_at(outings, began, offset, own)
    if due is None or due > now.timestamp():
        return outings, ()
    told = outings.told if outings.began == began else 0
    outings = replace(outings, told=told + 1, began=began)
    if chances[_slot(began, offset)] >= ASLEEP or is_habit(outings, began, offset):
        return replace(outings, told=len(LEVELS)), ()
    return outings, (_finding(home, LEVELS[told], began, now),)


def is_habit(outings: Outings, began: float, offset: int) -> bool:
    """Whether this person is used to going out at about this hour of the night."""
    where = _where(began, offset)
    if where is None:
        return False
    return sum(_faded(outings, began)[max(0, where - 2) : where + 3]) > HABIT


def _finding(home: str, level: str, began: float, now: datetime) -> Finding:
    since = datetime.fromtimestamp(began, now.tzinfo)
    minutes = round((now.timestamp() - began) / 60)
    return Finding(
        at=now,
        home=home,
        sign=SIGN,
        level=level,
        rule=RULE,
        reasons=(
            Reason("night_door", {"at": f"{since:%H:%M}", "minutes": minutes}),
            Reason("night_door_unusual"),
        ),
        since=since,
        evidence={"minutes": minutes},
    )


def _faded(outings: Outings, now: float) -> tuple[float, ...]:
    if not outings.at:
        return outings.nights
    share = _FADE ** max(0.0, (now - outings.at) / 86_400)
    return tuple(one * share for one in outings.nights)


def _slot(began: float, offset: int) -> int:
    return int(began + offset) // 1800 % _SLOTS


def _where(began: float, offset: int) -> int | None:
    since = (_slot(began, offset) - FIRST) % _SLOTS
    return since if since < _NIGHT else None
