"""Nothing grows for ever: each table ages by a rule, is pruned by its room, or is named as kept; nothing goes early."""

from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Boolean, Column, Float, Integer, Table, func, insert, select
from sqlmodel import Session, SQLModel

from escalations import auditor
from prompts import load
from sensors import hours
from settings import Settings
from store import Clock, FixedClock, Json, SecretBytes, SecretJson, Store, UtcDateTime
from store.retention import KEPT, PRUNED_BY_ROOM, TWO_YEARS, UNTIL_ERASURE, purge
from tests.conftest import SECRET, import_tables
from wiring.house import House
from wiring.records import purge_all

import_tables()
TABLES = {name: table for name, table in SQLModel.metadata.tables.items() if not name.startswith("test_")}
AGEING = sorted({*KEPT, *PRUNED_BY_ROOM})


def test_every_table_has_exactly_one_place() -> None:
    places = [*KEPT, *PRUNED_BY_ROOM, *UNTIL_ERASURE]
    assert sorted(places) == sorted(TABLES)


@pytest.mark.parametrize("name", sorted(KEPT))
def test_every_rule_names_a_time_and_a_part_that_are_there(name: str) -> None:
    rule = KEPT[name]
    own, whole = rule.of or (None, name)
    assert isinstance(TABLES[whole].columns[rule.column].type, UtcDateTime)
    if own is not None:
        assert own in TABLES[name].columns
        assert KEPT[whole].of is None
        assert (KEPT[whole].column, KEPT[whole].kept) == (rule.column, rule.kept)
        assert list(KEPT).index(name) < list(KEPT).index(whole)


@pytest.mark.parametrize("name", ["audit", "signs", "score_history", "checkins", "escalations", "escalation_steps"])
def test_health_data_is_kept_two_years(name: str) -> None:
    assert KEPT[name].kept == TWO_YEARS == timedelta(days=730)


def test_what_is_old_goes_and_what_is_new_stays(store: Store, clock: FixedClock) -> None:
    now = clock.now()
    store.write(fill, "old", now - timedelta(days=1000))
    store.write(fill, "new", now)
    store.write(clean, now, clock.real())
    assert store.read(counts) == dict.fromkeys(AGEING, 1) | {"audit_runs": 2}  # the auditor's own run of today
    store.write(clean, now + timedelta(hours=23), now + timedelta(hours=23))
    assert store.read(counts) == dict.fromkeys(AGEING, 1) | {"audit_runs": 3}
    store.write(clean, now + timedelta(days=1000), now + timedelta(days=1000))
    assert store.read(counts) == dict.fromkeys(AGEING, 0) | {"audit_runs": 1}


def test_what_is_still_open_stays_however_old(store: Store, clock: FixedClock) -> None:
    store.write(fill, "old", clock.now() - timedelta(days=1000), closed=False)
    gone = store.write(purge, clock.now())
    assert not {"escalations", "escalation_signs", "escalation_steps", "talks"} & set(gone)
    assert "checkins" in gone


def test_a_fast_clock_ends_nobodys_sign_in(store: Store, clock: FixedClock) -> None:
    store.write(fill, "new", clock.now())
    gone = store.write(purge, clock.now() + timedelta(days=400), clock.now() + timedelta(hours=1))
    assert not {name for name in KEPT if KEPT[name].real} & set(gone)
    assert {"deliveries", "turns", "changes"} <= set(gone)


def test_the_verb_says_what_went(store: Store, clock: FixedClock) -> None:
    store.write(fill, "old", clock.now() - timedelta(days=1000))
    house = House(Settings(), store, cast(Clock, clock), load("ko"), SECRET)
    deleted = purge_all(house, clock.now())["deleted"]
    assert deleted == dict.fromkeys(KEPT, 1) | {"readings": 4}  # what the sensors prune, in one figure
    assert purge_all(house, clock.now()) == {"deleted": {}}


def clean(tx: Session, now: datetime, real: datetime) -> None:
    purge(tx, now, real)
    hours.purge(tx, now)
    auditor.audit(tx, now, real)


def counts(tx: Session) -> dict[str, int]:
    return {
        name: tx.connection().execute(select(func.count()).select_from(TABLES[name])).scalar_one() for name in AGEING
    }


def fill(tx: Session, mark: str, at: datetime, *, closed: bool = True) -> None:
    """One row in each table that ages, and the resident some of them belong to."""
    for name in ("residents", *AGEING):
        ended = {} if closed else dict.fromkeys({"closed_at", "ended_at"} & set(TABLES[name].columns.keys()))
        tx.connection().execute(insert(TABLES[name]).values({**row(TABLES[name], mark, at), **ended}))


def row(table: Table, mark: str, at: datetime) -> dict[str, Any]:
    return {column.name: value(column, mark, at) for column in table.columns}


def value(column: Column[Any], mark: str, at: datetime) -> Any:
    plain = {
        UtcDateTime: at,
        Json: {},
        SecretJson: {},
        SecretBytes: b"",
        Boolean: False,
        Integer: ord(mark[0]),
        Float: 1.0,
    }
    return next((value for kind, value in plain.items() if isinstance(column.type, kind)), mark)
