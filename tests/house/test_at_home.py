"""The speaker's ports as the wiring fills them: whose words they are, and that nobody's are not lost."""

import pytest
from sqlmodel import Session

from prompts import load
from residents.people import Device
from residents.service import set_consent
from residents.tables import DeviceRow, HomeRow, PresenceRow, ResidentRow
from settings import Settings
from speech.speaker.ports import Again
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


def heard_again(text: str) -> Again:
    """What a second ear hears in what is just being said."""

    async def again() -> str:
        return text

    return again


async def test_what_is_only_guessed_in_mid_sentence_waits_for_its_end(at_home: AtHome, store: Store) -> None:
    ports, listing = at_home.ports(), at_home.services.escalations.listing
    await ports.partial(SPEAKER, "사람 살려", heard_again("사람"))
    await ports.partial(SPEAKER, "주세요", heard_again("주세요"))  # half of "밥 좀 주세요"
    assert store.read(listing).items == ()
    await ports.heard(SPEAKER, "사람 살려", 0.9, "voice", b"")
    assert len(store.read(listing).items) == 1


async def test_a_fall_told_in_mid_sentence_is_acted_on_at_once_and_one_that_is_taken_back_is_not(
    at_home: AtHome, store: Store
) -> None:
    ports, listing = at_home.ports(), at_home.services.escalations.listing
    for words in ("안 넘어졌어", "어제 넘어졌어", "손자가 넘어졌어", "넘어질 뻔"):
        await ports.partial(SPEAKER, words, heard_again(words))
    await ports.partial(SPEAKER, "넘어졌어", heard_again("안 넘어졌어"))
    assert store.read(listing).items == ()
    for words in ("넘어졌어", "넘어졌어 무릎이"):
        await ports.partial(SPEAKER, words, heard_again("넘어졌어 무릎이"))
    [told] = store.read(listing).items
    assert (told.home, len(told.reasons)) == ("home-empty", 1)
    await ports.partial(SPEAKER, "넘어졌어 도와줘", heard_again("넘어졌어 도와줘"))
    [told] = store.read(listing).items
    assert told.level == "emergency"


async def test_the_same_cry_word_by_word_is_one_cry(at_home: AtHome, store: Store) -> None:
    ports = at_home.ports()
    for words in ("살려 주세요", "살려 주세요 여기", "살려 주세요 여기 좀"):
        await ports.partial(SPEAKER, words, heard_again("살려 주세요"))
    [told] = store.read(at_home.services.escalations.listing).items
    assert (told.home, len(told.reasons)) == ("home-empty", 1)


async def test_in_a_full_house_a_cry_counts_and_plain_words_are_taken_in(at_home: AtHome, store: Store) -> None:
    ports, listing = at_home.ports(), at_home.services.escalations.listing
    await ports.heard_full(SPEAKER, "사람 살려 주세요", 0.9, "voice", b"")
    [told] = store.read(listing).items
    assert (told.level, told.home) == ("emergency", "home-empty")


async def test_who_was_promised_a_call_is_remembered_over_a_restart_for_a_quarter_of_an_hour(
    at_home: AtHome, store: Store, clock: FixedClock
) -> None:
    assert not await at_home.ports().connected(SPEAKER)
    await at_home.ports().put_off(SPEAKER)
    clock.forward(minutes=10)
    await at_home.ports().put_off(SPEAKER)  # pressed again: it is still the first promise
    again = AtHome(at_home.house, make_services(at_home.house)).ports()
    assert await again.connected(SPEAKER)
    clock.forward(minutes=6)
    assert not await again.connected(SPEAKER)
    for keeps in (again.start_talk, again.end_talk):
        await again.put_off(SPEAKER)
        await keeps(SPEAKER)
        assert not await again.connected(SPEAKER)


async def test_a_speaker_that_is_known_no_more_is_not_noted_as_present(at_home: AtHome, store: Store) -> None:
    ports = at_home.ports()
    assert await ports.present(SPEAKER, True) is True
    store.write(lambda tx: tx.delete(tx.get(DeviceRow, ("home-empty", "speaker-1"))))
    store.write(lambda tx: tx.delete(tx.get(PresenceRow, ("home-empty", "speaker-1"))))
    assert await ports.present(SPEAKER, True) is False
    assert store.read(lambda tx: tx.get(PresenceRow, ("home-empty", "speaker-1"))) is None


async def test_what_is_only_guessed_from_words_that_were_perhaps_not_said_is_asked_again_and_calls_nobody(
    at_home: AtHome, store: Store, clock: FixedClock
) -> None:
    def moves_in(tx: Session) -> None:
        tx.add(ResidentRow(id="r-1", name="김안부", called="안부 어르신", home="home-empty"))
        tx.flush()
        set_consent(tx, "r-1", "voice", True, by="test", now=clock.now())

    store.write(moves_in)
    ports, listing = at_home.ports(), at_home.services.escalations.listing
    for noise in ("주세요", "싶어요"):  # all that was made of a television's long sentence
        await ports.heard(SPEAKER, noise, 0.4, "voice", b"")
    assert [one for one in store.read(listing).items if one.level != "watch"] == []
    for cry in ("살려주세요", "넘어졌어"):
        await ports.heard(SPEAKER, cry, 0.4, "voice", b"")  # however badly heard
        assert [one.level for one in store.read(listing).items if one.level != "watch"] == ["emergency"]
