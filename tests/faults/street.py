"""A street of homes around the real service: buttons that repeat their presses, chats that are read, and a census."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlmodel import Session, select

from escalations.tables import DeliveryRow
from prompts import load
from store import Store
from store.fault import KILLED
from tests.acceptance.conftest import STAFF, household, town_of, until
from tests.conftest import SECRET, import_tables
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.phone import Phone
from tests.faults import promises
from tests.faults.buttons import Buttons
from tests.forked import Forked
from tests.moment import clock_shows
from tests.needs import PATIENCE_S
from tests.running import START_WITHIN_S

HOMES = 40
PLAN = {"days": "daily", "at": ["09:30", "17:00"]}


@dataclass
class Street:
    """The service and all who live with it. `begun`: attempts that were under way when it died."""

    service: Forked
    api: BotApi
    store: Store
    token: str
    codes: dict[str, str]
    buttons: Buttons
    phones: dict[str, Phone] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)
    homes: int = 0

    def next_home(self) -> int:
        """The number of a home nothing has happened in yet; round again when there is none left."""
        self.homes += 1
        return (self.homes - 1) % HOMES + 1

    async def link(self, *ids: str) -> None:
        """These people link their chats; the service must run."""
        for id in ids:
            phone = self.phones[id] = self.api.phone(id)
            phone.says(f"/start {self.codes[id]}")
        await until(lambda: all(self.phones[id].messages for id in ids))

    async def start(self, fault: str = "") -> None:
        """Start it; it dies at `fault`."""
        self.service.fault = fault
        process = self.service.process = await asyncio.to_thread(self.service.spawn)
        await until(lambda: self.service.ready() or process.poll() is not None, START_WITHIN_S)

    def lives(self) -> bool:
        """Whether the service is (still) there."""
        process = self.service.process
        return process is not None and process.poll() is None

    async def died(self) -> None:
        """Wait for the death that was ordered, then let its leases run out."""
        process = self.service.process
        assert process is not None
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while process.poll() is None:
            assert asyncio.get_running_loop().time() < end, "it did not come to the step at which it was to die"
            await asyncio.to_thread(self.buttons.repeat)
            await asyncio.sleep(0.05)
        assert process.poll() == KILLED, self.service.log()[-3000:]
        self.begun |= promises.in_flight(self.store)
        promises.nobody_runs_for(self.store, seconds=31)

    async def kill(self) -> None:
        """kill -9 from outside; its leases run out."""
        await self.kill_only()
        promises.nobody_runs_for(self.store, seconds=31)

    async def kill_only(self) -> None:
        """kill -9 from outside; its leases stand."""
        await asyncio.to_thread(self.service.kill)
        self.begun |= promises.in_flight(self.store)

    async def press(self, home: int) -> str:
        """Somebody presses the button; the press's id."""
        press = f"press-{len(self.buttons.pressed) + 1}"
        await asyncio.to_thread(self.buttons.press, f"home-{home:03}", press)
        return press

    async def ask(self, resident: str) -> None:
        """Start a check-in of this resident, if the service is there and none is running."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with suppress(httpx.HTTPError):
            async with httpx.AsyncClient(base_url=self.service.url, headers=headers, timeout=10) as client:
                answer = await client.post(f"/api/v1/residents/{resident}/checkins", json={})
            assert answer.status_code in {201, 409}, answer.text

    async def kept(self) -> None:
        """Every promise: presses acknowledged and paged, whatever was due has its next step, nothing came too often."""
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while missing := self.missing():
            assert asyncio.get_running_loop().time() < end, "\n".join([*missing, self.service.log()[-2000:]])
            await asyncio.to_thread(self.buttons.repeat)
            await asyncio.sleep(0.2)
        assert self.repeated() <= len(self.begun), "more came twice than was under way when it died"
        assert self.unlabelled() == [], "a repetition did not say so, or had another key"

    def missing(self) -> list[str]:
        """What is not (yet) as it must be."""
        pressed, acked = self.buttons.pressed, self.buttons.acked
        paged = {data.removeprefix("ack:") for _, data, _ in self._pages()}
        return [
            *(f"{press} not acknowledged" for press in pressed if press not in acked),
            *(f"{press} not paged" for press, escalation in acked.items() if escalation not in paged),
            *promises.broken(self.store),
        ]

    def repeated(self) -> int:
        """How many pages came more often than the outbox has them."""
        posted, came = self._posted(), Counter((chat, escalation) for chat, escalation, _ in self._pages())
        return sum(max(0, count - posted[page]) for page, count in came.items())

    def unlabelled(self) -> list[tuple[str, str]]:
        """Pages that came more often than the outbox has them without a word that they may be a repetition."""
        label = load().text("escalations.repeat")
        posted = self._posted()
        came = Counter((chat, escalation) for chat, escalation, text in self._pages() if label not in text)
        return [page for page, count in came.items() if count > posted[page]]

    def secrets(self) -> dict[str, bytes]:
        """What nobody may read who gets hold of a file."""
        said = {"a name": "김안부", "a relative": "이안부", "staff": "박담당", "a phone": "010-0000-0001"}
        said |= {"an address": "가나로 1", "a way in": "관리실에 열쇠", "a transcript": "잘 지냈어요"}
        said |= {"the bot's token": TOKEN, "the API token": self.token}
        said |= {"a gateway's password": self.buttons.passwords["home-001"]}
        escaped = {f"{what}, escaped": json.dumps(text)[1:-1] for what, text in said.items()}
        return {what: text.encode() for what, text in (said | escaped).items()}

    def _pages(self) -> list[tuple[str, str, str]]:
        """(chat, "ack:<escalation>", text) of every page any phone has received."""
        return [
            (str(phone.chat), data, "\n".join([message.text, *message.earlier]))
            for phone in self.phones.values()
            for message in phone.messages
            for _, data in message.buttons
            if data.startswith("ack:")
        ]

    def _posted(self) -> Counter[tuple[str, str]]:
        """How many pages the outbox has for each chat and escalation: each has one key for ever."""
        return self.store.read(_posted)


def _posted(tx: Session) -> Counter[tuple[str, str]]:
    rows = tx.exec(select(DeliveryRow).where(DeliveryRow.kind == "page"))
    return Counter((row.address, f"ack:{row.escalation}") for row in rows)


@asynccontextmanager
async def open_street(folder: Path, url: str | None = None) -> AsyncIterator[Street]:
    """The service in this folder, not started, with 40 homes and three people on duty in its store."""
    import_tables()
    people = town_of(*(household(number, plan=PLAN) for number in range(1, HOMES + 1)), STAFF)
    async with BotApi() as api:
        settings = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url} | ({"DATABASE_URL": url} if url else {})
        service = Forked(folder, settings)
        await asyncio.to_thread(clock_shows, service)
        printed = await asyncio.to_thread(service.take_in, people)
        token = await asyncio.to_thread(service.token)
        store = Store(service.environment["ANBU_DATABASE_URL"], SECRET)
        buttons = Buttons(printed["mqtt"], service.mqtt_port)
        try:
            yield Street(service, api, store, token, printed["telegram"], buttons)
        finally:
            await asyncio.to_thread(buttons.close)
            await asyncio.to_thread(service.kill)
            store.close()
