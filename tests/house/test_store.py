"""The store keeps its promises: one claim a row, compare-and-set saves, sealed columns, one clock for all."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Field, Session, SQLModel, select

from store import FixedClock, Leased, Sealer, Secret, Store, Versioned, changed, changes_since, claim, release, wake
from store.clock import Clock, load_clock
from store.engine import FROZEN_MS, make_engine
from store.leases import LEASE, is_versioned
from store.many import insert_many, update_many
from store.secrets import WrongKey
from tests.conftest import import_tables

SHOWN = ("search_path", "idle_in_transaction_session_timeout")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Chore(Leased, Versioned, table=True):
    """A row that only these tests know."""

    __tablename__ = "test_chores"

    id: int | None = Field(default=None, primary_key=True)
    note: str = Field(sa_type=Secret)
    done: int = 0


@pytest.fixture
def chores(any_store: Store) -> Store:
    def seed(tx: Session) -> None:
        for n in range(20):
            tx.add(Chore(note=f"비밀 {n}", due_at=NOON))

    any_store.write(seed)
    return any_store


def take(tx: Session, holder: str, real: datetime = NOON, limit: int = 5) -> list[int]:
    return [row.id or 0 for row in claim(tx, Chore, now=NOON, real=real, holder=holder, limit=limit)]


def test_a_claimed_row_is_nobody_elses_until_its_lease_ends(chores: Store) -> None:
    first = chores.write(take, "one", limit=20)
    assert len(first) == 20
    assert chores.write(take, "two") == []
    assert chores.write(take, "two", real=NOON + LEASE) != []


def test_racing_workers_never_claim_the_same_row(chores: Store) -> None:
    taken: list[int] = []

    def work(holder: str) -> None:
        while rows := chores.write(take, holder, limit=3):
            taken.extend(rows)

    threads = [threading.Thread(target=work, args=(f"worker-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 20


def test_a_row_saved_by_somebody_else_meanwhile_is_not_overwritten(chores: Store) -> None:
    with Session(chores.engine) as frozen:
        row = frozen.get_one(Chore, 1)
        assert row.note == "비밀 0"
        frozen.expunge_all()
        frozen.rollback()

        def winner(tx: Session) -> None:
            tx.get_one(Chore, 1).done = 7

        chores.write(winner)
        frozen.add(row)
        row.done = 1
        with pytest.raises(StaleDataError):
            frozen.commit()
    assert chores.read(lambda tx: tx.get_one(Chore, 1).done) == 7


def test_a_lost_race_runs_the_work_again_on_what_the_winner_left(chores: Store) -> None:
    rounds: list[int] = []

    def add_one(tx: Session) -> int:
        row = tx.get_one(Chore, 1)
        rounds.append(row.done)
        if len(rounds) == 1:
            raise StaleDataError("somebody was first")
        row.done += 1
        return row.done

    assert chores.write(add_one) == 1
    assert rounds == [0, 0]


def test_names_are_sealed_on_disk_and_open_only_with_the_key(chores: Store) -> None:
    with chores.engine.connect() as connection:
        raw = connection.execute(text("SELECT note FROM test_chores WHERE id = 1")).scalar()
    assert isinstance(raw, str)
    assert "비밀" not in raw
    with pytest.raises(WrongKey):
        Sealer("another secret of the right length").open(raw)


def test_a_failed_work_leaves_nothing_and_wakes_nobody(chores: Store) -> None:
    def half(tx: Session) -> None:
        tx.get_one(Chore, 1).done = 9
        changed(tx, "chore", "1", NOON)
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        chores.write(half)
    assert chores.read(lambda tx: tx.get_one(Chore, 1).done) == 0
    assert chores.read(changes_since, 0) == []


async def test_a_commit_wakes_whoever_waits_and_a_release_gives_the_row_its_next_time(chores: Store) -> None:
    waiter = chores.signals.waiter("deliveries")

    def finish(tx: Session) -> None:
        row = tx.get_one(Chore, 1)
        release(row, NOON + timedelta(hours=1))
        wake(tx, "deliveries")

    assert not await waiter.wait(0.01)
    await chores.awrite(finish)
    assert await waiter.wait(5)
    assert 1 not in chores.write(take, "one", limit=20)


def test_the_clock_is_shared_runs_faster_and_never_jumps_back(store: Store) -> None:
    fast = store.write(load_clock, 60.0)
    again = store.write(load_clock, 60.0)
    assert (fast.anchor_real, fast.anchor_service) == (again.anchor_real, again.anchor_service)
    assert fast.real_seconds(timedelta(minutes=1)) == 1.0
    before = fast.now()
    slower = store.write(load_clock, 1.0)
    assert slower.now() >= before
    plain = Clock(NOON, NOON)
    assert abs(plain.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_every_row_with_a_deadline_is_saved_by_compare_and_set() -> None:
    import_tables()
    leased = [m.class_ for m in SQLModel._sa_registry.mappers if issubclass(m.class_, Leased)]
    assert leased
    assert [m.__name__ for m in leased if not is_versioned(m)] == []


def test_many_are_changed_at_once_and_their_versions_count_up(chores: Store, clock: FixedClock) -> None:
    table = SQLModel.metadata.tables["test_chores"]
    changes: list[dict[str, Any]] = [{"id": 1, "done": 1, "due_at": None}, {"id": 2, "done": 2, "due_at": clock.now()}]
    chores.write(update_many, table, changes)
    saved = chores.read(lambda tx: [tx.get_one(Chore, id) for id in (1, 2, 3)])
    assert [(row.done, row.due_at) for row in saved[:2]] == [(1, None), (2, clock.now())]
    assert [row.version for row in saved] == [2, 2, 1]


@pytest.mark.postgres
def test_many_at_once_are_neither_sealed_nor_without_a_zone(postgres_url: str) -> None:
    store, table = Store(postgres_url, "a secret of the tests, long enough"), SQLModel.metadata.tables["test_chores"]
    with pytest.raises(TypeError, match="note would be written without its seal"):
        store.write(insert_many, table, [{"note": "하나"}])
    with pytest.raises(ValueError, match="zone"):
        store.write(update_many, table, [{"id": 1, "due_at": datetime(2026, 11, 23)}])  # noqa: DTZ001 - the point
    store.close()


def test_a_time_without_a_zone_is_refused(chores: Store) -> None:
    def naive(tx: Session) -> None:
        tx.get_one(Chore, 1).due_at = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 - the point of the test
        tx.flush()

    with pytest.raises(Exception, match="without a zone"):
        chores.write(naive)


def test_readers_see_what_is_committed_and_nothing_else(tmp_path: Path, clock: FixedClock) -> None:
    store = Store(f"sqlite:///{tmp_path}/anbu.db", "a secret of the tests, long enough")
    store.create_all()

    def add_and_look(tx: Session) -> int:
        tx.add(Chore(note="하나", due_at=clock.now()))
        tx.flush()
        return len(store.read(lambda other: other.exec(select(Chore)).all()))

    assert store.write(add_and_look) == 0
    store.close()


@pytest.mark.postgres
def test_what_the_database_url_asks_of_a_connection_holds_beside_our_own(postgres_url: str) -> None:
    engine = make_engine(f"{postgres_url}?options=-csearch_path%3Dcity")
    with engine.connect() as connection:
        asked = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in SHOWN]
    engine.dispose()
    assert asked == ["city", f"{FROZEN_MS // 1000}s"]
