"""The speaker's ports filled: what is heard at home goes to the conversation, the button to the escalations."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.messages import read_aloud
from residents import service as residents
from residents.people import Device
from residents.sign import Level, Sign, Source
from speech.meaning import Meaning
from speech.ports import Owner, SpeakerPorts
from store import new_id, wake
from wiring.house import House
from wiring.services import Services

#: real time a speaker counts as present after it last said so; it says so every ten seconds.
PRESENT_FOR = timedelta(seconds=25)
_NOTHING_HEARD = Meaning(confidence=0.0)


@dataclass(frozen=True)
class AtHome:
    """Answers the speakers of one process (`instance`)."""

    house: House
    services: Services

    def ports(self) -> SpeakerPorts:
        """Everything the speaker's edge asks for."""
        return SpeakerPorts(
            device_of=self._device_of,
            owner_of=self._owner_of,
            start_talk=self._start_talk,
            heard=self._heard,
            sos=self._sos,
            connected=self._connected,
            present=self._present,
            end_talk=self._end_talk,
            partial=self._partial,
            unheard=self._unheard,
        )

    async def _device_of(self, token: str) -> Device | None:
        return await self.house.store.aread(residents.device_by_token, token)

    async def _owner_of(self, device: Device) -> Owner:
        people = await self.house.store.aread(residents.of_device, device.home, device.device)
        return Owner(people[0].called, people[0].rate) if len(people) == 1 else Owner()

    async def _start_talk(self, device: Device) -> None:
        await self.house.store.awrite(self._begin, device)

    def _begin(self, tx: Session, device: Device) -> None:
        who = self._whose(tx, device)
        if who is not None:
            self.services.checkins.start_by_resident(tx, who, "speaker", address(device), self.house.clock.now())

    async def _heard(self, device: Device, text: str, confidence: float | None, _source: str) -> None:
        prompt = await self.house.store.aread(self._prompt, device)
        meaning = await self.services.understood(text, prompt)
        await self.house.store.awrite(self._hear, device, text, confidence, meaning)

    async def _unheard(self, device: Device) -> None:
        await self.house.store.awrite(self._hear, device, "", 0.0, _NOTHING_HEARD)

    def _prompt(self, tx: Session, device: Device) -> str:
        who = self._whose(tx, device)
        return self.services.checkins.prompt_of(tx, who) if who is not None else ""

    def _hear(self, tx: Session, device: Device, text: str, confidence: float | None, meaning: Meaning) -> None:
        who, now = self._whose(tx, device), self.house.clock.now()
        if who is None:
            self._nobodys(tx, device, text, meaning, now)
            return
        here = ("speaker", address(device))
        talk = self.services.checkins.hear(tx, who, *here, text, confidence, meaning, now)
        if talk.checkin and not talk.open:
            read_aloud(tx, self.house.words, who, *here, now)

    def _nobodys(self, tx: Session, device: Device, text: str, meaning: Meaning, now: datetime) -> None:
        """Nobody is registered in this home: there is no talk, but a cry for help is the home's."""
        for kind, level in meaning.risks.items():
            said = self.house.words.text("speech.nobodys", said=text)
            id = f"{new_id('said')}:{kind}"
            sign = Sign(id, None, kind, now, Source.TALK, said, "nobodys@1", Level(level.value), home=device.home)
            self.services.wellbeing.take(tx, [sign], now)

    async def _partial(self, device: Device, text: str) -> None:
        """Help words in mid-sentence are acted on at once: the whole sentence joins the same escalation afterwards."""
        meaning = await self.services.understood(text, "")
        if "help_call" in meaning.risks:
            await self.house.store.awrite_first(self._cry, device)

    def _cry(self, tx: Session, device: Device) -> None:
        now, minute = self.house.clock.now(), int(self.house.clock.real().timestamp()) // 60
        text = self.house.words.text("speech.cry")
        people: list[str | None] = [who.id for who in residents.of_device(tx, device.home, device.device)]
        for who in people or [None]:
            id = f"cry:{who or address(device)}:{minute}"
            sign = Sign(id, who, "help_call", now, Source.TALK, text, "partial@1", Level.EMERGENCY, home=device.home)
            self.services.wellbeing.take(tx, [sign], now)

    async def _sos(self, device: Device, press: str) -> str:
        return await self.house.store.awrite_first(self._press, device, press)

    def _press(self, tx: Session, device: Device, press: str) -> str:
        return self.services.press_sos(tx, device.home, device.device, press, self.house.clock.now())

    async def _connected(self, device: Device) -> None:
        await self.house.store.awrite(self._welcome_back, device)

    def _welcome_back(self, tx: Session, device: Device) -> None:
        now = self.house.clock.now()
        for who in residents.of_device(tx, device.home, device.device):
            self.services.checkins.repeat_question(tx, who.id, "speaker", address(device), now)
        wake(tx, "deliveries")

    async def _present(self, device: Device, here: bool) -> None:
        until = self.house.clock.real() + PRESENT_FOR if here else None
        instance = self.house.settings.instance
        await self.house.store.awrite(residents.set_presence, device.home, device.device, until, instance)

    async def _end_talk(self, device: Device) -> None:
        await self.house.store.awrite(self._end, device)

    def _end(self, tx: Session, device: Device) -> None:
        who = self._whose(tx, device)
        if who is not None:
            self.services.checkins.end_by_resident(tx, who, self.house.clock.now())

    def _whose(self, tx: Session, device: Device) -> str | None:
        people = [person.id for person in residents.of_device(tx, device.home, device.device)]
        if len(people) <= 1:
            return people[0] if people else None
        return self.services.checkins.whose_turn(tx, people, address(device)) or people[0]


def address(device: Device) -> str:
    """A speaker's address in the outbox."""
    return f"{device.home}/{device.device}"
