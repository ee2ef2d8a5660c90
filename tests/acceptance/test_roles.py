"""Beyond one process: every role by itself, on PostgreSQL and a real Mosquitto, and the loop is the same."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.brokers import PASSWORD, mosquitto_in
from tests.acceptance.conftest import TOWN, Town, until
from tests.fakes.bot_api import TOKEN, BotApi
from tests.forked import Forked
from tests.moment import clock_shows
from tests.needs import MOSQUITTO, need

pytestmark = [pytest.mark.postgres, pytest.mark.mosquitto]


@pytest.fixture
async def spread(tmp_path: Path, postgres_url: str) -> AsyncIterator[Town]:
    """Four processes that share a database and a broker."""
    need("mosquitto", MOSQUITTO is not None)
    broker = mosquitto_in(tmp_path, ["home-001"])
    broker.start()
    async with BotApi() as api:
        settings = {
            "DATABASE_URL": postgres_url,
            "MQTT_URL": broker.url,
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": api.url,
        }
        processes = [
            Forked(tmp_path, settings | {"INSTANCE": f"test-{roles.split(',')[0]}"}, mqtt_port=broker.port, roles=roles)
            for roles in ("web,voice", "ingest", "clock", "bot")
        ]
        try:
            ahead = await asyncio.to_thread(clock_shows, processes[0])
            printed = await asyncio.to_thread(processes[0].take_in, TOWN)
            printed["mqtt"]["home-001"] = PASSWORD
            token = await asyncio.to_thread(processes[0].token)
            await asyncio.gather(*(asyncio.to_thread(process.start) for process in processes))
            town = Town(processes[0], api, printed, token, ahead=ahead)
            yield town
            for gateway in town.gateways:
                gateway.close()
        finally:
            await asyncio.gather(*(asyncio.to_thread(process.stop) for process in processes))
            broker.stop()


async def test_a_press_and_a_check_in_go_through_four_processes(spread: Town) -> None:
    await spread.link("u-001", "r-001")
    gateway = await spread.gateway()
    gateway.say("sos", {"id": "press-1", "device": "button"})
    rank1, resident = spread.phones["u-001"], spread.phones["r-001"]
    await until(lambda: rank1.messages and gateway.acks)
    rank1.presses("내가 확인할게요")
    escalation = gateway.acks[0]["escalation"]

    started = await spread.call("POST", "residents/r-001/checkins", json={})
    assert started.status_code == 201
    await until(lambda: resident.messages)
    asked = len(resident.messages)
    resident.says("응, 잘 지냈어요.")
    await until(lambda: len(resident.messages) > asked)
    assert (await spread.get(f"escalations/{escalation}"))["acknowledged_by"] == "u-001"
    [checkin] = (await spread.get("residents/r-001/checkins"))["items"]
    assert checkin["state"] == "answered"
