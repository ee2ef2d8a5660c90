"""A resident in front of the speaker's page: Chromium, whose microphone hears what the test lets them say."""

import io
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Page, Route

from speech.hearing.decode import SAMPLE_RATE, decode
from speech.speaking.voice import Manner, synthesize, to_wav
from tests.browsers import chromium, new_page

#: left after the page has ended its sentence, before the resident answers.
PAUSE_S = 0.8
_COUNT_CUTS = """
window.cuts = 0;
const stop = AudioBufferSourceNode.prototype.stop;
AudioBufferSourceNode.prototype.stop = function (...when) { window.cuts++; return stop.apply(this, when); };
"""


@dataclass
class Resident:
    """Answers each sentence the page speaks: `answer` gives the words for a caption, "" to stay silent.

    The page opens its microphone anew for every question, and Chromium then plays the file from its start: the answer
    is put into it while the sentence is being fetched, with silence in front of it for as long as the sentence lasts.
    over: the captions that are answered at once instead, while the page still speaks. heard: the captions so far, and
    for how many seconds each is spoken.
    """

    page: Page
    microphone: Path
    heard: list[tuple[str, float]] = field(default_factory=list)
    answer: Callable[[str], str] = lambda caption: ""
    over: Callable[[str], bool] = lambda caption: False

    async def listens(self) -> None:
        """From now on, to every sentence."""
        await self.page.add_init_script(_COUNT_CUTS)
        await self.page.route("**/audio/*.wav", self._answer)

    async def interruptions(self) -> int:
        """How many sentences of the page were broken off."""
        return int(await self.page.evaluate("window.cuts"))

    async def _answer(self, route: Route) -> None:
        found = await route.fetch()
        caption = await self.page.inner_text("#caption")
        lasts_s = seconds(await found.body())
        self.heard.append((caption, lasts_s))
        self.says(self.answer(caption), PAUSE_S if self.over(caption) else lasts_s + PAUSE_S)
        await route.fulfill(response=found)

    def says(self, text: str, wait_s: float) -> None:
        """What the microphone hears from its next opening on."""
        sound = decode(synthesize(text, Manner())).pcm if text else b""
        quiet = bytes(2 * int(SAMPLE_RATE * wait_s))
        beside = self.microphone.with_suffix(".part")
        beside.write_bytes(to_wav(quiet + sound + bytes(2 * SAMPLE_RATE), SAMPLE_RATE))
        beside.replace(self.microphone)


@asynccontextmanager
async def at_home(folder: Path, http: str, token: str) -> AsyncIterator[Resident]:
    """A resident before a tablet that is signed in. A fault of the page fails the test."""
    microphone = folder / "microphone.wav"
    arguments = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}%noloop",
    ]
    manner = {"viewport": {"width": 800, "height": 1280}, "permissions": ["microphone"]}
    async with chromium(*arguments) as browser, new_page(browser, **manner) as page:
        resident = Resident(page, microphone)
        resident.says("", 1.0)
        await resident.listens()
        await page.goto(f"{http}/speaker#token={token}&keep=0")
        yield resident


def seconds(wav: bytes) -> float:
    """How long a WAV file lasts."""
    with wave.open(io.BytesIO(wav)) as file:
        return float(file.getnframes() / file.getframerate())
