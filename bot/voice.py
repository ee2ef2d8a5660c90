"""A voice note: fetched and made text before the update is decided on, outside any transaction."""

from dataclasses import dataclass, field

from bot.ports import Transcribe
from bot.telegram import TelegramApi
from escalations.channel import Refused


@dataclass(frozen=True)
class Hearing:
    """What a voice note gave. text None: nothing could be made out; `deaf`: there is no model at all."""

    text: str | None = field(default=None, repr=False)
    confidence: float = 0.0
    deaf: bool = False


async def hear(api: TelegramApi, file: str, transcribe: Transcribe | None) -> Hearing:
    """Raises NotNow when the file cannot be fetched now. The audio is not kept."""
    if transcribe is None:
        return Hearing(deaf=True)
    try:
        audio = await api.fetch(file)
    except Refused:
        return Hearing()
    found = await transcribe(audio)
    if found is None or not found[0].strip():
        return Hearing()
    return Hearing(*found)
