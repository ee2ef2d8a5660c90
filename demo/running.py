"""`main.py demo`: a fresh store, a made-up town, the real service, and the neighbourhood as a process beside it."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import Session

from demo.history import live_through
from demo.page import Visitor, demo_router
from demo.town import demo_town
from logs import set_up_logging
from residents.rows import Row
from residents.town import parse_town
from settings import Settings, read_settings
from store import Clock
from store.clock import ClockAnchor
from wiring.accounts import import_into
from wiring.house import House, open_house
from wiring.running import ROLES, serve

#: the demo's clock starts here: shortly before the first check-ins.
STARTS_AT = time(9, 25)
ROOT = Path(__file__).parents[1]
#: knows some 150 sentences in a computer's voice: enough to show hearing at work, not enough for people.
_TINY_MODEL = ROOT / "tests" / "fixtures" / "vosk-ko-tiny"


def run_demo(homes: int, speed: float) -> None:
    """Run until a signal ends it. Raises Told."""
    settings = _settings(speed)
    set_up_logging("ERROR" if settings.log_level == "INFO" else settings.log_level)
    shutil.rmtree(settings.var_dir, ignore_errors=True)
    with open_house(settings) as opened:
        print(opened.words.text("demo.starting"), flush=True)
        start = datetime.combine(datetime.now(settings.zone).date(), STARTS_AT, settings.zone)
        house = _with_clock(opened, start, speed)
        town = demo_town(house.words, homes)
        printed = import_into(house, parse_town([Row(t, 0, row) for t, rows in town.items() for row in rows]))
        live_through(house, homes, start)
        house = _with_clock(house, start, speed)
        asyncio.run(_run(house, homes, printed, town))


async def _run(house: House, homes: int, printed: dict[str, Any], town: dict[str, Any]) -> None:
    boss = next(who for who in town["coordinators"] if who["role"] == "supervisor")
    resident = town["residents"][-1]
    token = printed["devices"][f"{resident['home']}/speaker-1"]
    async with _neighbours(house, homes, printed):
        print(
            house.words.text(
                "demo.printed",
                url=f"http://{house.settings.http_host}:{house.settings.http_port}",
                speed=f"{house.settings.speed:g}",
                email=boss["email"],
                password=printed["passwords"][boss["id"]],
            ),
            flush=True,
        )
        await serve(house, frozenset(ROLES), [demo_router(house, Visitor(resident["id"], token, boss["id"]))])


@asynccontextmanager
async def _neighbours(house: House, homes: int, printed: dict[str, Any]) -> AsyncIterator[None]:
    """The neighbourhood, moving in as soon as the service is ready."""
    moving_in = asyncio.create_task(_move_in(house, homes, printed))
    try:
        yield
    finally:
        moving_in.cancel()
        process = (await asyncio.gather(moving_in, return_exceptions=True))[0]
        if isinstance(process, subprocess.Popen):
            process.terminate()
            await asyncio.to_thread(process.wait)


async def _move_in(house: House, homes: int, printed: dict[str, Any]) -> "subprocess.Popen[str]":
    url = f"http://{house.settings.http_host}:{house.settings.http_port}"
    async with httpx.AsyncClient(timeout=2.0) as client:
        while True:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
    command = [sys.executable, "-m", "demo.neighbourhood"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True)  # noqa: S603, ASYNC220 - our own
    assert process.stdin is not None  # noqa: S101 - for the type checker
    process.stdin.write(json.dumps(_configuration(house, homes, printed)))
    process.stdin.close()
    return process


def _configuration(house: House, homes: int, printed: dict[str, Any]) -> dict[str, Any]:
    settings, clock = house.settings, house.clock
    names = [(n, f"home-{n:03}") for n in range(1, homes + 1)]
    return {
        "speaker_url": f"ws://{settings.http_host}:{settings.http_port}/ws/speaker",
        "mqtt_host": "127.0.0.1",
        "mqtt_port": settings.mqtt_port,
        "zone": settings.timezone,
        "language": settings.language,
        "clock": {
            "real": clock.anchor_real.isoformat(),
            "service": clock.anchor_service.isoformat(),
            "speed": clock.speed,
        },
        "homes": [
            {"n": n, "home": home, "password": printed["mqtt"][home], "token": printed["devices"][f"{home}/speaker-1"]}
            for n, home in names
        ],
    }


def _with_clock(house: House, start: datetime, speed: float) -> House:
    """The house with its clock at `start` now, going on at this speed."""
    clock = Clock(datetime.now(UTC), start.astimezone(UTC), speed)

    def anchor(tx: Session) -> None:
        row = tx.get_one(ClockAnchor, 1)
        row.real, row.service, row.speed = clock.anchor_real, clock.anchor_service, clock.speed

    house.store.write(anchor)
    return replace(house, clock=clock)


def _settings(speed: float) -> Settings:
    """The environment's settings, with a store of the demo's own and ports that are free."""
    settings = read_settings()
    var = settings.var_dir / "demo"
    return settings.model_copy(
        update={
            "var_dir": var,
            "database_url": f"sqlite:///{var}/anbu.db",
            "mqtt_url": None,
            "mqtt_port": _free(settings.mqtt_port),
            "http_port": _free(settings.http_port),
            "telegram_token": None,
            "vosk_model": settings.voice_model or _TINY_MODEL,
            "speed": speed,
        }
    )


def _free(wanted: int) -> int:
    """The wanted port if it is free, else any other."""
    for port in (wanted, 0):
        try:
            with socket.create_server(("127.0.0.1", port)) as probe:
                return int(probe.getsockname()[1])
        except OSError:
            continue
    return wanted
