"""Chromium for the tests: started once for a module, for it takes seconds; each test has a new page without a past."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.needs import CHROMIUM, PATIENCE_S, need

expect.set_options(timeout=PATIENCE_S * 1000)


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """A browser. more: arguments beside the usual ones."""
    need("chromium", CHROMIUM is not None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *more])
        yield browser
        await browser.close()


@asynccontextmanager
async def new_page(browser: Browser, **manner: Any) -> AsyncIterator[Page]:
    """A page in a profile of its own. A fault of the page fails the test. manner: as of `Browser.new_context`."""
    faults: list[str] = []
    context = await browser.new_context(**manner)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    await context.close()
    assert faults == []
