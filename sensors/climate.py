"""Rooms that are too cold or too hot for an old person.

Sources: WHO Housing and Health Guidelines (2018), section 4: 18 °C is the lowest safe indoor temperature in cold
seasons; UKHSA Adverse Weather and Health Plan (2023): below 18 °C blood pressure rises, and below 16 °C the older
respiratory-risk threshold (WHO Europe 1987). Heat: UKHSA care-home guidance keeps rooms below 26 °C and WHO/Europe's
heat-health guidance (2011) below 32 °C by day; Korea's heat-wave warning levels are 33 and 35 °C (KMA).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from residents.sign import Level
from sensors.finding import Finding, Reason
from sensors.reading import Reading

RULE = "climate@1"
#: (sign, level, limit °C, hours it must last); the graver one of a sign comes later.
LIMITS: tuple[tuple[str, Level, float, float], ...] = (
    ("cold_room", Level.WATCH, 16.0, 3.0),
    ("cold_room", Level.URGENT, 10.0, 1.0),
    ("hot_room", Level.WATCH, 30.0, 3.0),
    ("hot_room", Level.URGENT, 33.0, 1.0),
)
#: a value outside of this is a broken sensor or one in a fridge or on a stove, °C.
PLAUSIBLE = (-5.0, 50.0)
#: readings further apart than this do not show that it lasted, seconds.
_CONNECTED_S = 3 * 3600
#: a limit counts as left again this far inside it, °C.
_BACK = 1.0


@dataclass(frozen=True, slots=True)
class Air:
    """One thermometer. `since`: for each of LIMITS, epoch s from which it is passed, 0 if not; `told`: those said."""

    at: float = 0.0
    since: tuple[float, ...] = (0.0,) * len(LIMITS)
    told: tuple[int, ...] = ()


def observe(air: Air, reading: Reading, room: str, own: Mapping[str, float]) -> tuple[Air, tuple[Finding, ...]]:
    """Weigh one temperature of one thermometer. own: limits set otherwise, "cold_room.watch" and so on, in °C."""
    now = reading.at.timestamp()
    if not PLAUSIBLE[0] <= reading.value <= PLAUSIBLE[1] or now < air.at:
        return air, ()
    fresh = now - air.at > _CONNECTED_S
    since = tuple(_since(0.0 if fresh else began, i, reading.value, now, own) for i, began in enumerate(air.since))
    told = tuple(i for i in air.told if since[i])
    air = replace(air, at=now, since=since, told=told)
    due = [i for i, began in enumerate(since) if began and i not in told and now - began >= LIMITS[i][3] * 3600]
    if not due:
        return air, ()
    return replace(air, told=(*told, *due)), (_finding(reading, due[-1], since[due[-1]], room, own),)


def _limit(which: int, own: Mapping[str, float]) -> float:
    sign, level, limit, _ = LIMITS[which]
    return own.get(f"{sign}.{level}", limit)


def _since(began: float, which: int, value: float, now: float, own: Mapping[str, float]) -> float:
    sign, limit = LIMITS[which][0], _limit(which, own)
    over = limit - value if sign == "cold_room" else value - limit
    if over > 0 or (sign == "hot_room" and over == 0):
        return began or now
    return began if over > -_BACK else 0.0


def _finding(reading: Reading, which: int, since: float, room: str, own: Mapping[str, float]) -> Finding:
    (sign, level, _, _), limit = LIMITS[which], _limit(which, own)
    hours = (reading.at.timestamp() - since) / 3600
    return Finding(
        at=reading.at,
        home=reading.home,
        sign=sign,
        level=level.value,
        rule=RULE,
        reasons=(Reason(sign, {"hours": round(hours), "degrees": round(reading.value, 1), "limit": round(limit)}),),
        since=datetime.fromtimestamp(since, reading.at.tzinfo),
        device=reading.device,
        evidence={"room": room, "celsius": reading.value, "limit": limit},
    )
