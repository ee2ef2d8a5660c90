"""One running service with a neighbourhood for all tests here: each takes a home of its own. All over real sockets."""

import asyncio
import itertools
import json
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from websockets.asyncio.client import ClientConnection, connect

from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.phone import Phone
from tests.forked import Forked
from tests.moment import clock_shows
from tests.needs import PATIENCE_S
from tests.running import Service

HOMES = 40


def household(number: int, **more: Any) -> dict[str, list[dict[str, Any]]]:
    """A resident, a daughter and the devices of one home."""
    id, home = f"r-{number:03}", f"home-{number:03}"
    resident = {
        "id": id,
        "name": f"김안부{number:03}",
        "called": "안부 어르신",
        "born": 1941,
        "sex": "F",
        "district": "가나동",
        "home": home,
        "phone": "010-0000-0001",
        "address": "가나로 1",
        "way_in": "관리실에 열쇠",
        "conditions": ["고혈압"],
        "consents": ["voice", "chat", "sensors", "health", "family"],
    }
    kinds = {"bedroom_motion": "motion", "door": "contact", "button": "sos", "speaker-1": "speaker"}
    return {
        "residents": [resident | more],
        "contacts": [
            {"id": f"c-{number:03}", "resident": id, "name": f"이안부{number:03}", "relation": "딸", "topics": ["mood"]}
        ],
        "devices": [{"home": home, "device": d, "kind": k, "room": "bedroom"} for d, k in kinds.items()],
    }


STAFF: dict[str, list[dict[str, Any]]] = {
    "coordinators": [
        {"id": "u-001", "name": "박담당", "email": "park@example.kr", "role": "coordinator"},
        {"id": "u-002", "name": "최담당", "email": "choi@example.kr", "role": "coordinator"},
        {"id": "u-003", "name": "정팀장", "email": "jung@example.kr", "role": "supervisor"},
    ],
    "roster": [
        {"coordinator": "u-001", "days": "daily", "from": "00:00", "to": "24:00", "rank": 1},
        {"coordinator": "u-002", "days": "daily", "from": "00:00", "to": "24:00", "rank": 2},
    ],
}


def town_of(*parts: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Households and staff as one town file."""
    tables = ("residents", "contacts", "devices", "coordinators", "roster")
    return {table: [row for part in parts for row in part.get(table, [])] for table in tables}


#: the smallest whole town.
TOWN = town_of(household(1), STAFF)


@dataclass
class Gateway:
    """A home's gateway over real MQTT; `acks` are the service's answers to its SOS."""

    home: str
    password: str
    port: int
    acks: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        connected = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=f"gw-{uuid.uuid4().hex[:8]}")
        self.client.username_pw_set(self.home, self.password)
        self.client.on_message = self._on_message
        self.client.on_subscribe = lambda *_: connected.set()
        self.client.on_connect = lambda client, *_: client.subscribe(f"homes/{self.home}/sos/ack", qos=1)
        self.client.connect("127.0.0.1", self.port)
        self.client.loop_start()
        assert connected.wait(PATIENCE_S), "the gateway could not sign in"

    def say(self, topic: str, payload: Any, *, retain: bool = False) -> None:
        """Publish below the home's topics and wait until the broker has it."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload)
        self.client.publish(f"homes/{self.home}/{topic}", raw, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    async def press(self, payload: Any, topic: str = "sos", *, retain: bool = False) -> dict[str, Any]:
        """Say it and wait for the service's acknowledgement, which is returned."""
        before = len(self.acks)
        self.say(topic, payload, retain=retain)
        await until(lambda: len(self.acks) > before)
        return self.acks[-1]

    def close(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.acks.append(json.loads(message.payload))


@dataclass
class Town:
    """What a story needs: the service, its API, the phones, the gateways."""

    service: Service
    api: BotApi
    printed: dict[str, Any]
    token: str
    more_tokens: dict[str, str] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    gateways: list[Gateway] = field(default_factory=list)
    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """What the service's clock shows."""
        return datetime.now(UTC) + self.ahead

    async def link(self, *ids: str) -> None:
        """Let these people link their phones."""
        for id in ids:
            phone = self.phones[id] = self.api.phone(id)
            phone.says(f"/start {self.printed['telegram'][id]}")
        await until(lambda: all(self.phones[id].messages for id in ids))
        for id in ids:
            self.phones[id].messages.clear()

    async def gateway(self, home: str = "home-001") -> Gateway:
        """A home's gateway, signed in."""
        made = await asyncio.to_thread(Gateway, home, self.printed["mqtt"][home], self.service.mqtt_port)
        self.gateways.append(made)
        return made

    async def call(self, method: str, path: str, *, role: str | None = "admin", **more: Any) -> httpx.Response:
        """One API call with the token of this role; None: with none."""
        headers = {"Authorization": f"Bearer {self.more_tokens.get(role, self.token)}"} if role else {}
        headers |= more.pop("headers", {})
        async with httpx.AsyncClient(base_url=f"{self.service.url}/api/v1/", timeout=PATIENCE_S) as client:
            return await client.request(method, path, headers=headers, **more)

    async def get(self, path: str) -> Any:
        """GET, as JSON."""
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def counted(self) -> dict[str, int]:
        """The readings' counters."""
        names = {f"anbu_readings_{name}": name for name in ("duplicate_total", "quarantined_total")}
        names["anbu_readings_total"] = "total"
        async with httpx.AsyncClient() as client:
            lines = (await client.get(f"{self.service.url}/metrics")).text.splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {names[name]: int(float(value)) for name, value in pairs if name in names}


@dataclass
class Home:
    """One home of the town, a test's own."""

    town: Town
    number: int

    @property
    def id(self) -> str:
        return f"home-{self.number:03}"

    @property
    def resident(self) -> str:
        return f"r-{self.number:03}"

    @property
    def contact(self) -> str:
        return f"c-{self.number:03}"

    @property
    def name(self) -> str:
        """The resident's; nobody else's contains it."""
        return f"김안부{self.number:03}"

    @property
    def device_token(self) -> str:
        return str(self.town.printed["devices"][f"{self.id}/speaker-1"])

    async def gateway(self) -> Gateway:
        """The home's gateway, signed in."""
        return await self.town.gateway(self.id)

    def speaker(self, token: str | None = None) -> connect:
        """The home's speaker, signed in by its header ("" = by a hello still to come)."""
        token = self.device_token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return connect(f"{self.town.service.url.replace('http', 'ws')}/ws/speaker", additional_headers=headers)

    def shown(self, who: str) -> list[str]:
        """What this person's phone shows about this home's resident."""
        return [text for text in self.town.phones[who].texts if self.name in text]

    async def open(self) -> list[dict[str, Any]]:
        """This resident's escalations that are not closed."""
        items = (await self.town.get("escalations?state=all&limit=200"))["items"]
        return [e for e in items if e["resident"] == self.resident and e["state"] != "closed"]


async def until(true: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Wait until it is so; fail after `within_s` real seconds."""
    end = asyncio.get_running_loop().time() + within_s
    while not true():
        assert asyncio.get_running_loop().time() < end, "waited in vain"
        await asyncio.sleep(0.02)


async def next_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The speaker's next message of this type."""
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
        if message["type"] == kind:
            return dict(message)


@asynccontextmanager
async def open_town(folder: Path, town: dict[str, Any], *roles: str, **settings: str) -> AsyncIterator[Town]:
    """A service of its own with this town in it, and tokens of these roles; stopped afterwards."""
    async with BotApi() as api:
        service = Forked(folder, {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, **settings})
        ahead = await asyncio.to_thread(clock_shows, service)
        printed = await asyncio.to_thread(service.take_in, town)
        token = await asyncio.to_thread(service.token)
        others = {role: await asyncio.to_thread(service.token, role) for role in roles}
        await asyncio.to_thread(service.start)
        opened = Town(service, api, printed, token, others, ahead=ahead)
        try:
            yield opened
        finally:
            for gateway in opened.gateways:
                gateway.close()
            await asyncio.to_thread(service.stop)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The neighbourhood, running; everybody on duty has linked a phone."""
    homes = [household(number) for number in range(1, HOMES + 1)]
    async with open_town(tmp_path_factory.mktemp("town"), town_of(*homes, STAFF), "viewer", "coordinator") as opened:
        await opened.link("u-001", "u-002", "u-003")
        yield opened


@pytest.fixture(scope="session")
def free_homes() -> Iterator[int]:
    """The numbers of homes nobody has used."""
    return itertools.chain(range(1, HOMES + 1))


@pytest.fixture
def home(town: Town, free_homes: Iterator[int]) -> Home:
    """A home no other test touches."""
    return Home(town, next(free_homes))
