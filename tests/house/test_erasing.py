"""A resident is erased: nothing of them is left in any table or in the file, and nothing of anybody else is missing."""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Float, Integer, Table, func, insert, make_url, select
from sqlmodel import Session, SQLModel
from sqlmodel import select as find_rows

from escalations.errors import StillOpen
from escalations.tables import EscalationRow, EvidenceRow, StepRow
from residents.people import Leaving, Unknown
from store import FixedClock, Json, Secret, SecretBytes, SecretJson, Store, UtcDateTime, erasure
from store.audit import entries
from tests.conftest import import_tables
from wiring.erasing import Eraser, erase

import_tables()
TABLES = {table.name: table for table in SQLModel.metadata.sorted_tables if not table.name.startswith("test_")}
PLACES = {**erasure.OF_RESIDENT, **erasure.OF_PERSON, **erasure.OF_HOME, **erasure.BY_ROOM, **erasure.OF_SCOPE}
#: what finds a person's rows; every other text is something they said, or somebody said of them.
KEYS = {"id", "resident", "home", "person", "contact", "escalation", "message", "person_id", "chat"}

#: rows that stay, without the person: what is not sealed in them are codes.
KEPT = {"escalations", "escalation_signs", "escalation_steps", "telegram_updates"}
#: sealed names of the staff who took or closed it: they stay with what they did.
OF_STAFF = {"taken_name", "closed_name"}


def test_every_table_has_exactly_one_place() -> None:
    assert sorted([*PLACES, *erasure.OF_NOBODY]) == sorted(TABLES)
    twice = erasure.OF_RESIDENT.keys() & erasure.OF_HOME.keys()
    assert twice == {"signs"}, "a home's own signs go with the last who lives there"
    for name, whose in {**erasure.OF_RESIDENT, **erasure.OF_PERSON, **erasure.OF_HOME}.items():
        assert whose in TABLES[name].columns


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Store:
    """r-1 and r-2, each with a row of their own in every table."""
    for number, id in enumerate(("r-1", "r-2"), start=1):
        store.write(fill, id, number, clock.now())
    return store


def test_nothing_of_them_stays_and_nothing_of_anybody_else_goes(town: Store, clock: FixedClock, tmp_path: Path) -> None:
    file = Path(make_url(town.url).database or "")
    before = town.read(counts)
    sealed = said(file, "r-1")
    assert len(sealed) > 20
    sound = tmp_path / f"{'0' * 64}.wav"
    sound.write_bytes(b"RIFF")
    gone = Eraser(town, clock, tmp_path).erase("r-1", "died", "u-9", "10.0.0.9")
    assert gone == dict.fromkeys(PLACES, 1)
    assert town.read(counts) == {name: n - (name not in KEPT) for name, n in before.items()}

    left = b"".join(each.read_bytes() for each in file.parent.iterdir() if each.name.startswith(file.name))
    assert [one for one in sealed if one.encode() in left] == []
    assert "r-1의 말".encode() not in left
    assert not sound.exists(), "what was spoken to them holds their name"
    assert len([one for one in said(file, "r-2") if one.encode() in left]) == len(sealed)

    (entry,) = [row for row in town.read(entries) if row.what == "resident erased"]
    assert (entry.who, entry.whose, entry.where) == ("u-9", "r-1", "10.0.0.9")
    assert entry.detail == {"reason": "died", "rows": gone}
    assert town.read(what_still_counts) == [(None, "urgent", "safe")]
    with pytest.raises(Unknown):
        town.write(erase, "r-1", Leaving.DIED, "u-9", "", clock.now())


def test_what_is_open_is_closed_first(town: Store, clock: FixedClock) -> None:
    town.write(lambda tx: setattr(tx.get_one(EscalationRow, "r-1"), "state", "acknowledged"))
    before = town.read(counts)
    with pytest.raises(StillOpen) as fault:
        town.write(erase, "r-1", Leaving.MOVED, "u-9", "", clock.now())
    assert fault.value.ids == ("r-1",)
    assert town.read(counts) == before


def test_whoever_lives_in_the_same_home_keeps_what_is_theirs_too(town: Store, clock: FixedClock) -> None:
    def move_in(tx: Session) -> None:
        residents = TABLES["residents"]
        tx.connection().execute(residents.update().where(residents.c.id == "r-2").values(home="r-1"))

    town.write(move_in)
    gone = town.write(erase, "r-1", Leaving.WITHDRAWN, "u-9", "", clock.now())
    assert not {*erasure.OF_HOME, "homes", "thresholds"} - {"signs"} & set(gone)
    assert {"devices", "turns", "residents"} <= set(gone), "a device that was theirs alone goes"


def fill(tx: Session, id: str, number: int, now: datetime) -> None:
    """One row in each table, all about this resident, in the order in which rows may point to each other."""
    for name, table in TABLES.items():
        if name in erasure.OF_NOBODY:
            continue
        values = {column.name: value(column, id, number, now) for column in table.columns}
        tx.connection().execute(insert(table).values({**values, **SPECIAL.get(name, lambda _: {})(id)}))


#: what the machines need to find in their rows.
SPECIAL: dict[str, Any] = {
    "escalations": lambda _: {"state": "closed", "outcome": "safe", "level": "urgent", "due_at": None},
    "escalation_steps": lambda id: {"detail": {"sign": id, "level": "urgent"}, "person_kind": "contact"},
    "telegram_updates": lambda id: {"state": "waiting", "body": {"message": {"chat": {"id": int(id[-1])}}}},
    "chats": lambda id: {"chat": id[-1], "kind": "resident"},
    "policies": lambda id: {"scope": f"resident:{id}"},
    "thresholds": lambda id: {"scope": f"home:{id}"},
}


def value(column: Column[Any], id: str, number: int, now: datetime) -> Any:
    plain: dict[type[Any], Any] = {
        UtcDateTime: now,
        Json: {},
        SecretJson: {"said": f"{id}의 말"},
        SecretBytes: f"{id}의 말".encode(),
        Boolean: False,
        Integer: number,
        Float: 1.0,
    }
    found = next((one for kind, one in plain.items() if isinstance(column.type, kind)), None)
    if found is not None:
        return found
    if column.name in KEYS or column.foreign_keys:
        return id
    words = isinstance(column.type, Secret) or column.table.name not in KEPT
    return f"{id}의 말" if words else f"code-{number}"


def counts(tx: Session) -> dict[str, int]:
    counted = {name: select(func.count()).select_from(TABLES[name]) for name in PLACES}
    return {name: int(tx.connection().execute(one).scalar_one()) for name, one in counted.items()}


def said(file: Path, id: str) -> list[str]:
    """What stands sealed in this resident's rows, as it lies in the file."""
    found: list[str] = []
    with sqlite3.connect(file) as raw:
        for table in TABLES.values():
            find(raw, table, id, found)
    raw.close()
    return found


def find(raw: sqlite3.Connection, table: Table, id: str, found: list[str]) -> None:
    sealed = [column.name for column in table.columns if type(column.type).__name__.startswith("Secret")]
    sealed = [name for name in sealed if name not in OF_STAFF]
    whose = next((name for name in ("resident", "id", "escalation", "message") if name in table.columns), "")
    if sealed and whose and table.name != "telegram_updates":
        names = ", ".join(f'"{name}"' for name in sealed)
        for row in raw.execute(f'SELECT {names} FROM {table.name} WHERE "{whose}" = ?', [id]):  # noqa: S608
            found += [text for text in row if text]


def what_still_counts(tx: Session) -> list[tuple[str | None, str, str | None]]:
    assert tx.exec(find_rows(EvidenceRow).where(EvidenceRow.escalation == "r-1")).one().text == ""
    step = tx.exec(find_rows(StepRow).where(StepRow.escalation == "r-1")).one()
    assert (step.person_id, step.detail) == ("", {"level": "urgent"})
    row = tx.get_one(EscalationRow, "r-1")
    return [(row.resident, row.level, row.outcome)]
