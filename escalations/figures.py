"""A month in figures: how fast somebody had it, how often an alarm was right, who has how much open. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from residents.sign import Level

#: outcomes that say there was something; "safe" is a question rightly asked, "unreachable" says nothing either way.
RIGHT = frozenset({"helped", "119", "hospital", "safe"})
WRONG = frozenset({"false_alarm"})
#: within which time an escalation should be taken (care protocol): seconds; where working days count there is none.
WITHIN_S = {Level.EMERGENCY: 60.0, Level.URGENT: 900.0}


@dataclass(frozen=True)
class Case:
    """One escalation, as it is counted. rules: of the signs it rests on, each once; "talk@1 fall" where one rule makes
    several kinds."""

    level: Level
    opened_at: datetime
    taken_at: datetime | None
    taken_by: str | None
    outcome: str | None
    why: str | None
    resident: str | None
    rules: frozenset[str]


@dataclass(frozen=True)
class Speed:
    """Seconds from the opening to the acknowledgement. within: share taken in the protocol's time, None without one."""

    count: int
    median_s: float
    slowest_s: float
    within: float | None


@dataclass(frozen=True)
class Precision:
    """How often the alarms of one rule or resident were right. share: right / (right + wrong), None for none yet.

    because: why they were wrong, the most frequent first; "" where nobody said.
    """

    of: str
    right: int
    wrong: int
    unknown: int
    share: float | None
    because: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Load:
    """What a coordinator has open now, and how many they took in the month."""

    coordinator: str
    open: int
    taken: int


@dataclass(frozen=True)
class Figures:
    """One local month. waiting: open now and taken by nobody. by_hour: local hour of the opening, emergencies and
    urgent ones only."""

    opened: int
    waiting: int
    speed: dict[str, Speed]
    by_hour: dict[int, Speed]
    rules: tuple[Precision, ...]
    residents: tuple[Precision, ...]
    loads: tuple[Load, ...]


def figures(cases: Sequence[Case], live: Sequence[Case], timezone: str) -> Figures:
    """cases: opened in the month; live: everything that is open or taken now, whenever it was opened."""
    zone = ZoneInfo(timezone)
    hours: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        if case.level in WITHIN_S:
            hours[case.opened_at.astimezone(zone).hour].append(case)
    return Figures(
        opened=len(cases),
        waiting=sum(case.taken_by is None for case in live),
        speed={level.value: found for level in Level if (found := _speed([c for c in cases if c.level is level]))},
        by_hour={hour: found for hour in sorted(hours) if (found := _speed(hours[hour]))},
        rules=_precisions((rule, case) for case in cases for rule in case.rules),
        residents=_precisions((case.resident, case) for case in cases if case.resident),
        loads=_loads(cases, live),
    )


def _speed(cases: Sequence[Case]) -> Speed | None:
    took = [(case.level, (case.taken_at - case.opened_at).total_seconds()) for case in cases if case.taken_at]
    if not took:
        return None
    seconds = [s for _, s in took]
    limited = [s <= WITHIN_S[level] for level, s in took if level in WITHIN_S]
    within = round(sum(limited) / len(limited), 3) if limited else None
    return Speed(len(seconds), round(median(seconds), 1), round(max(seconds), 1), within)


def _precisions(pairs: Iterable[tuple[str, Case]]) -> tuple[Precision, ...]:
    by_name: dict[str, list[Case]] = defaultdict(list)
    for name, case in pairs:
        by_name[name].append(case)
    found = [_precision(name, cases) for name, cases in by_name.items()]
    return tuple(sorted(found, key=lambda p: (-p.wrong, -(p.right + p.unknown), p.of)))


def _precision(name: str, cases: Sequence[Case]) -> Precision:
    right = sum(case.outcome in RIGHT for case in cases)
    wrong = [case for case in cases if case.outcome in WRONG]
    known = right + len(wrong)
    share = round(right / known, 3) if known else None
    because = tuple(Counter(case.why or "" for case in wrong).most_common())
    return Precision(name, right, len(wrong), len(cases) - known, share, because)


def _loads(cases: Sequence[Case], live: Sequence[Case]) -> tuple[Load, ...]:
    open_ = Counter(case.taken_by for case in live if case.taken_by)
    taken = Counter(case.taken_by for case in cases if case.taken_by)
    found = [Load(who, open_[who], taken[who]) for who in {*open_, *taken}]
    return tuple(sorted(found, key=lambda load: (-load.open, -load.taken, load.coordinator)))
