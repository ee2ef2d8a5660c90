"""A running service with a small town, phones on a local Bot API, and a gateway: everything over real sockets."""

import asyncio
import json
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.phone import Phone
from tests.running import Service

PATIENCE_S = 20.0

TOWN: dict[str, Any] = {
    "residents": [
        {
            "id": "r-001",
            "name": "김안부",
            "called": "안부 어르신",
            "born": 1941,
            "sex": "F",
            "district": "가나동",
            "home": "home-001",
            "phone": "010-0000-0001",
            "address": "가나로 1",
            "way_in": "관리실에 열쇠",
            "conditions": ["고혈압"],
            "consents": ["voice", "chat", "sensors", "health", "family"],
        }
    ],
    "contacts": [{"id": "c-001", "resident": "r-001", "name": "이안부", "relation": "딸", "topics": ["mood"]}],
    "devices": [
        {"home": "home-001", "device": "bedroom_motion", "kind": "motion", "room": "bedroom"},
        {"home": "home-001", "device": "button", "kind": "sos", "room": "bedroom"},
        {"home": "home-001", "device": "speaker-1", "kind": "speaker", "room": "bedroom"},
    ],
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
        assert connected.wait(10), "the gateway could not sign in"

    def say(self, topic: str, payload: Any) -> None:
        """Publish below the home's topics and wait until the broker has it."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload)
        self.client.publish(f"homes/{self.home}/{topic}", raw, qos=1).wait_for_publish(10)

    def close(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.acks.append(json.loads(message.payload))


@dataclass
class Town:
    """What a story needs: the service, its API, the phones, the gateway."""

    service: Service
    api: BotApi
    printed: dict[str, Any]
    token: str
    phones: dict[str, Phone] = field(default_factory=dict)
    gateways: list[Gateway] = field(default_factory=list)

    async def link(self, *ids: str) -> None:
        """Let these people link their phones."""
        for id in ids:
            phone = self.phones[id] = self.api.phone(id)
            phone.says(f"/start {self.printed['telegram'][id]}")
        await until(lambda: all(self.phones[id].messages for id in ids))
        for id in ids:
            self.phones[id].messages.clear()

    async def gateway(self, home: str = "home-001") -> Gateway:
        """The home's gateway, signed in."""
        made = await asyncio.to_thread(Gateway, home, self.printed["mqtt"][home], self.service.mqtt_port)
        self.gateways.append(made)
        return made

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One API call as an administrator."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=f"{self.service.url}/api/v1/", headers=headers, timeout=20) as client:
            return await client.request(method, path, **more)

    async def get(self, path: str) -> Any:
        """GET, as JSON."""
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def until(true: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Wait until it is so; fail after `within_s` real seconds."""
    end = asyncio.get_running_loop().time() + within_s
    while not true():
        assert asyncio.get_running_loop().time() < end, "waited in vain"
        await asyncio.sleep(0.02)


async def open_town(folder: Path, api: BotApi, town: dict[str, Any], **settings: str) -> Town:
    """Start a service of its own with a town in it."""
    service = Service(folder, {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, **settings})
    printed = await asyncio.to_thread(service.take_in, town)
    token = await asyncio.to_thread(service.token)
    await asyncio.to_thread(service.start)
    return Town(service, api, printed, token)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """The small town, running."""
    async with BotApi() as api:
        opened = await open_town(tmp_path, api, TOWN)
        try:
            yield opened
        finally:
            for gateway in opened.gateways:
                gateway.close()
            await asyncio.to_thread(opened.service.stop)
