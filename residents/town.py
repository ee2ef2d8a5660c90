"""The town file: people, devices and rosters, parsed strictly. Every bad row is named with its line and field."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from residents.forms import ContactIn, CoordinatorIn, DeviceIn, ResidentIn, ShiftIn, Strict
from residents.rows import Row, read_rows

_MODELS: dict[str, type[Strict]] = {
    "residents": ResidentIn,
    "contacts": ContactIn,
    "devices": DeviceIn,
    "coordinators": CoordinatorIn,
    "roster": ShiftIn,
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the file."""

    table: str
    line: int
    field: str
    fault: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.table}.{self.field}: {self.fault}"


class BadTown(Exception):
    """The town file has errors; nothing was imported. `problems` names every one."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.line, p.table, p.field))
        super().__init__("; ".join(str(problem) for problem in self.problems))


@dataclass
class Town:
    """A parsed town file; `lines` says where each row stood."""

    residents: list[ResidentIn] = field(default_factory=list)
    contacts: list[ContactIn] = field(default_factory=list)
    devices: list[DeviceIn] = field(default_factory=list)
    coordinators: list[CoordinatorIn] = field(default_factory=list)
    roster: list[ShiftIn] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)

    def line_of(self, row: Strict) -> int:
        """The line a row stood on."""
        return self.lines.get(id(row), 0)


def read_town(file: Path) -> Town:
    """A town file, parsed. Raises BadFile or BadTown, and then nothing of it counts."""
    return parse_town(read_rows(file))


def parse_town(rows: Iterable[Row]) -> Town:
    """Rows, parsed. Raises BadTown with every fault of every row."""
    town, problems = Town(), []
    for row in rows:
        try:
            parsed = _MODELS[row.table].model_validate(row.fields)
        except ValidationError as error:
            problems += [_problem(row, dict(fault)) for fault in error.errors()]
        else:
            getattr(town, row.table).append(parsed)
            town.lines[id(parsed)] = row.line
    problems += _twice(town)
    if problems:
        raise BadTown(problems)
    return town


def _problem(row: Row, fault: dict[str, Any]) -> Problem:
    where = ".".join(str(step) for step in fault["loc"] if step not in {"str", "list[str]"}) or "row"
    return Problem(row.table, row.line, where, str(fault["msg"]).removeprefix("Value error, "))


def _twice(town: Town) -> list[Problem]:
    problems: list[Problem] = []
    seen: set[tuple[str, ...]] = set()
    people: list[tuple[str, ResidentIn | ContactIn | CoordinatorIn]] = [
        *(("residents", person) for person in town.residents),
        *(("contacts", person) for person in town.contacts),
        *(("coordinators", person) for person in town.coordinators),
    ]
    for table, person in people:
        problem = Problem(table, town.line_of(person), "id", "stands twice")
        problems += _seen_before(seen, ("person", person.id), problem)
    for device in town.devices:
        key: tuple[str, ...] = ("device", device.home, device.device)
        problems += _seen_before(seen, key, Problem("devices", town.line_of(device), "device", "stands twice"))
    for who in town.coordinators:
        key = ("email", who.email.casefold())
        problems += _seen_before(seen, key, Problem("coordinators", town.line_of(who), "email", "stands twice"))
    return problems


def _seen_before(seen: set[tuple[str, ...]], key: tuple[str, ...], problem: Problem) -> list[Problem]:
    if key in seen:
        return [problem]
    seen.add(key)
    return []
