"""Codes link once, tokens open what they are for, withdrawn consents hold, absences end."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from residents import service
from residents.people import Person, Unknown
from residents.tables import DeviceRow, HomeRow, ResidentRow
from store import FixedClock, Store


@pytest.fixture
def home(any_store: Store) -> Store:
    def seed(tx: Session) -> None:
        tx.add(HomeRow(id="home-001", password_hash=""))
        tx.flush()
        tx.add(ResidentRow(id="r-001", name="김안부", called="안부 어르신", home="home-001"))
        tx.add(DeviceRow(home="home-001", device="speaker-1", kind="speaker"))

    any_store.write(seed)
    return any_store


def test_a_code_links_one_chat_once_within_seven_days(home: Store, clock: FixedClock) -> None:
    code = home.write(service.link_code, "resident", "r-001", clock.now())
    assert home.write(service.redeem, code.lower(), "100", clock.now()) == Person("resident", "r-001")
    assert home.write(service.redeem, code, "200", clock.now()) is None
    assert home.read(service.by_chat, "200") is None
    late = home.write(service.link_code, "resident", "r-001", clock.now())
    assert home.write(service.redeem, late, "300", clock.forward(days=7)) is None
    assert home.read(service.chat_of, "resident", "r-001") == "100"


def test_a_new_code_ends_the_older_one(home: Store, clock: FixedClock) -> None:
    older = home.write(service.link_code, "resident", "r-001", clock.now())
    home.write(service.link_code, "resident", "r-001", clock.now())
    assert home.write(service.redeem, older, "100", clock.now()) is None


def test_a_device_token_is_a_device_and_a_new_one_ends_it(home: Store, clock: FixedClock) -> None:
    from residents.access import device_token

    first = home.write(device_token, "home-001", "speaker-1", clock.now())
    found = home.read(service.device_by_token, first)
    assert found is not None
    assert found.device == "speaker-1"
    principal = home.read(service.api_token, first)
    assert principal is not None
    assert (principal.kind, principal.role) == ("device", None)
    home.write(device_token, "home-001", "speaker-1", clock.now())
    assert home.read(service.device_by_token, first) is None
    with pytest.raises(Unknown):
        home.write(device_token, "home-001", "kettle", clock.now())


def test_an_absence_needs_an_end_and_ends(home: Store, clock: FixedClock) -> None:
    now = clock.now()
    with pytest.raises(ValueError, match="needs an end"):
        home.write(service.set_absence, "r-001", "병원", now, now, "c-001", now)
    home.write(service.set_absence, "r-001", "병원", now, now + timedelta(days=3), "c-001", now)
    assert home.read(service.absence, "r-001", clock.forward(days=2)) is not None
    assert home.read(service.absence, "r-001", clock.forward(days=1)) is None
    ended = home.read(service.absences_ending, now, clock.now())
    assert [a.resident for a in ended] == ["r-001"]


def test_a_speaker_is_present_only_as_long_as_it_says_so(home: Store, clock: FixedClock) -> None:
    home.write(service.set_presence, "home-001", "speaker-1", clock.now() + timedelta(seconds=30), "one")
    assert home.read(service.present, "home-001", "speaker-1", clock.now())
    home.write(service.set_presence, "home-001", "speaker-1", None, "another")
    assert home.read(service.present, "home-001", "speaker-1", clock.now())
    assert not home.read(service.present, "home-001", "speaker-1", clock.forward(seconds=31))
