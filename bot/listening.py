"""What somebody said, made ready before the transaction: voice to text, text to meaning. Nothing is saved here."""

import asyncio
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from bot.house import House, NoVoice
from bot.incoming import Incoming
from bot.telegram import TelegramApi
from bot.voices import Note, fetched
from escalations.channel import Refused
from residents.access import by_chat
from residents.people import Consent, Person
from residents.service import has_consent
from speech.hearing.decode import BadAudio
from speech.hearing.doubt import believed
from speech.kept import Packed, repacked
from speech.meaning import Meaning
from store import Store

#: what the buttons under a question carry before their words.
SAYS = "say:"


@dataclass(frozen=True)
class Said:
    """An utterance and what it means.

    confidence: of the hearing, None for what was typed or pressed; 0 with an empty text: sound, but no words.
    note: a relative's voice note, whether or not words could be made out. sound: a resident's, where they agreed to its
    being kept.
    """

    text: str = field(repr=False)
    confidence: float | None
    meaning: Meaning = field(repr=False)
    note: Note | None = None
    sound: Packed | None = field(default=None, repr=False)


UNHEARD = Said("", 0.0, Meaning(confidence=0.0))


async def listen(store: Store, house: House, api: TelegramApi, incoming: Incoming) -> Said | None:
    """What a resident or a relative said; None where there is nothing to understand, or no model to hear it with.

    Raises NotNow when a voice note cannot be fetched now.
    """
    person, prompt, may_keep = await store.aread(_who, house, incoming.chat)
    if person is None or person.kind == "coordinator":
        return None
    if person.kind == "resident" and incoming.voice is not None:
        return await _heard(house, api, incoming.voice.file, prompt, may_keep)
    if incoming.voice is not None:
        return await _left(house, await fetched(api, incoming.voice))
    text = _words(incoming)
    return Said(text, None, await asyncio.to_thread(house.understand, text, prompt)) if text else None


def _who(tx: Session, house: House, chat: str) -> tuple[Person | None, str, bool]:
    """Who it is; of a resident the question that is open, and whether sound may be kept."""
    person = by_chat(tx, chat)
    if person is None or person.kind != "resident":
        return person, "", False
    return person, house.checkins.prompt_of(tx, person.id), has_consent(tx, person.id, Consent.AUDIO)


def _words(incoming: Incoming) -> str:
    if incoming.press is not None:
        return incoming.press.data.removeprefix(SAYS) if incoming.press.data.startswith(SAYS) else ""
    return (incoming.text or "").lstrip("/ ").strip()


async def _left(house: House, note: Note) -> Said:
    """A relative's note: it is for the resident's ears, but a cry for help in it is for a person's."""
    said = await _transcribed(house, note.audio, "") if note.packed is not None else None
    return replace(said or UNHEARD, note=note)


async def _heard(house: House, api: TelegramApi, file: str, prompt: str, may_keep: bool) -> Said | None:
    if house.transcribe is None:
        return None
    try:
        audio = await api.fetch(file)
    except Refused:
        return UNHEARD
    said = await _transcribed(house, audio, prompt)
    if said is None:
        return None
    sound = await _packed(audio) if may_keep else None
    return replace(said, meaning=_acted_on(house, said), sound=sound)


def _acted_on(house: House, said: Said) -> Meaning:
    """As at the speaker: what is only guessed from words in doubt is asked again. A relative nobody asks again: in a
    note of theirs every risk counts."""
    if said.confidence is None or said.confidence >= house.checkins.book.sure:
        return said.meaning
    return believed(said.meaning, said.text, house.words.data("speech.grammars")["help"])


async def _packed(audio: bytes) -> Packed | None:
    """Ready to be kept; None for what cannot be: its words are on record all the same."""
    try:
        return await asyncio.to_thread(repacked, audio)
    except BadAudio:
        return None


async def _transcribed(house: House, audio: bytes, prompt: str) -> Said | None:
    """None where there is no model to hear it with."""
    if house.transcribe is None:
        return None
    try:
        found = await house.transcribe(audio)
    except NoVoice:
        return None
    if found is None or not found[0].strip():
        return UNHEARD
    text, confidence = found
    return Said(text, confidence, await asyncio.to_thread(house.understand, text, prompt))
