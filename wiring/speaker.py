"""The speaker's ports filled: what is heard at home goes to the conversation, the button to the escalations."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import structlog
from sqlmodel import Session

from bot.messages import read_aloud
from residents import service as residents
from residents.people import Consent, Device
from residents.sign import Level, Sign, Source
from speech.cries import Cries, Cry
from speech.hearing.doubt import believed
from speech.kept import Packed, keep, packed
from speech.meaning import Meaning
from speech.speaker.ports import Again, Owner, SpeakerPorts
from speech.speaker.promises import kept, promise, promised
from store import new_id, wake
from wiring.house import House
from wiring.services import Services

_log = structlog.get_logger(__name__)

#: real time a speaker counts as present after it last said so; it says so every ten seconds.
PRESENT_FOR = timedelta(seconds=25)
_NOTHING_HEARD = Meaning(confidence=0.0)


@dataclass(frozen=True)
class AtHome:
    """Answers the speakers of one process (`instance`)."""

    house: House
    services: Services

    @cached_property
    def cries(self) -> Cries:
        """What is acted on before a sentence ends."""
        return Cries.of(self.house.words.data("speech.cries"))

    def ports(self) -> SpeakerPorts:
        """Everything the speaker's edge asks for."""
        return SpeakerPorts(
            device_of=self._device_of,
            owner_of=self._owner_of,
            start_talk=self._start_talk,
            heard=self._heard,
            heard_full=self._heard_full,
            sos=self._sos,
            connected=self._connected,
            put_off=self._put_off,
            present=self._present,
            end_talk=self._end_talk,
            partial=self._partial,
            unheard=self._unheard,
        )

    async def _device_of(self, token: str) -> Device | None:
        return await self.house.store.aread(residents.device_by_token, token)

    async def _owner_of(self, device: Device) -> Owner:
        people = await self.house.store.aread(residents.of_device, device.home, device.device)
        if len(people) != 1:
            return Owner()
        who = people[0]
        return Owner(who.called, who.rate, who.pitch, resident=who.id)

    async def _start_talk(self, device: Device) -> None:
        await self.house.store.awrite(self._begin, device)

    def _begin(self, tx: Session, device: Device) -> None:
        kept(tx, device)
        who = self._whose(tx, device)
        if who is not None:
            self.services.checkins.start_by_resident(tx, who, "speaker", address(device), self.house.clock.now())

    async def _heard(self, device: Device, text: str, confidence: float | None, _source: str, sound: bytes) -> None:
        await self._take_in(device, text, confidence, sound, True)

    async def _heard_full(
        self, device: Device, text: str, confidence: float | None, _source: str, sound: bytes
    ) -> bool:
        return not await self._take_in(device, text, confidence, sound, False)

    async def _take_in(self, device: Device, text: str, confidence: float | None, sound: bytes, room: bool) -> bool:
        """One utterance, whether or not there is room for a new talk; whether the talk it would begin is put off."""
        prompt = await self.house.store.aread(self._prompt, device)
        meaning = await self.services.understood(text, prompt)
        said, put_off = await self.house.store.awrite(self._hear, device, text, confidence, meaning, room)
        await self._keep_sound(device, said, sound)
        return put_off

    async def _unheard(self, device: Device, sound: bytes) -> None:
        said, _ = await self.house.store.awrite(self._hear, device, "", 0.0, _NOTHING_HEARD, True)
        await self._keep_sound(device, said, sound)

    def _prompt(self, tx: Session, device: Device) -> str:
        """The question now open."""
        who = self._whose(tx, device)
        return "" if who is None else self.services.checkins.prompt_of(tx, who)

    def _hear(
        self, tx: Session, device: Device, text: str, confidence: float | None, meaning: Meaning, room: bool
    ) -> tuple[tuple[str, str] | None, bool]:
        """What was said, as (turn, resident) where it is on record as a turn; whether its talk is put off."""
        who, now = self._whose(tx, device), self.house.clock.now()
        if who is None:
            self._nobodys(tx, device, text, meaning, now)
            return None, False
        here = ("speaker", address(device))
        if room:
            kept(tx, device)
        if confidence is not None and confidence < self.services.checkins.book.sure:
            meaning = believed(meaning, text, self.house.words.data("speech.grammars")["help"])
        talk = self.services.checkins.hear(tx, who, *here, text, confidence, meaning, now, room)
        if talk.checkin and not (talk.open or talk.put_off or talk.offered):
            read_aloud(tx, self.house.words, who, *here, now)
        return None if talk.turn is None else (talk.turn, who), talk.put_off

    async def _keep_sound(self, device: Device, said: tuple[str, str] | None, sound: bytes) -> None:
        """The words are on record already, and nothing that goes wrong here costs them."""
        if said is None or not sound:
            return
        try:
            if await self.house.store.aread(_all_agree, device):
                made = await asyncio.to_thread(packed, sound)
                await self.house.store.awrite(self._put_by, device, *said, made)
        except Exception as error:
            _log.error("sound_not_kept", home=device.home, error=type(error).__name__)

    def _put_by(self, tx: Session, device: Device, turn: str, who: str, sound: Packed) -> None:
        if _all_agree(tx, device):  # still
            keep(tx, turn, who, sound, self.house.clock.now())

    def _nobodys(self, tx: Session, device: Device, text: str, meaning: Meaning, now: datetime) -> None:
        """Nobody is registered in this home: there is no talk, but a cry for help is the home's."""
        for kind, level in meaning.risks.items():
            said = self.house.words.text("speech.nobodys", said=text)
            id = f"{new_id('said')}:{kind}"
            sign = Sign(id, None, kind, now, Source.TALK, said, "nobodys@1", Level(level.value), home=device.home)
            self.services.wellbeing.take(tx, [sign], now)

    async def _partial(self, device: Device, text: str, again: Again) -> None:
        """Help words in mid-sentence that are heard twice are acted on at once: the whole sentence joins the same
        escalation afterwards. What half a sentence may mean otherwise is judged when it is whole."""
        if await self._cry_in(text) and (cry := await self._cry_in(await again())):
            await self.house.store.awrite_first(self._cry, device, cry)

    async def _cry_in(self, text: str) -> Cry | None:
        return self.cries.cry(text, await self.services.understood(text, ""))

    def _cry(self, tx: Session, device: Device, cry: Cry) -> None:
        now, minute = self.house.clock.now(), int(self.house.clock.real().timestamp()) // 60
        text, level = self.house.words.text(f"speech.cry.{cry.kind}"), Level(cry.level.value)
        people: list[str | None] = [who.id for who in residents.of_device(tx, device.home, device.device)]
        for who in people or [None]:
            id = f"cry:{cry.kind}:{who or address(device)}:{minute}"
            sign = Sign(id, who, cry.kind, now, Source.TALK, text, "partial@2", level, home=device.home)
            self.services.wellbeing.take(tx, [sign], now)

    async def _sos(self, device: Device, press: str) -> str:
        return await self.house.store.awrite_first(self._press, device, press)

    def _press(self, tx: Session, device: Device, press: str) -> str:
        return self.services.press_sos(tx, device.home, device.device, press, self.house.clock.now())

    async def _put_off(self, device: Device) -> None:
        await self.house.store.awrite(promise, device, self.house.clock.real())

    async def _connected(self, device: Device) -> bool:
        return await self.house.store.awrite(self._welcome_back, device)

    def _welcome_back(self, tx: Session, device: Device) -> bool:
        now = self.house.clock.now()
        for who in residents.of_device(tx, device.home, device.device):
            self.services.checkins.repeat_question(tx, who.id, "speaker", address(device), now)
        wake(tx, "deliveries")
        return promised(tx, device, self.house.clock.real())

    async def _present(self, device: Device, here: bool) -> bool:
        return await self.house.store.awrite(self._note_presence, device, here)

    def _note_presence(self, tx: Session, device: Device, here: bool) -> bool:
        """Whether there is such a device still."""
        if residents.device(tx, device.home, device.device) is None:
            return False
        until = self.house.clock.real() + PRESENT_FOR if here else None
        residents.set_presence(tx, device.home, device.device, until, self.house.settings.instance)
        return True

    async def _end_talk(self, device: Device) -> None:
        await self.house.store.awrite(self._end, device)

    def _end(self, tx: Session, device: Device) -> None:
        kept(tx, device)
        who = self._whose(tx, device)
        if who is not None:
            self.services.checkins.end_by_resident(tx, who, self.house.clock.now())

    def _whose(self, tx: Session, device: Device) -> str | None:
        people = [person.id for person in residents.of_device(tx, device.home, device.device)]
        if len(people) <= 1:
            return people[0] if people else None
        return self.services.checkins.whose_turn(tx, people, address(device)) or people[0]


def _all_agree(tx: Session, device: Device) -> bool:
    """Whether sound may be kept here: nobody can tell which of those who share a speaker is heard in it."""
    people = residents.of_device(tx, device.home, device.device)
    return bool(people) and all(residents.has_consent(tx, who.id, Consent.AUDIO) for who in people)


def address(device: Device) -> str:
    """A speaker's address in the outbox."""
    return f"{device.home}/{device.device}"
