"""A resident's voice note as Telegram sends it (Ogg Opus), heard by a real model: the same way as at the speaker."""

from pathlib import Path

import pytest

from speech.hearing.ears import Ears
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
