"""The speaker's ports as the wiring fills them: whose words they are, and that nobody's are not lost."""

import pytest
from sqlmodel import Session

from prompts import load
from residents.people import Device
from residents.tables import DeviceRow, HomeRow
from settings import Settings
from store import FixedClock, Store
from wiring.house import House
from wiring.services import make_services
from wiring.speaker import AtHome

SPEAKER = Device("home-empty", "speaker-1", "speaker")


@pytest.fixture
def at_home(store: Store, clock: FixedClock) -> AtHome:
    """A home whose resident has moved out; its speaker is still there."""

    def furnish(tx: Session) -> None:
        tx.add(HomeRow(id="home-empty", password_hash=""))
        tx.flush()
        tx.add(DeviceRow(home="home-empty", device="speaker-1", kind="speaker"))

    store.write(furnish)
    house = House(Settings(_env_file=None), store, clock, load(), "s" * 32)  # type: ignore[arg-type]
    return AtHome(house, make_services(house))


async def test_a_cry_for_help_in_a_home_where_nobody_is_registered_is_told(at_home: AtHome, store: Store) -> None:
    ports, listing = at_home.ports(), at_home.services.escalations.listing
    await ports.heard(SPEAKER, "오늘 날씨가 좋네요", 0.9, "voice", b"")
    assert store.read(listing).items == ()
    await ports.heard(SPEAKER, "사람 살려 주세요", 0.9, "voice", b"")
    [told] = store.read(listing).items
    assert (told.level, told.home, told.resident) == ("emergency", "home-empty", None)


async def test_the_same_cry_word_by_word_is_one_cry(at_home: AtHome, store: Store) -> None:
    ports = at_home.ports()
    for words in ("살려 주세요", "살려 주세요 여기", "살려 주세요 여기 좀"):
        await ports.partial(SPEAKER, words)
    [told] = store.read(at_home.services.escalations.listing).items
    assert (told.home, len(told.reasons)) == ("home-empty", 1)


async def test_in_a_full_house_a_cry_counts_and_plain_words_are_taken_in(at_home: AtHome, store: Store) -> None:
    ports, listing = at_home.ports(), at_home.services.escalations.listing
    await ports.heard_full(SPEAKER, "사람 살려 주세요", 0.9, "voice", b"")
    [told] = store.read(listing).items
    assert (told.level, told.home) == ("emergency", "home-empty")
