"""In a real browser: sign in, an escalation arrives without reload, take it, close it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from speech.meaning import Explained, Meaning, Weighed
from tests.browsers import chromium, new_page
from tests.console.conftest import served
from tests.console.desk import PASSWORD, Desk
from tests.console.test_pages import PAGES

pytestmark = [pytest.mark.chromium, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    said: list[str] = []
    async with new_page(browser, locale="ko-KR", viewport={"width": 1280, "height": 860}) as page:
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        yield page
    assert said == []


@pytest_asyncio.fixture(loop_scope="module")
async def address(desk: Desk) -> AsyncIterator[str]:
    async with served(desk) as found:
        yield found


async def sign_in(page: Page, address: str, role: str) -> None:
    await page.goto(address)
    await page.get_by_label("이메일").fill(f"{role}@example.kr")
    await page.get_by_label("비밀번호").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="실시간 대기열")).to_be_visible()


async def test_an_escalation_arrives_is_taken_and_closed(desk: Desk, address: str, page: Page) -> None:
    await sign_in(page, address, "coordinator")
    await expect(page.locator("[data-live-state]")).to_have_text("실시간 연결됨")
    await expect(page.get_by_text("지금 기다리는 건이 없습니다.")).to_be_visible()
    await page.evaluate("window.sameDocument = true")

    id = await asyncio.to_thread(desk.raise_sos)
    card = page.get_by_role("article", name="응급 김안부")
    await expect(card).to_be_visible()
    await expect(card.locator("[data-left]")).to_contain_text("확인까지")
    assert (await page.title()).startswith("(1) ")

    await card.get_by_role("button", name="내가 확인할게요").press("Enter")  # by keyboard
    await expect(card.get_by_text("coordinator 님 확인 중")).to_be_visible()
    assert await page.evaluate("window.sameDocument") is True

    await card.get_by_role("link", name="김안부").click()
    await page.get_by_label("무사함").check()
    await page.get_by_role("textbox", name="메모").fill("전화로 확인")
    await page.get_by_role("button", name="마무리하기").click()
    await expect(page.locator("[data-state-word]")).to_have_text("마무리됨")
    assert desk.store.read(desk.escalations.summary, id).outcome == "safe"


async def test_what_is_being_written_survives_a_change(desk: Desk, address: str, page: Page) -> None:
    id = await asyncio.to_thread(desk.raise_sos)
    await sign_in(page, address, "coordinator")
    await page.goto(f"{address}/escalations/{id}")
    await page.get_by_label("병원에 가심").check()
    await page.get_by_role("textbox", name="메모").press_sequentially("구급차")
    other = await desk.signed_in("supervisor")
    await other.post(f"/escalations/{id}/acknowledge", data={})
    await expect(page.get_by_role("button", name="내가 넘겨받을게요")).to_be_visible()
    await expect(page.get_by_role("textbox", name="메모")).to_have_value("구급차")
    await expect(page.get_by_role("textbox", name="메모")).to_be_focused()
    await expect(page.get_by_label("병원에 가심")).to_be_checked()


async def test_an_emergency_shows_on_every_page(desk: Desk, address: str, page: Page) -> None:
    await sign_in(page, address, "supervisor")
    await page.goto(f"{address}/residents")
    await asyncio.to_thread(desk.raise_sos)
    await expect(page.get_by_role("alert")).to_contain_text("김안부")


async def test_a_sentence_is_tried_and_put_right_on_a_phone(desk: Desk, address: str, page: Page) -> None:
    desk.explain = lambda text, _: Explained(Meaning(), tuple(Weighed(word, 0.3) for word in text.split()))
    await sign_in(page, address, "coordinator")
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.goto(f"{address}/understanding")
    own = page.get_by_label("직접 적은 여쭌 말")
    await expect(own).to_be_hidden()
    await page.get_by_label("여쭌 말").first.select_option("직접 적기")
    await own.fill("무릎은 어떠세요?")
    await page.get_by_label("어르신 말씀").fill("늘 그렇지 뭐")
    await page.get_by_role("button", name="알아듣기").click()
    await expect(page.locator("mark", has_text="그렇지")).to_be_visible()
    await page.get_by_text("틀렸어요, 사실은…").click()
    await page.get_by_label("건강").select_option("아프거나 불편하심")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_role("button", name="바로잡아 보내기").click()
    await expect(page.get_by_role("status")).to_contain_text("보내 주셔서 고맙습니다")
    assert desk.kept.read_text("utf-8") == "무릎은 어떠세요?\t늘 그렇지 뭐\tneutral\thealth=complaint\t\n"


async def test_nothing_is_wider_than_a_phone(desk: Desk, address: str, page: Page) -> None:
    id = await asyncio.to_thread(desk.raise_sos)
    await asyncio.to_thread(desk.raise_sos, 2, "r-002")
    await sign_in(page, address, "admin")
    await page.set_viewport_size({"width": 390, "height": 800})
    for path in [*PAGES, f"/escalations/{id}", f"/escalations/{id}/brief"]:
        await page.goto(address + path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path
    await expect(page.get_by_role("link", name="시스템 상태")).to_be_hidden()
    await page.get_by_text("전체 메뉴").click()
    await page.get_by_role("link", name="시스템 상태").click()
    await expect(page.get_by_role("heading", name="시스템 상태")).to_be_visible()
