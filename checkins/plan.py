"""When to ask: a plan and a time zone give slots, exactly one per local day and slot."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHANNELS: Final = ("speaker", "telegram")
_FIELDS: Final = frozenset({"days", "at", "attempts_min", "channels", "script"})
_LAST_ATTEMPT_MIN: Final = 12 * 60


class BadPlan(ValueError):
    """A plan that cannot be kept; `field` names the part at fault."""

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        super().__init__(f"{field}: {why}")


@dataclass(frozen=True)
class Plan:
    """When and how a resident is asked.

    days: weekdays, 0 = Monday. at: local times. attempts_min: minutes of each attempt after the first.
    channels: in order; attempt k goes to channel k, round again. script: which topics (see prompts/…/talk.yaml).
    """

    days: tuple[int, ...] = tuple(range(7))
    at: tuple[time, ...] = (time(9, 30),)
    attempts_min: tuple[int, ...] = (0, 10, 60)
    channels: tuple[str, ...] = CHANNELS
    script: str = "daily"


@dataclass(frozen=True)
class Slot:
    """One check-in to be: `name` ("09:30") on a local day, asked at `at` (UTC)."""

    local_date: date
    name: str
    at: datetime


def parse(raw: Mapping[str, Any], scripts: tuple[str, ...] = ("daily",)) -> Plan:
    """A plan as written in a town file. Missing parts take their default; BadPlan names the part at fault."""
    unknown = sorted(set(raw) - _FIELDS)
    if unknown:
        raise BadPlan(unknown[0], "unknown field")
    script = raw.get("script", "daily")
    if script not in scripts:
        raise BadPlan("script", f"{script!r} is not one of {', '.join(scripts)}")
    return Plan(
        days=_days(raw.get("days", "daily")),
        at=_times(raw.get("at", ["09:30"])),
        attempts_min=_attempts(raw.get("attempts_min", [0, 10, 60])),
        channels=_channels(raw.get("channels", list(CHANNELS))),
        script=script,
    )


def slots(plan: Plan, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:
    """The slots with after < at <= until, in order of time.

    A time that a clock change skips is asked at the same moment it would have been (02:30 becomes 03:30);
    a time that comes twice is asked the first time.
    """
    day, last = after.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()
    while day <= last:
        if day.weekday() in plan.days:
            found = (Slot(day, f"{at:%H:%M}", moment(day, at, zone)) for at in plan.at)
            yield from sorted((s for s in found if after < s.at <= until), key=lambda s: s.at)
        day += timedelta(days=1)


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local wall-clock time (the earlier one where it comes twice)."""
    return datetime.combine(day, at, tzinfo=zone).replace(fold=0).astimezone(UTC)


def quiet_until(now: datetime, quiet_from: str, quiet_to: str, zone: ZoneInfo) -> datetime | None:
    """The end of the quiet hours that `now` lies in, or None outside of them. "21:00" to "08:00" passes midnight."""
    start, end = clock(quiet_from), clock(quiet_to)
    local = now.astimezone(zone)
    at, day = local.time(), local.date()
    if start == end:
        return None
    if start < end:
        return moment(day, end, zone) if start <= at < end else None
    if at >= start:
        return moment(day + timedelta(days=1), end, zone)
    return moment(day, end, zone) if at < end else None


def clock(text: object) -> time:
    """ "09:30" → time. BadPlan for anything else."""
    if not isinstance(text, str) or not re.fullmatch("[0-9]{2}:[0-9]{2}", text):
        raise BadPlan("at", f"{text!r} is not a time such as 09:30")
    try:
        return time(int(text[:2]), int(text[3:]))
    except ValueError as fault:
        raise BadPlan("at", f"{text!r} is not a time such as 09:30") from fault


def _days(raw: object) -> tuple[int, ...]:
    if raw == "daily":
        return tuple(range(7))
    names = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(names, list) or not names:
        raise BadPlan("days", f"{raw!r} is neither daily nor weekdays such as mon,wed")
    days = [name.strip() if isinstance(name, str) else name for name in names]
    for name in days:
        if name not in WEEKDAYS:
            raise BadPlan("days", f"{name!r} is not one of {', '.join(WEEKDAYS)}")
    if len(set(days)) < len(days):
        raise BadPlan("days", "a day stands there twice")
    return tuple(sorted(WEEKDAYS.index(name) for name in days))


def _times(raw: object) -> tuple[time, ...]:
    if not isinstance(raw, list) or not raw:
        raise BadPlan("at", f"{raw!r} is not a list of times")
    times = sorted(clock(text) for text in raw)
    if len(set(times)) < len(times):
        raise BadPlan("at", "a time stands there twice")
    return tuple(times)


def _attempts(raw: object) -> tuple[int, ...]:
    if not isinstance(raw, list) or not raw or raw[0] != 0:
        raise BadPlan("attempts_min", "is not a list of minutes that starts with 0")
    for minute in raw:
        if isinstance(minute, bool) or not isinstance(minute, int) or not 0 <= minute <= _LAST_ATTEMPT_MIN:
            raise BadPlan("attempts_min", f"{minute!r} is not a whole number of minutes from 0 to {_LAST_ATTEMPT_MIN}")
    if any(later <= earlier for earlier, later in pairwise(raw)):
        raise BadPlan("attempts_min", "minutes must rise")
    return tuple(raw)


def _channels(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw or len(set(map(str, raw))) < len(raw):
        raise BadPlan("channels", "is not a list of different channels")
    for name in raw:
        if name not in CHANNELS:
            raise BadPlan("channels", f"{name!r} is not one of {', '.join(CHANNELS)}")
    return tuple(raw)
