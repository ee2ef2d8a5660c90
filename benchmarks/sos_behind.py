"""SOS published over MQTT → the first page leaving, behind 5,000 queued routine messages; and restart → overdue alert.

The real service on SQLite with the Bot API of the tests, which has Telegram's limits. The queue is filled up to 5,000
again before each press. For the restart the service is killed with what is left of the queue and five open alarms whose
next step is long past: from the start of the process to the first page at the Bot API.
"""

import argparse
import asyncio
import json
import math
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from benchmarks.sos import Gateway, first_pages, until
from demo.town import demo_town
from escalations.outbox import Order, post
from prompts import load
from store import Store
from tests.conftest import import_tables
from tests.fakes.bot_api import TOKEN, BotApi
from tests.running import Service

HOMES, PRESSES, QUEUED, CHATS, RESTARTS = 100, 100, 5000, 500, 3
PAUSE_S = 0.1


class Queue:
    """The routine messages, posted from outside into the service's own outbox."""

    def __init__(self, service: Service, chats: list[int]) -> None:
        import_tables()
        self._store = Store(f"sqlite:///{service.folder}/anbu.db", "a secret of the tests, long enough")
        self._file, self._chats, self._posted = service.folder / "anbu.db", chats, 0

    def waiting(self) -> int:
        """How many have not left."""
        with closing(sqlite3.connect(self._file)) as database:
            (count,) = database.execute("SELECT count(*) FROM deliveries WHERE state = 'waiting'").fetchone()
        return int(count)

    def fill_up(self) -> None:
        """So many that QUEUED are waiting."""
        missing = QUEUED - self.waiting()
        while missing > 0:
            self._store.write(self._post, min(missing, 500))
            missing -= 500

    def _post(self, tx: Session, count: int) -> None:
        for _ in range(count):
            self._posted += 1
            chat = str(self._chats[self._posted % len(self._chats)])
            order = Order(f"bench/{self._posted}", "question", "telegram", chat, {"text": "안부 여쭙니다"})
            post(tx, order, datetime.now(UTC))

    def close(self) -> None:
        """Leave the database."""
        self._store.close()


async def measure(presses: int, limits: bool) -> dict[str, Any]:
    """The presses, then the restarts."""
    with tempfile.TemporaryDirectory() as folder:
        async with BotApi(limits=limits) as api:
            service = Service(Path(folder), {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url})
            printed = await asyncio.to_thread(service.take_in, demo_town(load(), HOMES))
            await asyncio.to_thread(service.start)
            phones = await _linked(api, printed["telegram"])
            queue = Queue(service, [api.phone("시험", 5_000 + n).chat for n in range(CHATS)])
            try:
                seconds, least = await _press_all(
                    api, service, printed, phones["u-001"], queue, presses, 1.1 if limits else PAUSE_S
                )
                restarts = [await _restart(api, service) for _ in range(RESTARTS)]
            finally:
                queue.close()
                await asyncio.to_thread(service.stop)
    return {
        "presses": len(seconds),
        "least_queued_before_a_press": least,
        "sos_to_page_p50_s": round(statistics.median(seconds), 3),
        "sos_to_page_p99_s": round(sorted(seconds)[math.ceil(len(seconds) * 0.99) - 1], 3),
        "sos_to_page_max_s": round(max(seconds), 3),
        "restart_to_overdue_page_s": [round(each, 2) for each in restarts],
    }


async def _linked(api: BotApi, codes: dict[str, str]) -> dict[str, int]:
    """The chats of all coordinators."""
    phones = {who: api.phone(f"담당 {who}") for who in codes if who.startswith("u-")}
    for who, phone in phones.items():
        phone.says(f"/start {codes[who]}")
        await until(lambda phone=phone: bool(phone.messages), 15)
    return {who: phone.chat for who, phone in phones.items()}


async def _press_all(
    api: BotApi, service: Service, printed: dict[str, Any], chat: int, queue: Queue, presses: int, pause_s: float
) -> tuple[list[float], int]:
    seconds, least = [], QUEUED
    for n in range(1, presses + 1):
        await asyncio.to_thread(queue.fill_up)
        least = min(least, await asyncio.to_thread(queue.waiting))
        home = f"home-{n:03}"
        gateway = await asyncio.to_thread(Gateway, home, printed["mqtt"][home], service.mqtt_port)
        at = await asyncio.to_thread(gateway.press, n)
        await until(lambda n=n: len(first_pages(api, chat)) >= n, 60)
        seconds.append(first_pages(api, chat)[n - 1] - at)
        gateway.close()
        await asyncio.sleep(pause_s)
    return seconds, least


async def _restart(api: BotApi, service: Service) -> float:
    await asyncio.to_thread(service.kill)
    with closing(sqlite3.connect(service.folder / "anbu.db")) as database:
        database.execute(
            "UPDATE deliveries SET state = 'cancelled', due_at = NULL WHERE state = 'waiting' AND kind = 'page'"
        )
        database.execute(
            "UPDATE escalations SET due_at = datetime('now', '-10 minutes') WHERE state = 'open' AND id IN"
            " (SELECT id FROM escalations WHERE state = 'open' AND level = 'emergency' ORDER BY id LIMIT 5)"
        )
        database.commit()
    before = len(api.calls)
    began = time.monotonic()
    await asyncio.to_thread(service.start)
    await until(lambda: bool(_pages(api, before)), 60)
    return _pages(api, before)[0] - began


def _pages(api: BotApi, since: int) -> list[float]:
    """When pages left, of the calls from this one on."""
    return [call.at for call in api.calls[since:] if "ack:" in json.dumps(call.fields)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presses", type=int, default=PRESSES, help=f"at most {HOMES}")
    parser.add_argument("--unlimited", action="store_true", help="the queue leaves as fast as the processor can")
    arguments, _ = parser.parse_known_args()
    print(json.dumps(asyncio.run(measure(arguments.presses, not arguments.unlimited))))
