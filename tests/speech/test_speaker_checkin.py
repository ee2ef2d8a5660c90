"""The whole service and its page in a browser: a check-in from the first to the last word by voice, with what a
daughter has left to be played at its end; a cry for help."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot import messages
from speech.speaking.notes import noted
from store import Store
from tests.forked import Forked
from tests.moment import MONDAY, clock_shows
from tests.needs import CHROMIUM, need
from tests.running import Service
from tests.speech.browser import Resident, at_home
from tests.speech.house import settled
from tests.speech.sounds import file, speech
from tests.speech.wyoming_house import MODEL

pytestmark = [pytest.mark.chromium, pytest.mark.asyncio(loop_scope="module")]

#: what is asked, known by some of its words → what this resident answers.
ANSWERS = {
    "주무셨어요": "아주 잘 잤어요",
    "잠은": "아주 잘 잤어요",
    "식사": "밥 잘 먹었어요",
    "드셨어요": "밥 잘 먹었어요",
    "아프거나": "아픈 데 없어요",
    "불편하신 데": "아픈 데 없어요",
    "몸 상태": "아픈 데 없어요",
    "마음은 좀": "기분이 좋아요",
    "기분은": "기분이 좋아요",
    "바깥바람": "공원에 갔다 왔어요",
    "나가실 일": "오늘 산책했어요",
    "말씀 나누셨어요": "딸이 전화했어요",
    "연락은": "딸이 전화했어요",
    "부탁하실": "아니요 괜찮아요",
    "전해 드릴": "아니요 괜찮아요",
    "더 하고 싶은": "아니요 괜찮아요",
    "들려 드릴까요": "네",
    "들어 보시겠어요": "네",
    "목소리예요": "없어요",
}
#: to anything else.
WELL = "네 괜찮아요"
#: a busy machine takes its time; nothing is waited for longer than it takes.
TALK_MS = 240_000
PATIENT_MS = 60_000
PEOPLE = [
    {
        "id": f"r-00{n}",
        "name": name,
        "called": f"{name[0]} 어르신",
        "district": "가나동",
        "home": f"home-00{n}",
        "consents": ["voice", "sensors", "health"],
    }
    for n, name in ((1, "김안부"), (2, "이안부"))
]
DAUGHTER = {"id": "c-001", "resident": "r-001", "name": "김하나", "relation": "딸"}
SPEAKERS = [{"home": f"home-00{n}", "device": "speaker-1", "kind": "speaker"} for n in (1, 2)]


@dataclass
class Town:
    """A running service; the speakers' tokens by home."""

    service: Service
    speakers: dict[str, str]
    token: str

    async def call(self, method: str, path: str, **more: Any) -> Any:
        async with httpx.AsyncClient(base_url=f"{self.service.url}/api/v1/", timeout=60) as web:
            answer = await web.request(method, path, headers={"Authorization": f"Bearer {self.token}"}, **more)
        answer.raise_for_status()
        return answer.json()

    async def escalations(self, resident: str) -> list[dict[str, Any]]:
        found = (await self.call("GET", "escalations?state=all"))["items"]
        return [one for one in found if one["resident"] == resident]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Started once for the module; the voice model is loaded."""
    need("chromium", CHROMIUM is not None)
    service = Forked(tmp_path_factory.mktemp("town"), {"VOSK_MODEL": str(MODEL)}, roles="web,voice,clock,ingest")
    await asyncio.to_thread(clock_shows, service)
    made = await asyncio.to_thread(service.take_in, {"residents": PEOPLE, "contacts": [DAUGHTER], "devices": SPEAKERS})
    token = await asyncio.to_thread(service.token)
    await asyncio.to_thread(service.start)
    try:
        await settled(lambda: "voice" not in _degraded(service))
        yield Town(service, made["devices"], token)
    finally:
        await asyncio.to_thread(service.stop)
        assert "Traceback" not in service.log()


def _degraded(service: Service) -> list[str]:
    found: list[str] = httpx.get(f"{service.url}/readyz", timeout=30).json()["degraded"]
    return found


def answer(caption: str) -> str:
    """To the question, which stands last."""
    found = {caption.rfind(words): said for words, said in ANSWERS.items() if words in caption}
    return found[max(found)] if found else WELL


async def begun(resident: Resident) -> None:
    """The tablet has been touched and is connected."""
    await expect(resident.page.locator("#line")).to_have_text("연결됨", timeout=PATIENT_MS)
    await resident.page.click("#caption")
    await expect(resident.page.locator("#talk-label")).to_have_text("이야기하기", timeout=PATIENT_MS)


def left_by_the_daughter(service: Service) -> float:
    """A voice note for the first resident waits in the store; its seconds."""
    voice = noted(file(speech("엄마, 주말에 갈게요."), "ogg"))
    store = Store(service.environment["ANBU_DATABASE_URL"], service.environment["ANBU_SECRET_KEY"])
    try:
        store.write(messages.keep_voice, "r-001", "c-001", voice, MONDAY)
    finally:
        store.close()
    return voice.seconds


async def test_a_check_in_is_finished_by_voice(town: Town, tmp_path: Path) -> None:
    note_s = await asyncio.to_thread(left_by_the_daughter, town.service)
    async with at_home(tmp_path, town.service.url, town.speakers["home-001/speaker-1"]) as resident:
        resident.answer = answer
        resident.over = lambda caption: "여쭙는 기계" in caption  # the long greeting is talked into
        await begun(resident)
        started = await town.call("POST", "residents/r-001/checkins", json={})
        note = resident.page.locator("#caption", has_text="목소리예요")
        await expect(note).to_be_visible(timeout=TALK_MS)
        await expect(resident.page.locator("#talk-label")).to_have_text("이야기하기", timeout=TALK_MS)
        await expect(resident.page.locator("#microphone")).to_have_text("마이크 꺼짐")
        assert max(seconds for _, seconds in resident.heard) > note_s + 2.0  # her name, and then her voice
        assert await resident.interruptions() >= 1
    [checkin] = (await town.call("GET", "residents/r-001/checkins"))["items"]
    assert (checkin["id"], checkin["state"], checkin["channel"]) == (started["id"], "answered", "speaker")
    turns = checkin["turns"]
    assert [turn["who"] for turn in turns] == ["service", "resident"] * (len(turns) // 2) + ["service"]
    told = [turn for turn in turns if turn["who"] == "resident"]
    said = [turn["text"] for turn in told]
    assert said[0] == WELL
    assert len(said) >= 4
    assert "밥 잘 먹었어요" in said  # sleep and others are not asked about every day
    assert set(said) <= {WELL, *ANSWERS.values()}
    assert min(turn["confidence"] for turn in told) > 0.7
    assert await town.escalations("r-001") == []


async def test_a_cry_for_help_into_the_page_opens_an_escalation(town: Town, tmp_path: Path) -> None:
    async with at_home(tmp_path, town.service.url, town.speakers["home-002/speaker-1"]) as resident:
        resident.answer = lambda caption: "살려줘"
        await begun(resident)
        await resident.page.click("#talk")
        await expect(resident.page.locator("#you-text")).to_contain_text("살려줘", timeout=PATIENT_MS)
        await expect(resident.page.locator("#caption")).to_contain_text("알리고 있어요", timeout=PATIENT_MS)
        [escalation] = await town.escalations("r-002")
        assert (escalation["state"], escalation["level"]) == ("open", "emergency")
