"""From an SOS published over MQTT to the coordinator's page leaving for the Bot API, with the real service between."""

import argparse
import asyncio
import json
import re
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from demo.town import demo_town
from prompts import load
from tests.fakes.bot_api import TOKEN, BotApi
from tests.running import Service

PRESSES = 200
HOMES = 200
PAUSE_S = 0.15
_ACK = re.compile(r"ack:[\w-]+")


class Gateway:
    """One MQTT client that presses the buttons of one home."""

    def __init__(self, home: str, password: str, port: int) -> None:
        self._home = home
        self._connected = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=home)
        self._client.username_pw_set(home, password)
        self._client.on_connect = lambda *_: self._connected.set()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def press(self, n: int) -> float:
        """Press, and when it was pressed."""
        assert self._connected.wait(10)
        at = time.monotonic()
        self._client.publish(f"homes/{self._home}/sos", json.dumps({"id": f"press-{n}"}), qos=1)
        return at

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


async def measure() -> dict[str, Any]:
    """One press in each of 200 homes, one after another, and when rank 1 was paged for each."""
    with tempfile.TemporaryDirectory() as folder:
        async with BotApi() as api:
            service = Service(Path(folder), {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url})
            printed = await asyncio.to_thread(service.take_in, demo_town(load(), HOMES))
            await asyncio.to_thread(service.start)
            try:
                return await _press_all(api, service, printed)
            finally:
                await asyncio.to_thread(service.stop)


async def _press_all(api: BotApi, service: Service, printed: dict[str, Any]) -> dict[str, Any]:
    phone = api.phone("담당")
    phone.says(f"/start {printed['telegram']['u-001']}")
    await until(lambda: bool(phone.messages), 15)
    pressed: dict[int, float] = {}
    for n in range(1, PRESSES + 1):
        home = f"home-{(n - 1) % HOMES + 1:03}"
        gateway = await asyncio.to_thread(Gateway, home, printed["mqtt"][home], service.mqtt_port)
        at = await asyncio.to_thread(gateway.press, n)
        await until(lambda n=n: len(first_pages(api, phone.chat)) >= n, 10)
        pressed[n] = first_pages(api, phone.chat)[n - 1] - at
        gateway.close()
        await asyncio.sleep(PAUSE_S)
    seconds = sorted(pressed.values())
    return {
        "presses": len(seconds),
        "sos_to_page_p50_s": round(statistics.median(seconds), 3),
        "sos_to_page_p99_s": round(seconds[int(len(seconds) * 0.99) - 1], 3),
        "sos_to_page_max_s": round(seconds[-1], 3),
    }


def first_pages(api: BotApi, chat: int) -> list[float]:
    """When each escalation was paged to this chat for the first time, in that order."""
    first: dict[str, float] = {}
    for call in api.asked("sendMessage"):
        found = _ACK.search(json.dumps(call.fields)) if call.chat == chat else None
        if found is not None:
            first.setdefault(found.group(), call.at)
    return list(first.values())


async def until(true: Any, within_s: float) -> None:
    end = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        await asyncio.sleep(0.002)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_known_args()
    print(json.dumps(asyncio.run(measure())))
