"""From a sentence's being decided (its row committed) to the first byte of its sound at the speaker, over real sockets:
by the outbox, the sender, the speaker's WebSocket and its fetch."""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from sqlmodel import Session
from websockets.asyncio.client import ClientConnection, connect

from escalations.outbox import Order, post
from residents.access import device_token
from residents.tables import DeviceRow, HomeRow, ResidentRow
from settings import Settings
from speech.speaking.levelling import levelled
from speech.speaking.recordings import EVERYBODY, MAX_SECONDS
from speech.speaking.voice import Manner, synthesize
from tests.running import free_port
from wiring.house import House, open_house
from wiring.running import serve

TIMES, WARM = 100, 5
GOOD, MEALS, RECORDED = "푹 주무셨다니 다행이에요.", "식사는 좀 하셨어요?", "오늘은 좀 어떠세요?"
TEXTS: dict[str, Callable[[int], str]] = {
    "one_sentence": lambda _: MEALS,
    "answer_and_question": lambda _: f"{GOOD} {MEALS}",
    "with_a_recording": lambda _: f"{GOOD} {RECORDED}",
    "never_said_before": lambda n: f"{n}번째로 처음 드리는 말씀이에요.",
}


def furnish(tx: Session) -> None:
    """One resident with a speaker."""
    tx.add(HomeRow(id="home-001", password_hash=""))
    tx.flush()
    tx.add(ResidentRow(id="r-001", name="김안부", called="안부 어르신", home="home-001"))
    tx.add(DeviceRow(home="home-001", device="speaker-1", kind="speaker"))


async def measure(house: House) -> dict[str, float]:
    """Milliseconds, by kind of sentence."""
    house.store.write(furnish)
    token = house.store.write(device_token, "home-001", "speaker-1", house.clock.now())
    sound = levelled(synthesize(RECORDED, Manner()), MAX_SECONDS)
    now = house.clock.now()
    house.store.write(house.recordings.keep, EVERYBODY, RECORDED, "a voice", sound.wav, sound.seconds, "bench", now)
    serving = asyncio.create_task(serve(house, frozenset({"voice"})))
    port, figures = house.settings.http_port, dict[str, float]()
    await _up(port)
    web = _Web(*await asyncio.open_connection("127.0.0.1", port), token)
    address, headers = f"ws://127.0.0.1:{port}/ws/speaker", {"Authorization": f"Bearer {token}"}
    async with connect(address, additional_headers=headers) as speaker:
        await _next(speaker, "welcome")
        for name, text in TEXTS.items():
            took = [await _one(house, speaker, web, f"{name}-{n}", text(n)) for n in range(TIMES + WARM)]
            figures |= _figures(name, took[WARM:])
        figures |= _figures("bare_request", [await web.first_byte("/healthz") for _ in range(TIMES + WARM)][WARM:])
    web.close()
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    return figures | {"load": round(os.getloadavg()[0] / len(os.sched_getaffinity(0)), 1)}


def _figures(name: str, took: list[float]) -> dict[str, float]:
    worst = {f"{name}_worst_ms": max(took)} if name in TEXTS else {}
    found = {f"{name}_p50_ms": statistics.median(took), f"{name}_p95_ms": statistics.quantiles(took, n=20)[-1], **worst}
    return {key: round(1000 * seconds, 1) for key, seconds in found.items()}


@dataclass
class _Web:
    """One kept connection: a client's own work must not be what is measured."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    token: str

    async def first_byte(self, path: str) -> float:
        """Seconds until the first byte of the answer's body is there; the rest is read as well."""
        began = time.perf_counter()
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        await self.reader.readexactly(1)
        took = time.perf_counter() - began
        assert head.startswith("http/1.1 200"), head
        await self.reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]) - 1)
        return took

    def close(self) -> None:
        self.writer.close()


async def _one(house: House, speaker: ClientConnection, web: _Web, key: str, text: str) -> float:
    now = house.clock.now()
    order = Order(
        key=key,
        kind="say",
        channel="speaker",
        address="home-001/speaker-1",
        body={"text": text, "listen": False},
        person_kind="resident",
        person_id="r-001",
        expires_at=now + timedelta(seconds=20),
    )
    await house.store.awrite(post, order, now)
    began = time.perf_counter()
    said = await _next(speaker, "say")
    until_said = time.perf_counter() - began
    return until_said + await web.first_byte(said["audio"])


async def _up(port: int) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the service did not start")


async def _next(speaker: ClientConnection, kind: str) -> dict[str, str]:
    async with asyncio.timeout(30):
        while True:
            message: dict[str, str] = json.loads(await speaker.recv())
            if message["type"] == kind:
                return message
            if message["type"] == "ping":
                await speaker.send('{"type": "pong"}')


def main() -> None:
    """Print the figures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            _env_file=None,
            database_url=f"sqlite:///{folder}/anbu.db",
            var_dir=Path(folder),
            http_port=free_port(),
            wyoming_port=0,
            secret_key="a secret of the benchmark, long enough",  # noqa: S106
        )
        with open_house(settings) as house:
            print(json.dumps(asyncio.run(measure(house))))


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_known_args()
    main()
