"""The talk itself: what one turn costs, two hundred talks at once on one core, and `kill -9` between two sentences.

A turn is everything from the words to the reply that stands in the outbox: the open question, understanding, rules,
memory, signs, score, and the commit (SQLite, `synchronous=FULL`). Beside it, turn about, a bare loop that commits the
two sentences alone to a file of the same kind.
"""

import argparse
import asyncio
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlmodel import Session
from websockets.asyncio.client import ClientConnection, connect

from demo.personas import Persona, personas
from demo.town import demo_town
from prompts import load
from residents import service as people
from residents.people import Device
from residents.tables import ConsentRow, DeviceRow, HomeRow, ResidentRow
from settings import read_settings
from store import Clock, Store
from store.rooms import open_rooms
from tests.running import Service
from wiring.house import House
from wiring.services import Services, make_services
from wiring.speaker import AtHome

SECRET = "a secret of the benchmark, long enough"  # noqa: S105
TURNS, TALKS = 400, 200
#: how long somebody thinks and speaks before the answer is there, in seconds: twelve in the middle.
THINKS = (6.0, 18.0)
TOGETHER_S = 60.0
ANSWERS = (
    "그럭저럭요",
    "잘 잤어요",
    "네, 밥 먹었어요",
    "무릎이 좀 아파요",
    "아니요",
    "약은 먹었지요",
    "딸이 전화했어요",
    "없어요",
)


def main(kills: int) -> Iterator[dict[str, Any]]:
    """The three, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        house, services = _house(Path(folder))
        yield _alone(house, services, Path(folder))
        yield asyncio.run(_together(house, services))
        house.store.close()
    yield asyncio.run(_killed(kills))


def _house(folder: Path) -> tuple[House, Services]:
    open_rooms()
    store = Store(f"sqlite:///{folder}/anbu.db", SECRET)
    store.create_all()
    now = datetime.now(UTC)
    house = House(read_settings(), store, Clock(now, now), load(), SECRET)
    store.write(_settle, now)
    services = make_services(house)
    services.understand("잘 잤어요", "잘 주무셨어요?")  # loaded before anything is measured
    return house, services


def _settle(tx: Session, now: datetime) -> None:
    for n in range(TALKS):
        tx.add(HomeRow(id=f"home-{n}", password_hash=""))
    tx.flush()
    for n in range(TALKS):
        tx.add(ResidentRow(id=f"r-{n}", name="김안부", called="안부 어르신", home=f"home-{n}", medicines=["아침 약"]))
    tx.flush()
    for n in range(TALKS):
        tx.add(DeviceRow(home=f"home-{n}", device="speaker-1", kind="speaker"))
        for topic in ("voice", "health"):
            tx.add(ConsentRow(resident=f"r-{n}", topic=topic, granted=True, at=now, wording="bench", by="bench"))
        people.set_presence(tx, f"home-{n}", "speaker-1", now + timedelta(days=1), "bench")


def _alone(house: House, services: Services, folder: Path) -> dict[str, Any]:
    """Made-up residents talk one after the other, on and on."""
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE turns (id INTEGER PRIMARY KEY, at TEXT, who TEXT, text TEXT)")
    took, worked, bare_took = list[float](), list[float](), list[float]()
    for number, who in zip(range(TURNS), cycle(personas(house.words)), strict=False):
        resident = f"r-{number % 16}"
        spoken = _answer(house, services, who, resident, number)
        busy = time.process_time()
        took.append(_timed(lambda s=spoken, r=resident: _turn(house, services, r, s)))  # type: ignore[misc]
        worked.append(time.process_time() - busy)
        bare_took.append(_timed(lambda s=spoken: _bare_turn(bare, s)))  # type: ignore[misc]
    bare.close()
    return {
        "turns": TURNS,
        "turn_p50_ms": _ms(took, 0.5),
        "turn_p95_ms": _ms(took, 0.95),
        "turn_max_ms": _ms(took, 1.0),
        "turn_cpu_p50_ms": _ms(worked, 0.5),
        "turn_cpu_p95_ms": _ms(worked, 0.95),
        "bare_commit_p50_ms": _ms(bare_took, 0.5),
        "turn_to_bare_commit": round(statistics.median(took) / statistics.median(bare_took), 1),
    }


def _answer(house: House, services: Services, who: Persona, resident: str, number: int) -> str:
    prompt = house.store.read(services.checkins.prompt_of, resident) or "오늘은 좀 어떠세요?"
    said = who.answer(prompt, 1 + number // 16 % 14, 1)
    return ANSWERS[number % len(ANSWERS)] if said.silent else said.text


def _turn(house: House, services: Services, resident: str, text: str) -> None:
    prompt = house.store.read(services.checkins.prompt_of, resident)
    meaning = services.understand(text, prompt)
    here = ("speaker", f"{resident.replace('r-', 'home-')}/speaker-1")
    house.store.write(services.checkins.hear, resident, *here, text, 1.0, meaning, house.clock.now())


def _bare_turn(bare: sqlite3.Connection, text: str) -> None:
    bare.execute("BEGIN IMMEDIATE")
    now = datetime.now(UTC).isoformat()
    rows = [(now, "resident", text), (now, "service", "네, 알겠어요. 어젯밤에는 잘 주무셨어요?")]
    bare.executemany("INSERT INTO turns (at, who, text) VALUES (?,?,?)", rows)
    bare.execute("COMMIT")


async def _together(house: House, services: Services) -> dict[str, Any]:
    """Two hundred people talk at once, each at a person's pace; everything on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    ports, rng, took = AtHome(house, services).ports(), random.Random(1), list[float]()
    ends = time.perf_counter() + TOGETHER_S
    busy = time.process_time()

    async def talks(n: int) -> None:
        device = Device(f"home-{n}", "speaker-1", "speaker")
        await asyncio.sleep(rng.uniform(0, THINKS[1]))
        while time.perf_counter() < ends:
            began = time.perf_counter()
            await ports.heard(device, rng.choice(ANSWERS), 0.9, "text", b"")
            took.append(time.perf_counter() - began)
            await asyncio.sleep(rng.uniform(*THINKS))

    await asyncio.gather(*(talks(n) for n in range(TALKS)))
    os.sched_setaffinity(0, cores)
    return {
        "talks_at_once": TALKS,
        "turns_in_them": len(took),
        "of_them_p50_ms": _ms(took, 0.5),
        "of_them_p95_ms": _ms(took, 0.95),
        "of_them_max_ms": _ms(took, 1.0),
        "above_500_ms": sum(seconds > 0.5 for seconds in took),
        "core_busy": round((time.process_time() - busy) / TOGETHER_S, 2),
    }


async def _killed(kills: int) -> dict[str, Any]:
    """The real service is killed after each sentence, before or just as it is answered, and started again."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        printed = await asyncio.to_thread(service.take_in, demo_town(load(), 1))
        api = await asyncio.to_thread(service.token)
        await asyncio.to_thread(service.start)
        try:
            talk = _Killed(service, printed["devices"]["home-001/speaker-1"])
            await talk.run(kills)
            states = await asyncio.to_thread(service.get, "residents/r-001/checkins", api)
        finally:
            await asyncio.to_thread(service.stop)
    states = [one["state"] for one in states["items"] if one["turns"]]
    return {
        "talk_kills": talk.kills,
        "went_on_where_it_was": talk.went_on,
        "longest_until_it_went_on_s": round(max(talk.seconds, default=0.0), 1),
        "talks_ended_with_a_good_bye": talk.byes,
        "talk_states": sorted(states),
    }


class _Killed:
    def __init__(self, service: Service, token: str) -> None:
        self.service, self.token = service, token
        self.kills = self.went_on = self.byes = 0
        self.seconds: list[float] = []

    async def run(self, kills: int) -> None:
        answers = cycle(ANSWERS)
        client, said = await self._begun()
        while self.kills < kills or said["listen"]:
            if not said["listen"]:
                self.byes += 1
                await client.close()
                client, said = await self._begun()
            elif self.kills < kills:
                if self.kills % 2:  # the answer is on its way while it dies
                    await client.send(json.dumps({"type": "text", "text": next(answers)}))
                client, said = await self._killed()
            else:
                await client.send(json.dumps({"type": "text", "text": next(answers)}))
                said = await _say(client)
        self.byes += 1
        await client.close()

    async def _killed(self) -> tuple[ClientConnection, dict[str, Any]]:
        self.kills += 1
        await asyncio.to_thread(self.service.kill)
        began = time.monotonic()
        await asyncio.to_thread(self.service.start)
        client = await self._connected()
        said = await _say(client)
        self.seconds.append(time.monotonic() - began)
        self.went_on += 1
        return client, said

    async def _begun(self) -> tuple[ClientConnection, dict[str, Any]]:
        client = await self._connected()
        await client.send('{"type": "talk"}')
        return client, await _say(client)

    async def _connected(self) -> ClientConnection:
        header = {"Authorization": f"Bearer {self.token}"}
        return await connect(f"ws://127.0.0.1:{self.service.http_port}/ws/speaker", additional_headers=header)


async def _say(client: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            message: dict[str, Any] = json.loads(await client.recv())
            if message["type"] == "say":
                return message


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ms(seconds: list[float], share: float) -> float:
    found = sorted(seconds)
    return round(1000 * found[min(len(found) - 1, int(len(found) * share))], 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    for figures in main(parser.parse_args().kills):
        print(json.dumps(figures, ensure_ascii=False), flush=True)
