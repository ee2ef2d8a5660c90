"""Fault 19: five hundred connections that only hold a place, and what an SOS and a page of the API take beside them.

A third says nothing, a third drips the head of a request byte by byte, a third opens a speaker's socket and never says
who it is. Each comes back as soon as it is shown out. Rounds with and without them take turns; the SOS goes over MQTT
until it is acknowledged (after the commit), the API call lists the residents.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from demo.town import demo_town
from prompts import load
from tests.running import Service

SOCKETS, ROUNDS, CALLS, SETTLE_S = 500, 3, 40, 6.0
_HEAD = b"GET /api/v1/residents HTTP/1.1\r\nHost: anbu\r\nX-Slow: "
_SPEAKER = (
    b"GET /ws/speaker HTTP/1.1\r\nHost: anbu\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YW5idS1zbG93LXNvY2tldA==\r\n\r\n"
)


async def measure() -> dict[str, Any]:
    """Both sides, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        printed = await asyncio.to_thread(service.take_in, demo_town(load(), ROUNDS * 2 * CALLS))
        token = await asyncio.to_thread(service.token)
        await asyncio.to_thread(service.start)
        alone, beside, held = _Times(), _Times(), list[float]()
        try:
            for number in range(ROUNDS):
                await alone.take(service, printed, token, 2 * number)
                crowd = [asyncio.create_task(_hold(service.http_port, n, held)) for n in range(SOCKETS)]
                await asyncio.sleep(SETTLE_S)
                await beside.take(service, printed, token, 2 * number + 1)
                for one in crowd:
                    one.cancel()
                await asyncio.gather(*crowd, return_exceptions=True)
        finally:
            await asyncio.to_thread(service.stop)
    return {
        "held_open": SOCKETS,
        "shown_out": len(held),
        "longest_held_s": round(max(held, default=0.0), 1),
        **alone.figures("alone"),
        **beside.figures("beside"),
        "sos_p99_ratio": round(_p99(beside.sos) / _p99(alone.sos), 2),
        "api_p99_ratio": round(_p99(beside.api) / _p99(alone.api), 2),
    }


class _Times:
    """Seconds until an SOS was acknowledged, and until the API had answered."""

    def __init__(self) -> None:
        self.sos, self.api = list[float](), list[float]()

    async def take(self, service: Service, printed: dict[str, Any], token: str, part: int) -> None:
        """One round: a press in each of its own homes, and an API call after each."""
        header = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=service.url, headers=header, timeout=30) as web:
            for n in range(part * CALLS, (part + 1) * CALLS):
                home = f"home-{n + 1:03}"
                self.sos.append(await asyncio.to_thread(_pressed, service, home, printed["mqtt"][home]))
                self.api.append(await _timed(lambda: _listed(web)))

    def figures(self, side: str) -> dict[str, float]:
        """In milliseconds."""
        found = {"sos": self.sos, "api": self.api}
        p50 = {f"{side}_{what}_p50_ms": round(1000 * statistics.median(took), 1) for what, took in found.items()}
        return p50 | {f"{side}_{what}_p99_ms": round(1000 * _p99(took), 1) for what, took in found.items()}


async def _hold(port: int, number: int, held: list[float]) -> None:
    """Come, say as little as possible, and come back when shown out; how long it was held goes to `held`."""
    while True:
        began = time.monotonic()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await asyncio.gather(_drip(writer, number % 3), _until_shown_out(reader, began, held))
            finally:
                writer.close()
        except (OSError, EOFError):
            await asyncio.sleep(0.2)


async def _drip(writer: asyncio.StreamWriter, kind: int) -> None:
    if kind == 1:
        writer.write(_HEAD)
        for _ in range(60):
            await asyncio.sleep(1)
            writer.write(b"x")
            await writer.drain()
    elif kind == 2:
        writer.write(_SPEAKER)
        await writer.drain()


async def _until_shown_out(reader: asyncio.StreamReader, began: float, held: list[float]) -> None:
    while await reader.read(1024):
        pass
    held.append(time.monotonic() - began)
    raise EOFError


def _pressed(service: Service, home: str, password: str) -> float:
    """One press over MQTT until it is acknowledged."""
    client, acknowledged = Client(CallbackAPIVersion.VERSION2, client_id=home), list[float]()
    client.username_pw_set(home, password)
    client.on_message = lambda *_: acknowledged.append(time.perf_counter())
    ready = list[bool]()

    def subscribe(*_: Any) -> None:
        client.subscribe(f"homes/{home}/sos/ack", qos=1)

    client.on_connect = subscribe
    client.on_subscribe = lambda *_: ready.append(True)
    client.connect("127.0.0.1", service.mqtt_port)
    client.loop_start()
    try:
        _until(lambda: bool(ready))
        began = time.perf_counter()
        client.publish(f"homes/{home}/sos", json.dumps({"id": f"press-{home}"}), qos=1)
        _until(lambda: bool(acknowledged))
        return acknowledged[0] - began
    finally:
        client.disconnect()
        client.loop_stop()


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        time.sleep(0.001)


async def _listed(web: httpx.AsyncClient) -> None:
    (await web.get("/api/v1/residents?limit=50")).raise_for_status()


async def _timed(work: Callable[[], Coroutine[Any, Any, None]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def _p99(seconds: list[float]) -> float:
    found = sorted(seconds)
    return found[min(len(found) - 1, int(len(found) * 0.99))]


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_known_args()
    print(json.dumps(asyncio.run(measure())))
