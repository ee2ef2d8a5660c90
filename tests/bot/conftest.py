"""A stage for the bot's stories: a local Bot API server, the real library, the real store and services, phones."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from bot.channel import TelegramChannel
from bot.house import House, Transcribe
from bot.loop import TelegramBot, Tuning
from bot.pace import UNLIMITED, Pace
from bot.telegram import TelegramApi
from checkins.service import Checkins, Result
from escalations.channel import DeliveryOut
from escalations.sender import Sender
from escalations.service import Escalations
from prompts import load
from residents import access, service
from residents.sign import Level, Sign, Source
from residents.tables import ContactRow, CoordinatorRow, ResidentRow
from speech.meaning import Meaning, RiskLevel
from store import FixedClock, Store
from tests.conftest import SEOUL
from tests.fakes.bot_api import BotApi
from tests.fakes.phone import Phone
from wellbeing.service import Wellbeing


@dataclass(frozen=True)
class Heard:
    """What reached the conversation."""

    resident: str
    text: str
    confidence: float | None


@dataclass(frozen=True)
class NotedCheckins(Checkins):
    """The real conversation; what it was given is noted, and `trouble` may break it."""

    heard: list[Heard] = field(default_factory=list)
    trouble: list[Callable[[str], None]] = field(default_factory=list)

    def hear(
        self,
        tx: Session,
        resident: str,
        channel: str,
        address: str,
        text: str,
        confidence: float | None,
        meaning: Meaning,
        now: datetime,
        room: bool = True,
    ) -> Result:
        for trouble in self.trouble:
            trouble(text)
        result = super().hear(tx, resident, channel, address, text, confidence, meaning, now, room)
        self.heard.append(Heard(resident, text, confidence))
        return result


class Stage:
    """One bot over one store. Nothing leaves the outbox before `sent()`."""

    def __init__(self, store: Store, api: BotApi, clock: FixedClock) -> None:
        self.store, self.api, self.clock = store, api, clock
        self.words = load()
        self.escalations = Escalations(self.words)
        self.wellbeing = Wellbeing(self.escalations, self.words)
        self.checkins = NotedCheckins(self.words, self.wellbeing)
        self.transcribe: Transcribe | None = None
        self.telegram = TelegramApi(api.token, api.url)
        self.channel = TelegramChannel(self.telegram, self.words, Pace(UNLIMITED, second_s=0))
        self.tuning = Tuning(poll_s=2, rescan_s=0.2, standby_s=0.05, retry_s=(0.01, 0.01))
        self.bots: list[asyncio.Task[None]] = []
        self._numbers = itertools.count(1)

    @property
    def house(self) -> House:
        return House(self.escalations, self.wellbeing, self.checkins, self.words, understand, self.transcribe, SEOUL)

    @property
    def heard(self) -> list[str]:
        """The words that reached the conversation, in order."""
        return [said.text for said in self.checkins.heard]

    def signs(self, resident: str = "r-001") -> list[Sign]:
        """What became a sign, newest first."""
        return self.store.read(self.wellbeing.signs_of, resident)

    def bot(self) -> TelegramBot:
        """A bot as after a start of the process."""
        holder = f"bot-{next(self._numbers)}"
        return TelegramBot(self.store, self.clock, self.house, self.channel, holder, self.tuning)

    def start(self, bot: TelegramBot | None = None) -> asyncio.Task[None]:
        """Let a bot run until the story ends."""
        task = asyncio.create_task((bot or self.bot()).run())
        self.bots.append(task)
        return task

    async def stop(self, task: asyncio.Task[None]) -> None:
        """End one bot."""
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self.bots.remove(task)

    async def close(self) -> None:
        """End them all."""
        for task in list(self.bots):
            await self.stop(task)
        await self.telegram.close()

    async def sent(self) -> int:
        """Let the outbox send all that is due; how many attempts that took."""
        return await Sender(self.store, self.clock, {"telegram": self.channel}).once()

    async def send(self, phone: Phone, text: str, **more: Any) -> str | None:
        """Hand one delivery straight to the channel; its receipt's ref."""
        number = next(self._numbers)
        out = DeliveryOut(f"d-{number}", f"key-{number}", "page", "telegram", str(phone.chat), {"text": text})
        return (await self.channel.send(replace(out, **more))).ref

    async def linked(self, kind: str, id: str, name: str = "시험") -> Phone:
        """A phone whose owner has used their code; the greeting is cleared away."""
        phone = self.api.phone(name)
        code = await self.store.awrite(access.link_code, kind, id, self.clock.now())
        phone.says(f"/start {code}")
        await phone.sees("연결" if kind == "coordinator" else "기계")
        phone.messages.clear()
        return phone

    def share(self, topic: str = "family") -> None:
        """The resident agrees to share."""
        self.store.write(service.set_consent, "r-001", topic, True, "r-001", self.clock.now())

    def alarm(self, kind: str = "sos", level: Level = Level.EMERGENCY, resident: str = "r-001") -> str:
        """Something happens at home; the escalation's id."""
        id = f"s-{next(self._numbers)}"
        sign = Sign(
            id, resident, kind, self.clock.now(), Source.SOS, "도움 단추를 누르셨습니다.", "test@1", level=level
        )
        taken = self.store.write(self.wellbeing.take, [sign], self.clock.now())
        return taken[0].escalation or ""


def understand(text: str, prompt: str) -> Meaning:
    """A tiny understanding: enough to know a cry for help."""
    return Meaning(risks={"fall": RiskLevel.EMERGENCY} if "쓰러" in text else {})


def add_people(tx: Session) -> None:
    """Two residents, relatives of the first, and a control centre."""
    tx.add(ResidentRow(id="r-001", name="김안부", called="안부 어르신", home="home-001", district="햇살2동"))
    tx.add(ResidentRow(id="r-002", name="이안부", called="이 어르신", home="home-002", district="햇살2동"))
    tx.flush()
    topics = ["activity", "mood"]
    tx.add(ContactRow(id="c-001", resident="r-001", name="김하나", relation="딸", order=1, topics=topics))
    tx.add(ContactRow(id="c-002", resident="r-001", name="김두리", relation="아들", order=2))
    staff = (("u-001", "박담당", "coordinator"), ("u-002", "최책임", "supervisor"), ("u-003", "나보기", "viewer"))
    for id, name, role in staff:
        tx.add(CoordinatorRow(id=id, name=name, email=f"{id}@example.kr", email_hash=id, role=role))


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server."""
    async with BotApi() as server:
        yield server


@pytest.fixture
async def stage(store: Store, api: BotApi, clock: FixedClock) -> AsyncIterator[Stage]:
    """The stage with its people; no bot runs yet."""
    store.write(add_people)
    made = Stage(store, api, clock)
    yield made
    await made.close()
