"""The roster: who is on duty at a local time, by rank and district. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")
_DAY_MIN = 24 * 60
_WEEK_MIN = 7 * _DAY_MIN


@dataclass(frozen=True)
class Shift:
    """One coordinator's repeating duty, as in the town file.

    days: "daily", or a comma list of "mon"…"sun". start, end: local "HH:MM", end up to "24:00"; an end before the
    start runs into the next morning. rank: 1 is asked first.
    """

    coordinator: str
    days: str = "daily"
    start: str = "00:00"
    end: str = "24:00"
    rank: int = 1


def faults(shift: Shift) -> list[str]:
    """What is wrong with a shift, as "field: fault" lines; empty when nothing is."""
    named = [day.strip() for day in shift.days.split(",")]
    found = []
    if shift.days != "daily" and not all(day in DAYS for day in named):
        found.append(f"days: {shift.days!r} is neither daily nor a comma list of {', '.join(DAYS)}")
    found += [f"{name}: {time!r} is not HH:MM" for name, time in _ends(shift) if not _TIME.match(time)]
    if shift.rank < 1:
        found.append(f"rank: {shift.rank} is below 1")
    return found


def on_duty(shifts: Iterable[Shift], local: datetime) -> list[Shift]:
    """Shifts that hold at this local wall-clock time, by rank."""
    minute = local.weekday() * _DAY_MIN + local.hour * 60 + local.minute
    return sorted((s for s in shifts if minute in _Week(s)), key=lambda shift: shift.rank)


def ranks(shifts: Iterable[Shift]) -> list[int]:
    """Every rank the roster knows, ascending."""
    return sorted({shift.rank for shift in shifts})


def holes(shifts: Sequence[Shift]) -> list[tuple[int, int]]:
    """Spans of the week (minutes since Monday 00:00, end exclusive) in which nobody is on duty."""
    covered = sorted(span for shift in shifts for span in spans(shift))
    found, reached = [], 0
    for start, end in covered:
        if start > reached:
            found.append((reached, start))
        reached = max(reached, end)
    return [*found, (reached, _WEEK_MIN)] if reached < _WEEK_MIN else found


def spans(shift: Shift) -> list[tuple[int, int]]:
    """The shift's spans within one week, in minutes since Monday 00:00; one over Sunday midnight is cut in two."""
    start, end = _minutes(shift.start), _minutes(shift.end)
    length = end - start if end > start else end - start + _DAY_MIN
    found = []
    for day in _days(shift.days):
        first = day * _DAY_MIN + start
        last = first + length
        found.append((first, min(last, _WEEK_MIN)))
        if last > _WEEK_MIN:
            found.append((0, last - _WEEK_MIN))
    return found


def shown(span: tuple[int, int]) -> str:
    """A span in words: "mon 18:00-24:00", "fri 18:00-mon 09:00"."""
    (start_day, start), (end_day, end) = divmod(span[0], _DAY_MIN), divmod(span[1] - 1, _DAY_MIN)
    tail = "" if start_day == end_day else f"{DAYS[end_day]} "
    return f"{DAYS[start_day]} {_clock(start)}-{tail}{_clock(end + 1)}"


class _Week:
    """`minute in _Week(shift)`."""

    def __init__(self, shift: Shift) -> None:
        self._spans = spans(shift)

    def __contains__(self, minute: object) -> bool:
        return isinstance(minute, int) and any(start <= minute < end for start, end in self._spans)


def _days(days: str) -> list[int]:
    return list(range(7)) if days == "daily" else [DAYS.index(day.strip()) for day in days.split(",")]


def _ends(shift: Shift) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("from", shift.start), ("to", shift.end)


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def local_time(now: datetime, timezone: str) -> datetime:
    """`now` on the wall clock of a zone."""
    return now.astimezone(ZoneInfo(timezone))
