"""The sound of what residents say: dropped, unless they agreed; then sealed, for 30 days, and gone with the consent."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from residents import service as people
from residents.people import Consent, Device
from residents.tables import DeviceRow, HomeRow, ResidentRow
from settings import Settings
from speech.hearing.decode import decode
from speech.kept import Packed, keep, kept_turns, packed, sound_of
from speech.tables import KeptSoundRow
from store import FixedClock, Store
from store.retention import purge
from tests.speech.house import ScriptedEars, house, question, settled, until
from tests.speech.sounds import speech
from tests.wired import house_of
from wiring.services import make_services
from wiring.speaker import AtHome

SPEAKER = Device("home-001", "speaker-1", "speaker")
SAID = "밥은 잘 먹었어요"


@pytest.fixture
def at_home(store: Store, clock: FixedClock) -> AtHome:
    """One resident with a speaker, who may be spoken to and whose answers count."""

    def furnish(tx: Session) -> None:
        tx.add(HomeRow(id="home-001", password_hash=""))
        tx.flush()
        tx.add(ResidentRow(id="r-001", name="김안부", called="안부 어르신", home="home-001"))
        tx.add(DeviceRow(home="home-001", device="speaker-1", kind="speaker"))
        tx.flush()
        people.set_consent(tx, "r-001", Consent.VOICE, True, "test", clock.now())

    store.write(furnish)
    home = house_of(store, clock, Settings(_env_file=None))
    return AtHome(home, make_services(home))


def agree(store: Store, clock: FixedClock, granted: bool = True) -> None:
    store.write(people.set_consent, "r-001", Consent.AUDIO, granted, "r-001", clock.now())


def kept(store: Store) -> list[KeptSoundRow]:
    return store.read(lambda tx: list(tx.exec(select(KeptSoundRow))))


async def test_without_the_consent_nothing_is_kept(at_home: AtHome, store: Store) -> None:
    await at_home.ports().heard(SPEAKER, SAID, 0.9, "voice", speech(SAID))
    await at_home.ports().unheard(SPEAKER, speech("음"))
    assert kept(store) == []


async def test_with_it_each_turn_has_its_sound_sealed(at_home: AtHome, store: Store, clock: FixedClock) -> None:
    agree(store, clock)
    ports, sound = at_home.ports(), speech(SAID)
    await ports.heard(SPEAKER, SAID, 0.9, "voice", sound)
    await ports.unheard(SPEAKER, sound)
    await ports.heard(SPEAKER, "약도 먹었어", None, "text", b"")
    (checkin,) = store.read(at_home.services.checkins.of_resident, "r-001")
    said = [turn for turn in checkin.turns if turn.who == "resident"]
    assert [turn.text for turn in said] == [SAID, "", "약도 먹었어"]
    assert store.read(kept_turns, [turn.id for turn in said]) == {said[0].id, said[1].id}
    found = store.read(sound_of, said[0].id)
    assert found is not None
    assert (found.resident, found.ogg[:4]) == ("r-001", b"OggS")
    assert decode(found.wav()).seconds == pytest.approx(len(sound) / 32_000, abs=0.1)
    assert len(found.ogg) < len(sound) / 5
    with store.engine.connect() as connection:
        cells = connection.exec_driver_sql("SELECT sound FROM kept_sounds").scalars().all()
    assert all(str(cell).startswith("s1:") for cell in cells)


async def test_taken_back_it_is_gone_at_once(at_home: AtHome, store: Store, clock: FixedClock) -> None:
    agree(store, clock)
    await at_home.ports().heard(SPEAKER, SAID, 0.9, "voice", speech(SAID))
    (row,) = kept(store)
    store.write(people.set_consent, "r-001", Consent.HEALTH, True, "r-001", clock.now())
    store.write(people.set_consent, "r-001", Consent.HEALTH, False, "r-001", clock.now())
    assert store.read(sound_of, row.turn) is not None  # another consent is another matter
    agree(store, clock, False)
    assert kept(store) == []
    await at_home.ports().heard(SPEAKER, SAID, 0.9, "voice", speech(SAID))
    assert kept(store) == []


@pytest.mark.parametrize("fault", [MemoryError(), OSError("no Opus here")])
async def test_a_sound_that_cannot_be_made_ready_never_costs_the_words(
    at_home: AtHome, store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def broken(_pcm: bytes) -> Packed:
        raise fault

    agree(store, clock)
    monkeypatch.setattr("wiring.speaker.packed", broken)
    await at_home.ports().heard(SPEAKER, SAID, 0.9, "voice", speech(SAID))
    await at_home.ports().unheard(SPEAKER, speech("음"))
    (checkin,) = store.read(at_home.services.checkins.of_resident, "r-001")
    assert [turn.text for turn in checkin.turns if turn.who == "resident"] == [SAID, ""]
    assert kept(store) == []


async def test_a_sound_the_store_does_not_take_never_costs_the_words(
    at_home: AtHome, store: Store, clock: FixedClock
) -> None:
    agree(store, clock)
    store.write(lambda tx: tx.connection().exec_driver_sql("DROP TABLE kept_sounds"))
    await at_home.ports().heard(SPEAKER, SAID, 0.9, "voice", speech(SAID))
    (checkin,) = store.read(at_home.services.checkins.of_resident, "r-001")
    assert [turn.text for turn in checkin.turns if turn.who == "resident"] == [SAID]


async def test_of_two_who_share_a_speaker_both_must_agree(at_home: AtHome, store: Store, clock: FixedClock) -> None:
    def moves_in(tx: Session) -> None:
        tx.add(ResidentRow(id="r-002", name="박안부", called="박 어르신", home="home-001"))
        tx.flush()
        people.set_consent(tx, "r-002", Consent.VOICE, True, "test", clock.now())

    agree(store, clock)
    store.write(moves_in)
    await at_home.ports().heard(SPEAKER, SAID, 0.9, "voice", speech(SAID))
    assert kept(store) == []
    store.write(people.set_consent, "r-002", Consent.AUDIO, True, "r-002", clock.now())
    await at_home.ports().heard(SPEAKER, SAID, 0.9, "voice", speech(SAID))
    assert len(kept(store)) == 1
    store.write(people.set_consent, "r-002", Consent.AUDIO, False, "r-002", clock.now())
    assert kept(store) == []  # their voice may be in it


async def test_a_second_resident_who_takes_it_back_meanwhile_is_obeyed(
    at_home: AtHome, store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(pcm: bytes) -> Packed:
        store.write(people.set_consent, "r-002", Consent.AUDIO, False, "r-002", clock.now())
        return packed(pcm)

    def moves_in(tx: Session) -> None:
        tx.add(ResidentRow(id="r-002", name="박안부", called="박 어르신", home="home-001"))
        tx.flush()
        people.set_consent(tx, "r-002", Consent.AUDIO, True, "test", clock.now())

    agree(store, clock)
    store.write(moves_in)
    monkeypatch.setattr("wiring.speaker.packed", meanwhile)
    await at_home.ports().heard(SPEAKER, SAID, 0.9, "voice", speech(SAID))
    assert kept(store) == []


def test_an_utterance_on_its_way_when_it_is_taken_back_is_not_kept(
    at_home: AtHome, store: Store, clock: FixedClock
) -> None:
    assert store.write(keep, "t-1", "r-001", Packed(b"OggS", 1.0), clock.now()) is False
    assert kept(store) == []


def test_after_thirty_days_it_is_gone(at_home: AtHome, store: Store, clock: FixedClock) -> None:
    agree(store, clock)
    store.write(keep, "t-1", "r-001", Packed(b"OggS", 1.0), clock.now())
    assert "kept_sounds" not in store.write(purge, clock.now() + timedelta(days=30))
    assert store.write(purge, clock.now() + timedelta(days=30, minutes=1))["kept_sounds"] == 1


async def test_the_speaker_hands_on_what_it_listened_to(tmp_path: Path) -> None:
    async with house(tmp_path, ears=ScriptedEars(SAID)) as home, home.speaker() as client:
        await home.edge.channel.send(question("식사는 좀 하셨어요?"))
        await until(client, "say")
        await client.send(speech(SAID, before_s=0.5, after_s=2.5))
        await until(client, "heard")
        await settled(lambda: home.service.sounds != [])
    (sound,) = home.service.sounds
    assert len(speech(SAID)) <= len(sound) + 16_000
    assert len(sound) < len(speech(SAID, before_s=0.5, after_s=2.5))


def test_packing_and_unpacking_keep_the_length() -> None:
    for seconds in (0.02, 0.5, 12.34):
        made = packed(bytes(2 * int(16_000 * seconds)))
        assert made.seconds == pytest.approx(seconds, abs=0.001)
        assert decode(made.ogg).seconds == pytest.approx(seconds, abs=0.08)
