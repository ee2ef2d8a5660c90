"""A resident's voice note as Telegram sends it (Ogg Opus), heard by a real model: the same way as at the speaker."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlmodel import select

from checkins.tables import TurnRow
from residents import service
from residents.people import Consent
from residents.sign import Level
from speech.hearing.ears import Ears
from speech.kept import sound_of
from speech.tables import KeptSoundRow
from tests.bot.conftest import Stage
from tests.bot.waiting import until
from tests.speech.sounds import file, speech
from wiring.bot import transcriber

MODEL = Path(__file__).parents[1] / "fixtures" / "vosk-ko-tiny"


@pytest.mark.parametrize("kind", ["ogg", "mp4", "mp3"])
async def test_a_voice_note_is_heard_with_its_certainty(stage: Stage, kind: str) -> None:
    ears = Ears(MODEL)
    await ears.load()
    stage.transcribe = transcriber(ears)
    stage.start()
    phone = await stage.linked("resident", "r-001")
    phone.sends_voice(file(speech("무릎이 조금 아파요", before_s=0.3, after_s=0.5), kind))
    await until(lambda: stage.heard == ["무릎이 조금 아파요"], "the words")
    [heard] = stage.checkins.heard
    assert (heard.confidence or 0) > 0.7


def turns(stage: Stage) -> Sequence[TurnRow]:
    """What the resident said, as committed."""
    return stage.store.read(lambda tx: tx.exec(select(TurnRow).where(TurnRow.who == "resident")).all())


@pytest.mark.parametrize("agreed", [True, False])
async def test_a_voice_note_is_kept_only_where_the_resident_agreed(stage: Stage, agreed: bool) -> None:
    async def heard(_audio: bytes) -> tuple[str, float]:
        return "무릎이 조금 아파요", 0.9

    stage.transcribe = heard
    stage.start()
    phone = await stage.linked("resident", "r-001")
    stage.store.write(service.set_consent, "r-001", Consent.AUDIO, agreed, "r-001", stage.clock.now())
    phone.sends_voice(file(speech("무릎이 조금 아파요"), "ogg"))
    await until(lambda: len(turns(stage)) > 0, "the answer on record")
    rows = stage.store.read(lambda tx: tx.exec(select(KeptSoundRow)).all())
    assert [row.resident for row in rows] == ["r-001"] * agreed
    for row in rows:
        kept = stage.store.read(sound_of, row.turn)
        assert kept is not None
        assert 0.5 < kept.seconds < 10
        assert kept.wav().startswith(b"RIFF")


async def test_what_is_only_guessed_from_a_badly_heard_note_is_asked_again_and_a_cry_counts(stage: Stage) -> None:
    said = iter([("화분이 쓰러졌어요", 0.4), ("살려줘 쓰러졌어", 0.4)])

    async def heard(_audio: bytes) -> tuple[str, float]:
        return next(said)

    stage.transcribe = heard
    stage.start()
    phone = await stage.linked("resident", "r-001")
    phone.sends_voice(b"...")
    await until(lambda: len(turns(stage)) == 1, "the first answer on record")
    assert [sign.kind for sign in stage.signs() if sign.level is Level.EMERGENCY] == []
    phone.sends_voice(b"...")
    await until(lambda: len(turns(stage)) == 2, "the second answer on record")
    assert [sign.kind for sign in stage.signs() if sign.level is Level.EMERGENCY] == ["fall"]


async def test_a_note_that_cannot_be_kept_is_heard_all_the_same(stage: Stage) -> None:
    async def heard(_audio: bytes) -> tuple[str, float]:
        return "밥 먹었어요", 0.9

    stage.transcribe = heard
    stage.start()
    phone = await stage.linked("resident", "r-001")
    stage.store.write(service.set_consent, "r-001", Consent.AUDIO, True, "r-001", stage.clock.now())
    phone.sends_voice(b"no sound at all")
    await until(lambda: len(turns(stage)) > 0, "the answer on record")
    assert stage.heard == ["밥 먹었어요"]
    assert stage.store.read(lambda tx: tx.exec(select(KeptSoundRow)).all()) == []
