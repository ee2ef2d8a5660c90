"""A voice model that comes after the speaker: whoever is connected is told, and the page opens its microphone then."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from speech.hearing.ears import Ears
from tests.speech.browser import at_home
from tests.speech.house import TOKEN, ScriptedEars, house, question, until


class LateEars(ScriptedEars):
    """Hears nothing before `load`, as while the model is fetched."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self._off = Ears(Path("on-its-way")).off

    def load_now(self) -> None:
        self._off = None


async def test_who_came_before_the_model_is_welcomed_again(tmp_path: Path) -> None:
    ears = LateEars("네")
    async with house(tmp_path, ears=ears) as home, home.speaker() as early:
        assert (await until(early, "welcome"))["hearing"] is False
        await ears.load()
        assert await until(early, "welcome") == {"type": "welcome", "called": "안부 어르신", "hearing": True}
        async with home.speaker() as late:
            assert (await until(late, "welcome"))["hearing"] is True
            with pytest.raises(TimeoutError):
                await until(late, "welcome", within=0.2)


@pytest.mark.chromium
async def test_the_page_listens_to_the_open_question_when_the_model_comes(tmp_path: Path) -> None:
    ears = LateEars("밥 잘 먹었어요")
    async with house(tmp_path, ears=ears) as home, at_home(tmp_path, home.http, TOKEN) as resident:
        page = resident.page
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.click("#talk")
        await home.edge.channel.send(question("식사는 좀 하셨어요?"))
        await expect(page.locator("#typed")).to_be_visible(timeout=20_000)
        await expect(page.locator("#microphone")).to_have_text("마이크 꺼짐")
        await ears.load()
        await expect(page.locator("#talk-label")).to_have_text("말씀하세요", timeout=20_000)
        await expect(page.locator("#microphone")).to_have_text("마이크 켜짐")
        await expect(page.locator("#line")).to_have_text("연결됨")


@pytest.mark.chromium
async def test_the_next_question_is_listened_to_and_no_microphone_opens_without_one(tmp_path: Path) -> None:
    ears = LateEars("밥 잘 먹었어요")
    async with house(tmp_path, ears=ears) as home, at_home(tmp_path, home.http, TOKEN) as resident:
        page = resident.page
        await expect(page.locator("#line")).to_have_text("연결됨")
        await page.click("#talk")
        await ears.load()
        await home.edge.channel.send(question("식사는 좀 하셨어요?"))
        await expect(page.locator("#caption")).to_contain_text("식사는")
        await expect(page.locator("#talk-label")).to_have_text("말씀하세요", timeout=20_000)
        await expect(page.locator("#microphone")).to_have_text("마이크 켜짐")
