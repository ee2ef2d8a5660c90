"""The bot's rooms: what a resident writes goes to the conversation, a voice note through the shared ears."""

import asyncio

from bot.house import House as BotHouse
from bot.house import NoVoice, Transcribe
from speech.hearing.decode import BadAudio, decode
from speech.hearing.ears import EXECUTOR, Ears
from speech.hearing.heard import VoiceOff
from speech.hearing.transcribe import listen
from wiring.house import House
from wiring.services import Services

#: the longest voice note that is listened to: what the Bot API lets through, five minutes of it.
VOICE_NOTE_BYTES, VOICE_NOTE_S = 20 * 2**20, 300


def bot_rooms(house: House, services: Services, ears: Ears | None) -> BotHouse:
    """What the bot asks of the other rooms. `ears` None: this process hears no voices."""
    return BotHouse(
        services.escalations,
        services.wellbeing,
        services.checkins,
        house.words,
        services.understand,
        transcriber(ears) if ears is not None else None,
        house.settings.zone,
    )


def transcriber(ears: Ears) -> Transcribe:
    """A voice note's bytes to text, away from the event loop."""

    async def transcribe(audio: bytes) -> tuple[str, float] | None:
        return await asyncio.get_running_loop().run_in_executor(EXECUTOR, _heard, ears, audio)

    return transcribe


def _heard(ears: Ears, audio: bytes) -> tuple[str, float] | None:
    try:
        found = listen(decode(audio, max_bytes=VOICE_NOTE_BYTES, max_seconds=VOICE_NOTE_S), ears)
    except VoiceOff:
        raise NoVoice from None
    except BadAudio:
        return None
    return (found.text, found.confidence) if found.text else None
