"""Two workers on one database: each slot is written once, each check-in asked once, and nothing is lost."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from checkins.tables import CheckInRow
from escalations.tables import DeliveryRow
from store import FixedClock, Store
from tests.checkins.town import Town
from tests.conftest import SECRET

PEOPLE = 24
WORKERS = 4


def at_once(work: Callable[[Store], int], url: str, times: int = 6) -> None:
    """Run the work in several stores of their own, as processes would, at the same moment."""
    stores = [Store(url, SECRET) for _ in range(WORKERS)]
    start = threading.Barrier(WORKERS)
    faults: list[BaseException] = []

    def run(store: Store) -> None:
        start.wait()
        try:
            for _ in range(times):
                work(store)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert faults == []


def test_workers_that_race_do_everything_once(any_store: Store, clock: FixedClock) -> None:
    everything_is_done_once(any_store, clock, PEOPLE, limit=7)


@pytest.mark.soak
def test_nor_is_one_of_ten_thousand_slots_done_twice(any_store: Store, clock: FixedClock) -> None:
    everything_is_done_once(any_store, clock, 2500, limit=200)


def everything_is_done_once(store: Store, clock: FixedClock, people: int, limit: int) -> None:
    town = Town(store, clock)
    for n in range(people):
        town.moves_in(f"r-{n}")
    clock.forward(hours=48)  # more slots to write down, and some due
    times = people // limit + 3
    at_once(lambda one: one.write(town.checkins.plan_ahead, clock.now(), limit), store.url, times)
    slots = store.read(lambda tx: tx.exec(select(CheckInRow.resident, CheckInRow.local_date)).all())
    assert max(Counter(slots).values()) == 1
    assert len(slots) == people * 4

    clock.at = clock.at.replace(hour=9, minute=30) + timedelta(days=1)
    at_once(lambda one: one.write(town.checkins.sweep, clock.now(), clock.real(), limit), store.url, times)
    assert store.read(asked_of_each) == [1] * people


def asked_of_each(tx: Session) -> list[int]:
    asked = tx.exec(select(DeliveryRow.person_id).where(DeliveryRow.kind == "question")).all()
    return sorted(Counter(asked).values())
