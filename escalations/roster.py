"""The roster: who is on duty when, on ordinary days, on holidays and while somebody stands in. Pure, in local time."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: stands beside the weekdays in a shift's days: a roster that names it has its own shifts on public holidays.
HOLIDAY = "holiday"
_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")
_DAY_MIN = 24 * 60
_WEEK_MIN = 7 * _DAY_MIN
_DAY = timedelta(days=1)
#: whose duty does not end within this time is always on duty.
_LOOK_AHEAD_DAYS = 8

#: a span of local time, end exclusive.
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Shift:
    """One coordinator's repeating duty, as in the town file.

    days: "daily", or a comma list of "mon"…"sun" and "holiday". start, end: local "HH:MM", end up to "24:00"; an end
    before the start runs into the next morning. rank: 1 is asked first.
    """

    coordinator: str
    days: str = "daily"
    start: str = "00:00"
    end: str = "24:00"
    rank: int = 1

    @property
    def named(self) -> frozenset[str]:
        """The days it names."""
        return frozenset(DAYS) | {HOLIDAY} if self.days == "daily" else frozenset(_listed(self.days))


@dataclass(frozen=True)
class Cover:
    """Somebody is away from `start` to `end` (aware); `substitute` holds their shifts, at their rank. None: nobody."""

    coordinator: str
    substitute: str | None
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Roster:
    """All that decides who is on duty. holidays: local days on which the holiday's shifts hold, if there are any."""

    shifts: tuple[Shift, ...]
    timezone: str = "Asia/Seoul"
    covers: tuple[Cover, ...] = ()
    holidays: frozenset[date] = frozenset()

    def on_duty(self, now: datetime) -> list[Shift]:
        """Shifts that hold now, by rank, each with whoever holds it."""
        held = [(shift, self._holder(shift.coordinator, now)) for shift in self.holding(wall(now, self.timezone))]
        found = [Shift(who, shift.days, shift.start, shift.end, shift.rank) for shift, who in held if who]
        return sorted(found, key=lambda shift: shift.rank)

    def holding(self, local: datetime) -> list[Shift]:
        """Shifts that hold at this time on the wall's clock (naive), whoever holds them, by rank."""
        found = [shift for shift in self.shifts if any(a <= local < b for a, b in self._around(shift, local.date()))]
        return sorted(found, key=lambda shift: shift.rank)

    def duty_end(self, coordinator: str, now: datetime) -> datetime | None:
        """When the duty that somebody has now ends. None: not on duty, or always."""
        local = wall(now, self.timezone)
        if not any(shift.coordinator == coordinator for shift in self.on_duty(now)):
            return None
        spans = self._spans(local.date() - _DAY, _LOOK_AHEAD_DAYS + 1, coordinator)
        ends = [end for start, end in merged(spans) if start <= local < end]
        if not ends or ends[0] >= local + timedelta(days=_LOOK_AHEAD_DAYS - 2):
            return None
        return ends[0].replace(tzinfo=ZoneInfo(self.timezone)).astimezone(now.tzinfo)

    def gaps(self, first: date, days: int) -> list[Span]:
        """Spans of local time of these days in which nobody is on duty."""
        reached = datetime.combine(first, time())
        last = reached + days * _DAY
        found = []
        for start, end in merged(self._spans(first - _DAY, days + 1)):
            if start > reached:
                found.append((reached, min(start, last)))
            reached = max(reached, end)
        return [span for span in [*found, (reached, last)] if span[0] < span[1]]

    def _spans(self, first: date, days: int, coordinator: str | None = None) -> list[Span]:
        """The spans in which anybody (or this one) is on duty, over so many days."""
        found: list[Span] = []
        for day in (first + n * _DAY for n in range(days)):
            for shift in self.shifts:
                if self._begins_on(shift, day):
                    found += self._held(shift.coordinator, _on(shift, day), coordinator)
        return found

    def _held(
        self, holder: str, span: Span, coordinator: str | None, before: frozenset[str] = frozenset()
    ) -> list[Span]:
        """The parts of a holder's duty that are held by anybody (or by this one); whoever stands in may be away too."""
        if holder in before:
            return []
        covers = [c for c in self.covers if c.coordinator == holder]
        away = [(wall(c.start, self.timezone), wall(c.end, self.timezone), c.substitute) for c in covers]
        own = _without(span, [(start, end) for start, end, _ in away])
        parts = own if coordinator in (None, holder) else []
        for start, end, substitute in away:
            both = (max(start, span[0]), min(end, span[1]))
            if substitute and both[0] < both[1]:
                parts += self._held(substitute, both, coordinator, before | {holder})
        return parts

    def _around(self, shift: Shift, day: date) -> list[Span]:
        return [_on(shift, each) for each in (day - _DAY, day) if self._begins_on(shift, each)]

    def _begins_on(self, shift: Shift, day: date) -> bool:
        """A roster without shifts for holidays knows none: the weekday's shifts hold."""
        apart = day in self.holidays and any(HOLIDAY in _listed(each.days) for each in self.shifts)
        return (HOLIDAY if apart else DAYS[day.weekday()]) in shift.named

    def _holder(self, coordinator: str, now: datetime) -> str | None:
        """Whoever holds their shifts now: themselves, or a substitute, or theirs where they are away too."""
        before: set[str] = set()
        holder: str | None = coordinator
        while holder is not None and holder not in before:
            before.add(holder)
            cover = self._away(holder, now)
            if cover is None:
                return holder
            holder = cover.substitute
        return None

    def _away(self, coordinator: str, now: datetime) -> Cover | None:
        """That they are away now; the latest word counts."""
        found = (each for each in reversed(self.covers) if each.coordinator == coordinator)
        return next((each for each in found if each.start <= now < each.end), None)


def faults(shift: Shift) -> list[str]:
    """What is wrong with a shift, as "field: fault" lines; empty when nothing is."""
    found = []
    if shift.days != "daily" and not all(day in (*DAYS, HOLIDAY) for day in _listed(shift.days)):
        found.append(f"days: {shift.days!r} is neither daily nor a comma list of {', '.join((*DAYS, HOLIDAY))}")
    found += [f"{name}: {at!r} is not HH:MM" for name, at in _ends(shift) if not _TIME.match(at)]
    if shift.rank < 1:
        found.append(f"rank: {shift.rank} is below 1")
    return found


def on_duty(shifts: Iterable[Shift], local: datetime) -> list[Shift]:
    """Shifts that hold at this local wall-clock time of an ordinary week, by rank."""
    return Roster(tuple(shifts)).holding(local.replace(tzinfo=None))


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
    length = _length(shift)
    found = []
    for day in (n for n, name in enumerate(DAYS) if name in shift.named):
        first = day * _DAY_MIN + _minutes(shift.start)
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


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same spans, those that touch or overlap as one, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def local_time(now: datetime, timezone: str) -> datetime:
    """`now` on the wall clock of a zone."""
    return now.astimezone(ZoneInfo(timezone))


def wall(now: datetime, timezone: str) -> datetime:
    """The same without its zone: what a clock on the wall shows, which is what a roster speaks of."""
    return local_time(now, timezone).replace(tzinfo=None)


def _on(shift: Shift, day: date) -> Span:
    start = datetime.combine(day, time()) + timedelta(minutes=_minutes(shift.start))
    return start, start + timedelta(minutes=_length(shift))


def _without(span: Span, holes: Iterable[Span]) -> list[Span]:
    left = [span]
    for start, end in holes:
        left = [piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b)) if piece[0] < piece[1]]
    return left


def _listed(days: str) -> list[str]:
    return [day.strip() for day in days.split(",")]


def _ends(shift: Shift) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("from", shift.start), ("to", shift.end)


def _length(shift: Shift) -> int:
    start, end = _minutes(shift.start), _minutes(shift.end)
    return end - start if end > start else end - start + _DAY_MIN


def _minutes(at: str) -> int:
    hours, minutes = at.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
