"""kill -9 of the real service at random moments, while buttons are pressed and check-ins fall due: nothing is lost.

Gateways repeat a press until it is acknowledged, as the contract has it. Afterwards every press has one escalation with
a future step that was paged to a phone, and every check-in that was started is asked, answered, or missed and told.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import tempfile
import threading
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from demo.town import demo_town
from prompts import load
from tests.fakes.bot_api import TOKEN, BotApi
from tests.running import Service

HOMES = 40
REPEAT_S = 1.0


@dataclass
class Buttons:
    """All gateways in one: presses, and repeats each press until it is acknowledged."""

    passwords: dict[str, str]
    port: int
    acked: dict[str, str] = field(default_factory=dict)
    pressed: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def press(self, home: str, press: str) -> None:
        """Press once; `repeat` does the rest."""
        self.pressed[press] = home
        self._publish(home, press)

    def repeat(self) -> None:
        """Publish again whatever has not been acknowledged."""
        for press, home in self.pressed.items():
            if press not in self.acked:
                self._publish(home, press)

    def close(self) -> None:
        """Leave."""
        for client in self.clients.values():
            client.disconnect()
            client.loop_stop()

    def _publish(self, home: str, press: str) -> None:
        if home not in self.clients:
            self.clients[home] = self._connect(home)
        if self.clients[home].is_connected():
            self.clients[home].publish(f"homes/{home}/sos", json.dumps({"id": press}), qos=0)

    def _connect(self, home: str) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=f"kills-{home}")
        client.username_pw_set(home, self.passwords[home])
        client.reconnect_delay_set(1, 1)
        connected = threading.Event()
        client.on_message = self._on_ack
        client.on_subscribe = lambda *_: connected.set()
        client.on_connect = lambda c, *_: c.subscribe(f"homes/{home}/sos/ack", qos=1)
        client.connect_async("127.0.0.1", self.port)
        client.loop_start()
        connected.wait(3)
        return client

    def _on_ack(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        said = json.loads(message.payload)
        self.acked[said["id"]] = said["escalation"]


async def measure(kills: int, seed: int) -> dict[str, Any]:
    """So many kills, then the invariant."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        async with BotApi() as api:
            service = Service(Path(folder), {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url})
            printed = await asyncio.to_thread(service.take_in, demo_town(load(), HOMES))
            token = await asyncio.to_thread(service.token)
            await asyncio.to_thread(service.start)
            phone = api.phone("담당")
            phone.says(f"/start {printed['telegram']['u-001']}")
            await asyncio.sleep(2)
            buttons = Buttons(printed["mqtt"], service.mqtt_port)
            started: list[tuple[str, str]] = []
            try:
                for number in range(kills):
                    await _one_kill(service, buttons, started, token, rng, number)
                return await _judge(service, api, phone.chat, buttons, started, token, seed)
            finally:
                buttons.close()
                await asyncio.to_thread(service.stop)


async def _one_kill(
    service: Service, buttons: Buttons, started: list[tuple[str, str]], token: str, rng: random.Random, number: int
) -> None:
    home = f"home-{rng.randint(1, HOMES):03}"
    await asyncio.to_thread(buttons.press, home, f"press-{number}")
    started += await _start_checkin(service, token, f"r-{rng.randint(1, HOMES):03}")
    await asyncio.sleep(rng.uniform(0.0, 0.6))
    await asyncio.to_thread(service.kill)
    await asyncio.to_thread(service.start)
    await asyncio.to_thread(buttons.repeat)


async def _start_checkin(service: Service, token: str, resident: str) -> list[tuple[str, str]]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=10) as client:
        answer = await client.post(f"/api/v1/residents/{resident}/checkins", json={})
    return [(resident, answer.json()["id"])] if answer.status_code == 201 else []


async def _judge(
    service: Service, api: BotApi, chat: int, buttons: Buttons, started: list[tuple[str, str]], token: str, seed: int
) -> dict[str, Any]:
    for _ in range(60):
        if len(buttons.acked) == len(buttons.pressed):
            break
        await asyncio.to_thread(buttons.repeat)
        await asyncio.sleep(REPEAT_S)
    await asyncio.sleep(35)  # an interrupted page leaves again within this time
    escalations = await asyncio.to_thread(_all, service, "escalations?state=all", token)
    steps = {found["id"]: found["next_step_at"] for found in escalations}
    paged = _paged(api, chat)
    lost = [p for p in buttons.pressed if p not in buttons.acked or not steps.get(buttons.acked[p])]
    lost += [press for press, escalation in buttons.acked.items() if escalation not in paged]
    asked = [await asyncio.to_thread(_state_of, service, resident, id, token) for resident, id in started]
    stranded = await asyncio.to_thread(_stranded, service)
    waiting = await asyncio.to_thread(_all, service, "deliveries?state=waiting", token)
    return {
        "kills": len(buttons.pressed),
        "seed": seed,
        "presses_lost": len(lost),
        "checkins_started": len(started),
        "checkins_lost": sum(state in {"planned", "gone"} for state in asked),
        "checkins_without_next_step": stranded,
        "first_pages_repeated": sum(max(0, n - 1) for n in _first_rounds(api, chat).values()),
        "deliveries_still_waiting": len(waiting),
    }


def _all(service: Service, path: str, token: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = service.get(f"{path}&limit=200{cursor}", token)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def _state_of(service: Service, resident: str, id: str, token: str) -> str:
    """What became of one started check-in; "gone" where the service no longer knows it."""
    items = service.get(f"residents/{resident}/checkins?limit=200", token)["items"]
    return next((str(item["state"]) for item in items if item["id"] == id), "gone")


def _stranded(service: Service) -> int:
    """Unfinished check-ins that no row will ever carry on, counted in the database itself."""
    with closing(sqlite3.connect(service.folder / "anbu.db")) as database:
        (count,) = database.execute(
            "SELECT count(*) FROM checkins k WHERE state IN ('planned', 'asked') AND due_at IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM talks t WHERE t.checkin = k.id AND t.open AND t.due_at IS NOT NULL)"
        ).fetchone()
    return int(count)


def _paged(api: BotApi, chat: int) -> set[str]:
    return {escalation for escalation, _text in _pages(api, chat)}


def _first_rounds(api: BotApi, chat: int) -> Counter[str]:
    """How often the first page (not a repeated round) of each escalation came."""
    again = load().text("escalations.page.again").split("{")[0].strip()
    return Counter(escalation for escalation, text in _pages(api, chat) if again not in text)


def _pages(api: BotApi, chat: int) -> list[tuple[str, str]]:
    pages = []
    for call in api.asked("sendMessage"):
        fields = json.dumps(call.fields, ensure_ascii=False)
        if call.chat == chat and "ack:" in fields:
            pages.append((fields.split("ack:")[1].split('"')[0].rstrip("\\"), str(call.fields.get("text", ""))))
    return pages


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    arguments, _ = parser.parse_known_args()
    print(json.dumps(asyncio.run(measure(arguments.kills, arguments.seed))))
