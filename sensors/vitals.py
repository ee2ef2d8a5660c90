"""Blood pressure, pulse, oxygen, sugar, temperature and weight against published limits and the person's own range.

No person is called because of one value: the resident is first asked to measure again (`check`). A second value beyond
the limit, or nobody measuring again in time after an urgent one, calls a person. Limits and sources: `limits.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import sqrt

from residents.sign import Level, Part
from sensors.finding import CHECK, Finding, Reason
from sensors.limits import GAINED_DAYS, GAINED_KG, LIMITS, LOST_DAYS, LOST_SHARE, limits_of
from sensors.reading import Reading

RULE = "vitals@1"
SIGN = "vital"
#: a repeated value counts within this time of the first, seconds; closer together it is the same measurement.
AGAIN_WITHIN_S, SAME_S = 24 * 3600.0, 45.0
#: after an urgent value, how long the resident has to measure again before a person is called anyway, seconds.
WAIT_S = 30 * 60.0
#: one person is not called about the same kind and level more often than this, seconds.
QUIET_S = 12 * 3600.0
#: measurements before there is a range of one's own, and how many standard deviations it is wide.
OWN_AFTER, OWN_WIDTH = 10, 3.0
_FADE = 0.1
_WEIGHTS = 40
_GRAVE = {"": 0, Level.WATCH.value: 1, Level.URGENT.value: 2}


@dataclass(frozen=True, slots=True)
class Vital:
    """One kind of value of one device. mean, spread, count: the person's own range; at: latest value, epoch s.

    open_level, open_at: a value beyond a limit waits for a second one; told_level, told_at: what a person was told.
    past: for weight, (day number, kg) pairs in turn, one a day.
    """

    mean: float = 0.0
    spread: float = 0.0
    count: int = 0
    at: float = 0.0
    last: float = 0.0
    open_level: str = ""
    open_at: float = 0.0
    open_side: int = 0
    told_level: str = ""
    told_at: float = 0.0
    past: tuple[float, ...] = ()


def observe(vital: Vital, reading: Reading, own: Mapping[str, float]) -> tuple[Vital, tuple[Finding, ...]]:
    """Weigh one value. An implausible one changes nothing; the ingest has kept it for a technician.

    own: limits set otherwise, by the names of `limits.limits_of`.
    """
    limits, now = LIMITS[reading.kind], reading.at.timestamp()
    if not limits.plausible[0] <= reading.value <= limits.plausible[1] or now < vital.at:
        return vital, ()
    if reading.kind == "weight":
        return _weigh(vital, reading)
    level, side, personal = _beyond(vital, reading, own)
    is_first_odd = personal and not vital.open_level  # one odd value is not the person's range yet
    vital = replace(vital if is_first_odd else _learnt(vital, reading.value), at=now, last=reading.value)
    if not level:
        return replace(vital, open_level=""), (_scored(reading, 1.0),)
    if vital.open_level and side == vital.open_side and SAME_S <= now - vital.open_at <= AGAIN_WITHIN_S:
        lesser = min(level, vital.open_level, key=_GRAVE.__getitem__)
        return _tell(vital, reading, lesser, "again", personal=personal)
    if vital.open_level and now - vital.open_at < SAME_S:
        return vital, ()
    vital = replace(vital, open_level=level, open_at=now, open_side=side)
    return vital, (_finding(reading, CHECK, "once", 0.3, personal=personal),)


def due_at(vital: Vital) -> float | None:
    """When an urgent value that nobody repeated must be judged, epoch s."""
    return vital.open_at + WAIT_S if vital.open_level == Level.URGENT else None


def due(vital: Vital, home: str, key: str, now: datetime) -> tuple[Vital, tuple[Finding, ...]]:
    """Nobody measured again after an urgent value: call a person. `key`: "<device>/<kind>"."""
    waits = due_at(vital)
    if waits is None or waits > now.timestamp():
        return vital, ()
    device, _, kind = key.rpartition("/")
    at = datetime.fromtimestamp(vital.open_at, now.tzinfo)
    reading = Reading(home, device, kind, at, vital.last)
    vital, findings = _tell(vital, reading, Level.URGENT.value, "not_again", personal=False)
    return replace(vital, open_level=""), tuple(replace(finding, at=now) for finding in findings)


def _beyond(vital: Vital, reading: Reading, own: Mapping[str, float]) -> tuple[str, int, bool]:
    limits, value = limits_of(reading.kind, own), reading.value
    for level, (low, high) in ((Level.URGENT, limits.urgent), (Level.WATCH, limits.watch)):
        if low is not None and value < low:
            return level.value, -1, False
        if high is not None and value > high:
            return level.value, 1, False
    if vital.count >= OWN_AFTER:
        apart = value - vital.mean
        if abs(apart) > max(limits.least, OWN_WIDTH * sqrt(vital.spread)):
            return Level.WATCH.value, (1 if apart > 0 else -1), True
    return "", 0, False


def _learnt(vital: Vital, value: float) -> Vital:
    if not vital.count:
        return replace(vital, mean=value, count=1)
    weight = max(_FADE, 1 / (vital.count + 1))
    apart = value - vital.mean
    spread = (1 - weight) * (vital.spread + weight * apart * apart)
    return replace(vital, mean=vital.mean + weight * apart, spread=spread, count=vital.count + 1)


def _tell(vital: Vital, reading: Reading, level: str, why: str, *, personal: bool) -> tuple[Vital, tuple[Finding, ...]]:
    now = reading.at.timestamp()
    vital = replace(vital, open_at=now)
    if _GRAVE[vital.told_level] >= _GRAVE[level] and now - vital.told_at < QUIET_S:
        return vital, ()
    told = replace(vital, told_level=level, told_at=now)
    return told, (_finding(reading, level, why, 0.0 if level == Level.URGENT else 0.2, personal=personal),)


def _weigh(vital: Vital, reading: Reading) -> tuple[Vital, tuple[Finding, ...]]:
    now = reading.at.timestamp()
    day = now // 86_400
    days, values = list(vital.past[::2]), list(vital.past[1::2])
    if days and days[-1] == day:
        days, values = days[:-1], values[:-1]
    recent = [v for d, v in zip(days, values, strict=True) if day - d <= GAINED_DAYS]
    month = [v for d, v in zip(days, values, strict=True) if day - d <= LOST_DAYS]
    days, values = [*days, day][-_WEIGHTS:], [*values, reading.value][-_WEIGHTS:]
    past = tuple(one for pair in zip(days, values, strict=True) for one in pair)
    vital = replace(_learnt(vital, reading.value), at=now, last=reading.value, past=past)
    gained = bool(recent) and reading.value - min(recent) > GAINED_KG
    lost = len(month) >= 3 and reading.value < (1 - LOST_SHARE) * max(month)
    if not gained and not lost:
        return replace(vital, open_level=""), ()
    side = 1 if gained else -1
    if vital.open_level and vital.open_side == side and now - vital.open_at >= SAME_S:
        return _tell(vital, reading, Level.WATCH.value, "gained" if gained else "lost", personal=True)
    vital = replace(vital, open_level=Level.WATCH.value, open_at=now, open_side=side)
    return vital, (_finding(reading, CHECK, "once", 0.3, personal=True),)


def _scored(reading: Reading, value: float) -> Finding:
    return _finding(reading, None, "normal", value, personal=False)


def _finding(reading: Reading, level: str | None, why: str, value: float, *, personal: bool) -> Finding:
    shown = round(reading.value, 1) if reading.kind in ("body_temperature", "weight") else round(reading.value)
    own = (Reason("vital_own"),) if personal and why in ("once", "again") else ()
    return Finding(
        at=reading.at,
        home=reading.home,
        sign=SIGN,
        level=level,
        rule=RULE,
        reasons=(Reason(f"vital_{reading.kind}", {"value": shown}), Reason(f"vital_{why}"), *own),
        since=reading.at,
        device=reading.device,
        part=Part.VITALS,
        value=value,
        evidence={"kind": reading.kind, "value": reading.value, "own_range": personal},
    )
