"""One process holds a satellite, by a lease in the store: on SQLite and on PostgreSQL."""

from datetime import timedelta

from sqlmodel import Session

from residents.people import Device
from residents.service import satellites
from residents.tables import DeviceRow, HomeRow
from speech.wyoming.satellites.holding import HOLD, hold, let_go
from store import FixedClock, Store

ONE = Device("home-001", "speaker-1", "speaker", address="tcp://10.0.0.1:10700")
TWO = Device("home-002", "speaker-1", "speaker", address="tcp://10.0.0.2:10700")
KEYS = {(each.home, each.device) for each in (ONE, TWO)}


def test_the_first_to_ask_has_it_until_it_stops_asking(any_store: Store, clock: FixedClock) -> None:
    now = clock.real()
    assert any_store.write(hold, [ONE, TWO], "a", now) == KEYS
    assert any_store.write(hold, [ONE, TWO], "b", now) == set()
    assert any_store.write(hold, [ONE, TWO], "a", now + HOLD / 2) == KEYS
    assert any_store.write(hold, [ONE, TWO], "b", now + HOLD) == set()
    assert any_store.write(hold, [ONE, TWO], "b", now + HOLD * 1.5) == KEYS
    assert any_store.write(hold, [ONE, TWO], "a", now + HOLD * 1.5) == set()


def test_what_is_given_back_is_free_at_once(any_store: Store, clock: FixedClock) -> None:
    any_store.write(hold, [ONE], "a", clock.real())
    any_store.write(hold, [TWO], "b", clock.real())
    any_store.write(let_go, "a")
    assert any_store.write(hold, [ONE, TWO], "c", clock.real()) == {("home-001", "speaker-1")}


def test_a_lease_is_shorter_than_the_law_allows() -> None:
    assert timedelta(seconds=30) >= HOLD


def test_satellites_are_the_speakers_with_an_address(store: Store) -> None:
    def furnish(tx: Session) -> None:
        tx.add(HomeRow(id="home-001", password_hash=""))
        tx.flush()
        for device, kind, address in (
            ("speaker-1", "speaker", ONE.address),
            ("tablet", "speaker", None),
            ("door", "contact", "tcp://10.0.0.9:1"),
        ):
            tx.add(DeviceRow(home="home-001", device=device, kind=kind, address=address))

    store.write(furnish)
    assert store.read(satellites) == [ONE]
