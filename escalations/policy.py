"""Policies as data: who is asked at each level, in which order, and for how long. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from escalations.hours import Hours, hours_from
from residents.sign import Level

_FILE = Path(__file__).with_name("policy.yaml")
_NUMBERED = frozenset({"rank", "duty", "contact"})
_PLAIN = frozenset({"supervisor", "technician"})
#: whoever does not answer so many reminders has not got it any more.
MOST_REMINDERS = 5
#: what can wait is gathered for half a working day at most, and told this long before work ends: it is to be taken
#: the same day.
LONGEST_GATHERED = timedelta(hours=4)
LAST_TOLD = timedelta(hours=1)


class BadPolicy(ValueError):
    """The policy cannot be read: the place and its fault follow."""


@dataclass(frozen=True)
class Wait:
    """How long a step may take; exactly one is set."""

    seconds: int | None = None
    until: str | None = None  # "next_morning"
    working_days: int | None = None

    def end(self, now: datetime, hours: Hours) -> datetime:
        """When the next step is due."""
        if self.seconds is not None:
            return now + timedelta(seconds=self.seconds)
        if self.working_days is not None:
            return hours.working_days_later(now, self.working_days)
        return hours.next_morning(now)


@dataclass(frozen=True)
class Step:
    """One step: whom it asks ("rank:1", "contact:1", "supervisor", …) and how long it waits."""

    to: tuple[str, ...]
    wait: Wait

    @property
    def staff(self) -> tuple[str, ...]:
        """The recipients who could take the escalation over."""
        return tuple(spec for spec in self.to if not spec.startswith("contact:"))

    @property
    def contacts(self) -> tuple[str, ...]:
        """The family and neighbours it asks."""
        return tuple(spec for spec in self.to if spec.startswith("contact:"))


@dataclass(frozen=True)
class Policy:
    """The steps of one level. calm: only within working hours.

    remind: how long whoever has taken it may be silent; reminders: so often they are asked, then it is open again.
    gather: what comes to one person within this time is told together; zero where each is told by itself.
    """

    steps: tuple[Step, ...]
    hours: Hours
    remind: Wait
    reminders: int
    calm: bool = False
    version: str = ""
    gather: timedelta = timedelta()

    def first_due(self, now: datetime) -> datetime:
        """When a step that could be taken at once is due."""
        return self.hours.next_open(now) if self.calm else now

    def gathered(self, at: datetime) -> tuple[datetime, datetime]:
        """Since when one message a person is enough, and when what comes after it is told: `at` itself where nothing
        is gathered, or where it would be too late to be taken the same day."""
        if not self.gather:
            return at, at
        begun, end = self.hours.turn(at, self.gather)
        return begun, end if end <= self.hours.end_of(at) - LAST_TOLD else at

    def next_due(self, step: Step, now: datetime) -> datetime:
        """When the step after this one is due."""
        return self.first_due(step.wait.end(now, self.hours))

    def answer_by(self, opened_at: datetime) -> datetime:
        """When the first people asked have had their time: 60 s, 15 min, the working day, two working days."""
        first, wait = self.first_due(opened_at), self.steps[0].wait
        if wait.until is not None:  # who is asked next is asked tomorrow; this one is to be taken today
            return self.hours.end_of(first)
        return wait.end(first, self.hours)

    def remind_at(self, now: datetime) -> datetime:
        """When whoever has it is asked how it stands."""
        return self.first_due(self.remind.end(now, self.hours))


Policies = Mapping[Level, Policy]


@cache
def default_data() -> Mapping[str, Any]:
    """The policy file shipped with the service, as parsed."""
    data: Mapping[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return data


def freeze(data: Mapping[str, Any], timezone: str, ranks: Sequence[int]) -> dict[str, Any]:
    """The policy file with "each" spelt out for this roster's ranks: plain JSON to be kept in the escalation."""
    hours = {"timezone": timezone, **data["hours"]}
    levels = {level: {**entry, "steps": _spell_out(entry["steps"], ranks)} for level, entry in data["levels"].items()}
    return {"version": data["version"], "hours": hours, "levels": levels}


def policies(frozen: Mapping[str, Any]) -> Policies:
    """Frozen JSON → policies. Raises BadPolicy naming level and step."""
    hours = hours_from(frozen["hours"])
    missing = {level.value for level in Level} - set(frozen["levels"])
    if missing:
        raise BadPolicy(f"levels: {', '.join(sorted(missing))} missing")
    return {level: _policy(level, frozen["levels"][level.value], hours, frozen["version"]) for level in Level}


def policy_of(frozen: Mapping[str, Any], level: Level) -> Policy:
    """One level of frozen JSON. Raises BadPolicy."""
    return _policy(level, frozen["levels"][level.value], hours_from(frozen["hours"]), frozen["version"])


def _policy(level: Level, entry: Mapping[str, Any], hours: Hours, version: str) -> Policy:
    steps = tuple(_step(f"{level.value} step {n}", step) for n, step in enumerate(entry["steps"]))
    if not steps:
        raise BadPolicy(f"{level.value}: at least one step is needed")
    remind = entry.get("remind") or default_data()["levels"][level]["remind"]  # frozen before there were any
    wait, times = remind["wait"], remind["times"]
    if not _is_wait(wait) or not isinstance(times, int) or not 1 <= times <= MOST_REMINDERS:
        raise BadPolicy(f"{level.value}: remind: {dict(remind)}")
    calm = bool(entry["calm"])
    return Policy(steps, hours, Wait(**wait), times, calm, version, _gather(level, entry) if calm else timedelta())


def _gather(level: Level, entry: Mapping[str, Any]) -> timedelta:
    minutes = entry.get("gather_min", default_data()["levels"][level].get("gather_min", 0))
    if not isinstance(minutes, int) or not 0 <= minutes <= LONGEST_GATHERED.total_seconds() / 60:
        raise BadPolicy(f"gather: {level.value}: {minutes}")
    return timedelta(minutes=minutes)


def _step(place: str, entry: Mapping[str, Any]) -> Step:
    to, wait = tuple(entry["to"]), entry["wait"]
    bad = [spec for spec in to if not _is_recipient(spec)]
    if bad or not to:
        raise BadPolicy(f"{place}: to: {bad[0] if bad else 'nobody'}")
    if not _is_wait(wait):
        raise BadPolicy(f"{place}: wait: {dict(wait)}")
    return Step(to, Wait(**wait))


def _is_recipient(spec: str) -> bool:
    kind, _, number = spec.partition(":")
    if kind in _PLAIN:
        return not number
    return kind in _NUMBERED and number.isdecimal() and int(number) > 0


def _is_wait(wait: Mapping[str, Any]) -> bool:
    if len(wait) != 1:
        return False
    ((name, value),) = wait.items()
    if name == "until":
        return bool(value == "next_morning")
    return name in ("seconds", "working_days") and isinstance(value, int) and value > 0


def _spell_out(steps: Sequence[Mapping[str, Any]], ranks: Sequence[int]) -> list[dict[str, Any]]:
    further = [rank for rank in ranks if rank > 1]
    spelt: list[dict[str, Any]] = []
    for step in steps:
        for rank in further if "rank:each" in step["to"] else [0]:
            spelt.append({"to": _numbered(step["to"], rank, len(spelt) + 1), "wait": dict(step["wait"])})
    return spelt


def _numbered(to: Sequence[str], rank: int, number: int) -> list[str]:
    swap = {"rank:each": f"rank:{rank}", "contact:each": f"contact:{number}"}
    return [swap.get(spec, spec) for spec in to]
