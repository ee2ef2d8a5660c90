"""A relative's voice note: kept sealed, played at the next talk; a cry in it is heard; what is no note told kindly."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import text as sql
from sqlmodel import Session, select

from bot import messages
from bot.channel import TelegramChannel
from bot.pace import UNLIMITED, Pace
from bot.tables import FamilyVoiceRow
from escalations.tables import DeliveryRow
from residents.sign import Level
from speech.hearing.decode import SAMPLE_RATE, decode
from speech.kept import Packed
from store import Store
from store.retention import purge
from tests.bot.conftest import Stage
from tests.fakes.bot_api import BotApi
from tests.speech.sounds import file, loudness_db, speech

SPEAKER = "home-001/speaker-1"


def note(said: str = "엄마, 주말에 갈게요.", **more: float) -> bytes:
    """As Telegram sends it."""
    return file(speech(said, **more), "ogg")


def kept(store: Store) -> list[Packed]:
    return store.read(lambda tx: [Packed(row.sound, row.seconds) for row in tx.exec(select(FamilyVoiceRow))])


def orders(store: Store) -> list[DeliveryRow]:
    """What is to be said."""
    return store.read(lambda tx: list(tx.exec(select(DeliveryRow).where(DeliveryRow.kind == "say"))))


def read_aloud(stage: Stage, channel: str, address: str) -> int:
    return stage.store.write(messages.read_aloud, stage.words, "r-001", channel, address, stage.clock.now())


async def test_a_note_is_kept_sealed_and_played_at_the_next_talk(stage: Stage) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.sends_voice(note(gain=0.1, before_s=2.0))
    await daughter.sees("다음 안부 때 안부 어르신께 들려 드릴게요")
    (voice,) = kept(stage.store)
    assert 0.8 < voice.seconds < 4.0
    assert -23 < loudness_db(voice.ogg) < -15  # as loud as the voice of the house
    raw = stage.store.read(lambda tx: tx.connection().execute(sql("select sound from family_voices")).scalar_one())
    assert "OggS" not in str(raw)

    assert (read_aloud(stage, "speaker", SPEAKER), read_aloud(stage, "speaker", SPEAKER)) == (1, 0)
    (said,) = orders(stage.store)
    assert said.body["text"] == "딸 김하나 님이 목소리를 남기셨어요. 들려 드릴게요."
    assert stage.store.read(messages.voice, said.body["sound"]) == voice


async def test_where_the_resident_only_chats_it_is_sent_on_as_a_voice_note(stage: Stage) -> None:
    stage.channel = TelegramChannel(
        stage.telegram, stage.words, Pace(UNLIMITED, second_s=0), lambda id: stage.store.aread(messages.voice, id)
    )
    stage.start()
    daughter, mother = await stage.linked("contact", "c-001"), await stage.linked("resident", "r-001")
    daughter.sends_voice(note())
    await daughter.sees("받아 두었어요")
    read_aloud(stage, "telegram", str(mother.chat))
    await stage.sent()
    sent = await mother.sees("딸 김하나 님이 목소리를")
    assert sent.kind == "voice"
    assert decode(sent.file or b"").seconds > 0.8


async def test_a_note_that_is_gone_meanwhile_leaves_its_words(stage: Stage) -> None:
    stage.start()
    mother = await stage.linked("resident", "r-001")
    stage.store.write(messages.keep_voice, "r-001", "c-001", Packed(b"OggS", 1.0), stage.clock.now())
    read_aloud(stage, "telegram", str(mother.chat))
    await stage.sent()  # this channel was given no voices
    assert (await mother.sees("딸 김하나 님이 목소리를")).kind == "text"


async def test_a_cry_in_a_note_is_told_to_a_person_and_the_note_is_kept(stage: Stage) -> None:
    async def transcribe(audio: bytes) -> tuple[str, float] | None:
        return "엄마가 쓰러지셨대요", 0.8

    stage.transcribe = transcribe
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.sends_voice(note("엄마가 쓰러지셨대요"))
    await daughter.sees("담당자에게도 바로 전했어요")
    (sign,) = stage.signs()
    assert (sign.kind, sign.level) == ("family_worry", Level.EMERGENCY)
    assert len(kept(stage.store)) == 1


async def test_a_note_of_more_than_a_minute_is_not_even_fetched(stage: Stage, api: BotApi) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.sends_voice(b"OggS", seconds=61)
    await daughter.sees("1분 안으로")
    daughter.sends(voice={"file_id": "huge", "duration": 3, "file_size": 2 * 2**30})
    await daughter.sees("1분 안으로", count=2)
    assert api.asked("getFile") == []
    daughter.sends_voice(file(bytes(2 * SAMPLE_RATE * 70), "ogg"), seconds=3)  # it lies about its length
    await daughter.sees("1분 안으로", count=3)
    assert kept(stage.store) == []


@pytest.mark.parametrize(
    "audio",
    [
        b"ogg",
        b"",
        random.Random(1).randbytes(5000),
        b"OggS" + random.Random(2).randbytes(5000),
        note()[:-900],
        file(bytes(2 * SAMPLE_RATE), "wav"),
        note()[:60],
    ],
    ids=["short", "empty", "noise", "like-ogg", "cut-off", "silent", "head"],
)
async def test_what_is_no_note_gets_a_kind_line(stage: Stage, audio: bytes) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.sends_voice(audio)
    line = await daughter.sees("열 수가 없었어요")
    assert "119" in line.text
    assert kept(stage.store) == []
    assert stage.signs() == []


async def test_a_song_or_a_noisy_street_is_played_as_it_is(stage: Stage) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    daughter.sends_voice(file(random.Random(3).randbytes(2 * SAMPLE_RATE), "ogg"))
    await daughter.sees("받아 두었어요")
    assert len(kept(stage.store)) == 1


def test_a_note_goes_with_its_message(store: Store, stage: Stage) -> None:
    now = stage.clock.now()
    store.write(messages.keep_voice, "r-001", "c-001", Packed(b"OggS", 1.0), now)

    def after(days: int) -> int:
        def once(tx: Session) -> int:
            return purge(tx, now + timedelta(days=days)).get("family_voices", 0)

        return store.write(once)

    assert (after(364), after(366)) == (0, 1)
    assert kept(store) == []
