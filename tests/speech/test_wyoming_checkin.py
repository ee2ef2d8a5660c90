"""The whole service and a satellite in a home: a check-in by voice, a cry for help, Home Assistant beside it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.forked import Forked
from tests.moment import clock_shows
from tests.running import Service, free_port
from tests.speech.house import settled
from tests.speech.satellite import Satellite, switched_on
from tests.speech.wyoming_house import MODEL, spoken, transcribed

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANSWERS = ("네 괜찮아요", "어젯밤에 잘 잤어요", "밥 잘 먹었어요", "약 먹었어요", "이제 그만해요", "이제 그만해요")
RESIDENT = {
    "id": "r-001",
    "name": "김안부",
    "called": "안부 어르신",
    "district": "가나동",
    "home": "home-001",
    "consents": ["voice", "sensors", "health"],
}


@dataclass
class Town:
    """A running service and the satellite of its one resident."""

    service: Service
    satellite: Satellite
    wyoming_port: int
    token: str

    async def call(self, method: str, path: str, **more: Any) -> Any:
        async with httpx.AsyncClient(base_url=f"{self.service.url}/api/v1/", timeout=30) as web:
            answer = await web.request(method, path, headers={"Authorization": f"Bearer {self.token}"}, **more)
        answer.raise_for_status()
        return answer.json()

    async def checkins(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.call("GET", "residents/r-001/checkins"))["items"]
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Started once for the module; the satellite is connected and the voice model loaded."""
    tmp_path = tmp_path_factory.mktemp("town")
    satellite, port = Satellite(wake_word=False), free_port()
    service = Forked(tmp_path, {"VOSK_MODEL": str(MODEL), "WYOMING_PORT": str(port)}, roles="web,voice,clock,ingest")
    speaker = {
        "home": "home-001",
        "device": "speaker-1",
        "kind": "speaker",
        "address": f"tcp://127.0.0.1:{satellite.port}",
    }
    await asyncio.to_thread(clock_shows, service)
    await asyncio.to_thread(service.take_in, {"residents": [RESIDENT], "devices": [speaker]})
    token = await asyncio.to_thread(service.token)
    async with switched_on(satellite):
        await asyncio.to_thread(service.start)
        try:
            await settled(lambda: "run-satellite" in satellite.events)
            await settled(lambda: "voice" not in _degraded(service))
            yield Town(service, satellite, port, token)
        finally:
            await asyncio.to_thread(service.stop)
            assert "Traceback" not in service.log()


def _degraded(service: Service) -> list[str]:
    found: list[str] = httpx.get(f"{service.url}/readyz", timeout=10).json()["degraded"]
    return found


async def test_a_due_check_in_is_asked_and_answered_by_voice(town: Town) -> None:
    satellite = town.satellite
    await town.call("POST", "residents/r-001/checkins", json={})
    for answer in ANSWERS:
        said = len(satellite.spoken)
        await satellite.may_stream()
        await satellite.hears(spoken(answer))
        await settled(lambda said=said: len(satellite.spoken) > said)  # type: ignore[misc]
        await asyncio.sleep(0.3)
        [checkin] = await town.checkins()
        if checkin["state"] == "answered" and not satellite.streaming:
            break
    assert (checkin["state"], checkin["channel"]) == ("answered", "speaker")
    told = [turn["text"] for turn in checkin["turns"] if turn["who"] == "resident"]
    assert told[0] == "네 괜찮아요"
    assert set(told) <= set(ANSWERS)
    await satellite.is_quiet()


async def test_home_assistant_is_served_beside_it(town: Town) -> None:
    assert await transcribed(town.wyoming_port, spoken("밥 잘 먹었어요")) == "밥 잘 먹었어요"


async def test_a_cry_at_the_satellite_is_an_emergency(town: Town) -> None:
    await town.call("POST", "residents/r-001/checkins", json={})
    await town.satellite.may_stream()
    await town.satellite.hears(spoken("살려줘"))
    for _ in range(100):
        found = (await town.call("GET", "escalations?state=open"))["items"]
        if found:
            break
        await asyncio.sleep(0.1)
    assert [each["level"] for each in found] == ["emergency"]
