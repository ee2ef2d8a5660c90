"""Working hours: when what can wait is brought to somebody. Pure, in local time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

#: the night in which nobody is woken by what can wait: a resident's own unless they chose other hours.
NIGHT_FROM, NIGHT_TO = time(21), time(8)


def by_day(now: datetime, timezone: str) -> datetime:
    """`now`, or the end of the night it lies in."""
    local = now.astimezone(ZoneInfo(timezone))
    if NIGHT_TO <= local.time() < NIGHT_FROM:
        return now
    day = local.date() + timedelta(days=local.time() >= NIGHT_FROM)
    return datetime.combine(day, NIGHT_TO, ZoneInfo(timezone))


@dataclass(frozen=True)
class Hours:
    """Local working hours. days: 0 = Monday; holidays: no working days although the weekday is one."""

    timezone: str = "Asia/Seoul"
    start: time = time(9)
    end: time = time(18)
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: frozenset[date] = field(default_factory=frozenset)

    def works_on(self, day: date) -> bool:
        """Whether people work on this local day."""
        return day.weekday() in self.days and day not in self.holidays

    def next_open(self, now: datetime) -> datetime:
        """`now` within working hours, else the next start of them."""
        local = self._local(now)
        if self.works_on(local.date()) and local.time() < self.end:
            return max(now, self._start_of(local.date()))
        return self.next_morning(now)

    def next_morning(self, now: datetime) -> datetime:
        """The start of the first working day after today."""
        return self._start_of(self._working_day_after(self._local(now).date(), 1))

    def end_of(self, at: datetime) -> datetime:
        """When work ends on the local day of a time."""
        return datetime.combine(self._local(at).date(), self.end, ZoneInfo(self.timezone))

    def turn(self, at: datetime, length: timedelta) -> tuple[datetime, datetime]:
        """The stretch of the working day that a time lies in, counted from the start of work in steps of `length`."""
        first = self._start_of(self._local(at).date())
        begun = first + (at - first) // length * length
        return begun, begun + length

    def working_days_later(self, now: datetime, days: int) -> datetime:
        """The same local time `days` working days on."""
        local = self._local(now)
        later = self._working_day_after(local.date(), days)
        return datetime.combine(later, local.time(), ZoneInfo(self.timezone)).astimezone(now.tzinfo)

    def as_json(self) -> dict[str, Any]:
        """For freezing into an escalation; `hours_from` reads it back."""
        return {
            "timezone": self.timezone,
            "start": self.start.strftime("%H:%M"),
            "end": self.end.strftime("%H:%M"),
            "days": list(self.days),
            "holidays": sorted(day.isoformat() for day in self.holidays),
        }

    def _local(self, now: datetime) -> datetime:
        return now.astimezone(ZoneInfo(self.timezone))

    def _start_of(self, day: date) -> datetime:
        return datetime.combine(day, self.start, ZoneInfo(self.timezone))

    def _working_day_after(self, day: date, count: int) -> date:
        for _ in range(366):  # a calendar without any working day would never end otherwise: nothing waits longer
            day += timedelta(days=1)
            count -= self.works_on(day)
            if count <= 0:
                break
        return day


def hours_from(data: Mapping[str, Any]) -> Hours:
    """Hours from JSON or YAML. Raises ValueError or KeyError on what cannot be read."""
    return Hours(
        timezone=str(ZoneInfo(data["timezone"]).key),
        start=time.fromisoformat(data["start"]),
        end=time.fromisoformat(data["end"]),
        days=tuple(data["days"]),
        holidays=frozenset(date.fromisoformat(day) for day in data.get("holidays", ())),
    )
