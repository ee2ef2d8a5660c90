"""The speaker's page in a real browser, against the real edge; a look at it in the sizes it is used in."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from escalations.channel import DeliveryOut
from residents.people import Device
from speech.speaker.limits import Limits
from tests.browsers import chromium, new_page
from tests.speech.browser import at_home
from tests.speech.house import OTHER_TOKEN, TOKEN, FakeService, House, ScriptedEars, house, question, settled

pytestmark = [pytest.mark.chromium, pytest.mark.asyncio(loop_scope="module")]

SIZES: dict[str, dict[str, Any]] = {
    "tablet": {"viewport": {"width": 800, "height": 1280}},
    "sideways": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}
#: where the pictures go when somebody wants to look at them.
PICTURES = os.environ.get("ANBU_TEST_PICTURES")
#: a browser's microphone, for which no question asks whether it may be used.
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Its microphone hears nothing."""
    silence = tmp_path_factory.mktemp("microphone") / "no-such.wav"
    async with chromium(*MICROPHONE, f"--use-file-for-fake-audio-capture={silence}") as started:
        yield started


@asynccontextmanager
async def page_of(home: House, browser: Browser, size: str = "tablet") -> AsyncIterator[Page]:
    """The page, signed in."""
    async with new_page(browser, **SIZES[size], permissions=["microphone"]) as page:
        await page.goto(f"{home.http}/speaker#token={TOKEN}")
        yield page


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.wait_for_timeout(400)
        await page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


async def letters(page: Page, which: str) -> float:
    """Their size in pixels."""
    return float(await page.locator(which).evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))


@pytest.mark.parametrize("size", SIZES)
async def test_a_talk_on_the_page(tmp_path: Path, browser: Browser, size: str) -> None:
    service = FakeService()
    service.answer = lambda text: [
        DeliveryOut(
            "d-2", "k-2", "say", "speaker", "home-001/speaker-1", {"text": "다행이에요. 내일 또 여쭐게요.", "bye": True}
        )
    ]
    ears = ScriptedEars("오늘은 아주 잘 잤어요")
    async with house(tmp_path, service=service, ears=ears) as home, page_of(home, browser, size) as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        await picture(page, f"{size}-1-start")
        await page.click("#talk")
        await expect(page.locator("#talk-label")).to_have_text("이야기하기")
        await expect(page.locator("#greeting")).to_have_text("안부 어르신, 안녕하세요")
        assert TOKEN not in page.url
        await picture(page, f"{size}-2-idle")
        await home.edge.channel.send(question("안부 어르신, 안녕히 주무셨어요? 오늘 아침 기분은 좀 어떠세요?"))
        await expect(page.locator("#caption")).to_contain_text("안녕히 주무셨어요?")
        await picture(page, f"{size}-3-speaking")
        await expect(page.locator("#talk-label")).to_have_text("말씀하세요")
        await expect(page.locator("#microphone")).to_have_text("마이크 켜짐")
        await picture(page, f"{size}-4-listening")
        await page.click("#type")
        await page.fill("#typed", "아주 잘 잤어")
        await picture(page, f"{size}-5-typing")
        await page.press("#typed", "Enter")
        await settled(lambda: service.of("heard") != [])
        await expect(page.locator("#microphone")).to_have_text("마이크 꺼짐")
        await expect(page.locator("#caption")).to_have_text("이야기해 주셔서 고맙습니다")
        await picture(page, f"{size}-6-bye")
        assert service.of("heard") == [("아주 잘 잤어", None, "text")]


async def test_the_microphone_reaches_the_service(tmp_path: Path) -> None:
    async with (
        chromium(*MICROPHONE) as hears_a_tone,
        house(tmp_path, ears=ScriptedEars("네")) as home,
        page_of(home, hears_a_tone) as page,
    ):
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.click("#talk")
        await home.edge.channel.send(question("네?"))
        await expect(page.locator("#talk-label")).to_have_text("말씀하세요")
        await page.wait_for_timeout(600)
        await page.click("#talk")  # the test tone is no speech: nothing was heard, and the page says so
        await expect(page.locator("#caption")).to_contain_text("잘 못 들었어요")
        await settled(lambda: home.service.of("unheard") == [()])


async def test_without_a_model_the_page_offers_typing(tmp_path: Path, browser: Browser) -> None:
    async with house(tmp_path) as home, page_of(home, browser) as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.click("#talk")
        await home.edge.channel.send(question("네?"))
        await expect(page.locator("#typed")).to_be_visible(timeout=10_000)
        await expect(page.locator("#hint")).to_contain_text("글자")


async def test_help_by_holding_and_by_two_taps_but_not_by_one(tmp_path: Path, browser: Browser) -> None:
    async with house(tmp_path) as home, page_of(home, browser, "phone") as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.click("#sos")
        await expect(page.locator("#sos-hint")).to_contain_text("한 번 더")
        await picture(page, "phone-7-sos-once")
        assert home.service.sos_ids == []
        await page.click("#sos")
        await expect(page.locator("#alarm-text")).to_contain_text("담당자에게 알렸어요")
        await picture(page, "phone-8-sos-sent")
        await page.click("#alarm-close")
        await page.click("#sos", delay=1200)
        await settled(lambda: len(home.service.sos_ids) == 2)
        assert len(set(home.service.sos_ids)) == 2


async def test_help_is_asked_for_again_until_it_is_confirmed(tmp_path: Path, browser: Browser) -> None:
    service = FakeService(broken={"sos"})
    async with house(tmp_path, service=service) as home, page_of(home, browser) as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.click("#sos", delay=1200)
        await expect(page.locator("#alarm-text")).to_contain_text("계속 알리고 있어요")
        await expect(page.locator("#alarm a.call")).to_be_visible()
        await picture(page, "tablet-7-sos-waiting")
        service.broken.clear()
        await expect(page.locator("#alarm-text")).to_contain_text("담당자에게 알렸어요")
        assert len(set(service.sos_ids)) == 1


async def test_the_page_says_that_it_is_offline_and_comes_back(tmp_path: Path, browser: Browser) -> None:
    async with house(tmp_path) as home, page_of(home, browser) as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.click("#talk")
        home.edge.close()
        await expect(page.locator("#line")).to_have_text("연결이 끊겼어요")
        await expect(page.locator("#caption")).to_contain_text("인터넷이 끊긴 것 같아요")
        await picture(page, "tablet-8-offline")
        await expect(page.locator("#line")).to_have_text("연결됨")
        await expect(page.locator("#caption")).not_to_contain_text("인터넷이 끊긴 것 같아요")


async def test_the_token_is_entered_once(tmp_path: Path, browser: Browser) -> None:
    async with house(tmp_path) as home, page_of(home, browser, "tablet") as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.goto("about:blank")
        await page.goto(f"{home.http}/speaker")  # kept
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.evaluate("localStorage.clear()")
        await page.reload()
        await expect(page.locator("#entry-title")).to_be_visible()
        await picture(page, "tablet-9-token")
        await page.fill("#token", "wrong")
        await page.click("#token-form button")
        await expect(page.locator("#token-fault")).to_contain_text("맞지 않아요")
        await page.fill("#token", TOKEN)
        await page.click("#token-form button")
        await expect(page.locator("#line")).to_have_text("연결됨")


async def test_who_is_signed_out_is_told_that_it_is_not_their_fault_and_comes_back_by_itself(
    tmp_path: Path, browser: Browser
) -> None:
    service = FakeService()
    async with house(tmp_path, service=service) as home, page_of(home, browser) as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        service.revoked.add(TOKEN)
        home.edge.close()
        await expect(page.locator("#entry-title")).to_have_text("연결이 풀렸어요")
        await expect(page.locator("#token-fault")).to_have_text("")
        await expect(page.locator("#entry a.call")).to_be_visible()
        await picture(page, "tablet-11-signed-out")
        service.revoked.clear()
        await page.evaluate("window.dispatchEvent(new Event('online'))")  # else within half a minute
        await expect(page.locator("#line")).to_have_text("연결됨")
        await expect(page.locator("#entry-title")).to_be_hidden()


async def test_a_full_house_is_no_broken_line(tmp_path: Path, browser: Browser) -> None:
    limits = Limits(speakers=1)
    async with (
        house(tmp_path, limits=limits) as home,
        home.speaker(OTHER_TOKEN),
        page_of(home, browser, "phone") as page,
    ):
        await page.click("#talk")
        await expect(page.locator("#caption")).to_contain_text("이야기하시는 분이 많아요")
        await expect(page.locator("#line")).to_have_text("연결 중")
        await picture(page, "phone-10-full")


async def test_captions_are_large_enough(tmp_path: Path, browser: Browser) -> None:
    async with house(tmp_path) as home, page_of(home, browser, "phone") as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.click("#talk")
        await home.edge.channel.send(question("아주 긴 말씀입니다. " * 15, listen=False))
        await expect(page.locator("#caption")).to_contain_text("아주 긴")
        await picture(page, "phone-9-long")
        assert await letters(page, "#caption") >= 28
        await page.click("#type")
        assert await letters(page, "#caption") >= 28
        assert await letters(page, "#you-text") >= 28


async def test_the_page_is_served_with_what_it_needs(tmp_path: Path) -> None:
    async with house(tmp_path) as home, httpx.AsyncClient(base_url=home.http) as web:
        page = await web.get("/speaker")
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert (await web.get("/speaker", headers={"If-None-Match": page.headers["etag"]})).status_code == 304
        assert (await web.get("/speaker/manifest.webmanifest")).json()["start_url"] == "/speaker"
        assert (await web.get("/speaker/worker.js")).headers["service-worker-allowed"] == "/speaker"
        assert (await web.get("/speaker/..%2Fvoice.py")).status_code == 404
        assert (await web.get("/speaker/speaker.html")).status_code == 404


async def test_any_touch_wakes_the_page_and_only_the_first_one_counts(tmp_path: Path, browser: Browser) -> None:
    async with house(tmp_path) as home, page_of(home, browser) as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        await expect(page.locator("#talk-label")).to_have_text("시작하기")
        await page.click("header")
        await expect(page.locator("#talk-label")).to_have_text("이야기하기")
        await page.click("header")
        await expect(page.locator("#talk-label")).to_have_text("이야기하기")
        assert home.service.of("start_talk") == []


async def test_the_page_can_be_installed_and_opens_without_a_network(tmp_path: Path, browser: Browser) -> None:
    async with house(tmp_path) as home, page_of(home, browser) as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.evaluate("navigator.serviceWorker.ready")
        devtools = await page.context.new_cdp_session(page)
        found = await devtools.send("Page.getInstallabilityErrors")
        faults = [fault["errorId"] for fault in found["installabilityErrors"]]
        assert [fault for fault in faults if fault != "in-incognito"] == []
        await page.wait_for_function("navigator.serviceWorker.controller")
        await page.context.set_offline(True)
        await page.reload()
        await expect(page.locator("#line")).to_have_text("연결이 끊겼어요")
        await expect(page.locator("#caption")).to_contain_text("인터넷이 끊긴 것 같아요")
        await expect(page.locator("#hint")).to_contain_text("119")
        await picture(page, "tablet-10-opened-offline")
        await page.click("#talk")
        await page.click("#talk")
        await expect(page.locator("#caption")).to_contain_text("인터넷이 끊긴 것 같아요")
        await page.context.set_offline(False)
        await expect(page.locator("#line")).to_have_text("연결됨")


class Resuming(FakeService):
    """Puts the question again to whoever comes back, as the real one does."""

    async def connected(self, device: Device) -> bool:
        promised = await super().connected(device)
        again = len(self.of("connected"))
        if again > 1 and self.edge is not None:
            await self.edge.channel.send(question("다시 이어졌네요. 식사는 좀 하셨어요?", key=f"k-again-{again}"))
        return promised


async def test_after_a_break_in_mid_question_it_is_asked_again(tmp_path: Path, browser: Browser) -> None:
    async with house(tmp_path, service=Resuming(), ears=ScriptedEars("네")) as home, page_of(home, browser) as page:
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.click("#talk")
        await home.edge.channel.send(question("식사는 좀 하셨어요?"))
        await expect(page.locator("#talk-label")).to_have_text("말씀하세요")
        home.edge.close()
        await expect(page.locator("#microphone")).to_have_text("마이크 꺼짐")
        await expect(page.locator("#caption")).to_contain_text("다시 이어졌네요")
        await expect(page.locator("#talk-label")).to_have_text("말씀하세요")


async def test_who_talks_into_the_prompt_is_not_talked_over(tmp_path: Path) -> None:
    prompt = "지금부터 아주 긴 말씀을 드릴게요. " * 4 + "식사는 좀 하셨어요?"
    ears = ScriptedEars("밥 잘 먹었어요", "아주 긴 말씀을 드릴게요")
    async with house(tmp_path, ears=ears) as home, at_home(tmp_path, home.http, TOKEN) as resident:
        page = resident.page
        resident.answer, resident.over = (lambda caption: "밥 잘 먹었어요"), (lambda caption: True)
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.click("#talk")
        await home.edge.channel.send(question(prompt))
        await expect(page.locator("#hint")).to_have_text("듣고 있으니 바로 말씀하셔도 돼요")
        await settled(lambda: [said[0] for said in home.service.of("heard")] == ["밥 잘 먹었어요"])
        await expect(page.locator("#microphone")).to_have_text("마이크 꺼짐")
        assert await resident.interruptions() == 1

        await home.edge.channel.send(question(prompt, key="k-2"))  # the tablet hears itself, and learns of it
        await settled(lambda: len(home.service.of("heard")) == 2)
        await home.edge.channel.send(question(prompt, key="k-3"))
        await expect(page.locator("#talk-label")).to_have_text("말하고 있어요")
        await settled(lambda: len(resident.heard) == 3)
        await expect(page.locator("#microphone")).to_have_text("마이크 꺼짐")
        await expect(page.locator("#hint")).to_have_text("바로 말씀하시려면 버튼을 누르세요")
