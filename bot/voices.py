"""A relative's voice note on its way to the resident: fetched, checked, made ready to be kept."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from bot.incoming import Voice
from bot.telegram import TelegramApi
from escalations.channel import Refused
from speech.hearing.decode import BadAudio, TooLong
from speech.kept import Packed
from speech.speaking.notes import LONGEST_S, MAX_BYTES, noted


class Fault(StrEnum):
    """Why a note cannot be kept; each has its words."""

    TOO_LONG = "too_long"  # more than a minute, or larger than a minute can be
    UNREADABLE = "unreadable"  # no sound file, a broken one, or nothing in it


@dataclass(frozen=True)
class Note:
    """A note as it came, and ready to be kept; neither where there is a fault."""

    audio: bytes = field(default=b"", repr=False)
    packed: Packed | None = field(default=None, repr=False)
    fault: Fault | None = None


async def fetched(api: TelegramApi, voice: Voice) -> Note:
    """The note behind an update. What says of itself that it is too long is not even fetched. Raises NotNow."""
    if voice.seconds > LONGEST_S or voice.size > MAX_BYTES:
        return Note(fault=Fault.TOO_LONG)
    try:
        audio = await api.fetch(voice.file)
    except Refused as refused:
        return Note(fault=Fault.TOO_LONG if "large" in refused.reason else Fault.UNREADABLE)
    try:
        return Note(audio, await asyncio.to_thread(noted, audio))
    except TooLong:
        return Note(fault=Fault.TOO_LONG)
    except BadAudio:
        return Note(fault=Fault.UNREADABLE)
