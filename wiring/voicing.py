"""The role `voice`: the speakers' sockets, hearing and the built-in voice."""

import asyncio
from typing import Self

import structlog

from bot.messages import voice
from speech.hearing.ears import Ears
from speech.hearing.fetching import provide
from speech.hearing.pace import measured
from speech.speaker.websocket import SpeakerEdge
from speech.speaking.notes import playable
from speech.speaking.speaking import Speaking
from speech.speaking.wyoming_voice import cache_for
from store.secrets import derive
from wiring.ahead import speak_ahead
from wiring.ears import missing_model
from wiring.house import House
from wiring.readiness import Readiness
from wiring.services import Services
from wiring.speaker import AtHome
from wiring.wyoming import Wyoming

_log = structlog.get_logger(__name__)


def make_speaking(house: House) -> Speaking:
    """The voice of the house, with what is recorded in a real one."""
    recordings, read = house.recordings, house.store.aread

    async def sound_of(id: str) -> bytes | None:
        """A sentence in a real voice, or what a relative left in theirs."""
        if (recorded := await read(recordings.sound, id)) is not None:
            return recorded
        left = await read(voice, id)
        return await asyncio.to_thread(playable, left.ogg) if left is not None else None

    cache = cache_for(house.settings.voice, house.settings.var_dir / "audio", derive(house.secret, b"anbu audio names"))
    return Speaking(cache, lambda resident, texts: read(recordings.find, resident, texts), sound_of)


class Voicing:
    """`edge` has the router and the channel."""

    def __init__(self, house: House, services: Services, readiness: Readiness) -> None:
        self.ears = Ears(house.settings.voice_model)
        self._missing = missing_model(house.settings)
        self.speaking = make_speaking(house)
        self._most_talks, self._example = house.settings.voice_talks, house.words.text("speech.example")
        self.edge = SpeakerEdge(AtHome(house, services).ports(), self.ears, self.speaking, house.words)
        self._wyoming = Wyoming(house, self.edge, self.ears, self.speaking)
        readiness.voice_notice = lambda: self.ears.notice or self._wyoming.notice
        self._house, self._tasks = house, list[asyncio.Task[None]]()

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(work) for work in (self._load(), speak_ahead(self._house, self.speaking))]
        await self._wyoming.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._wyoming.__aexit__()
        self.edge.close()
        for task in self._tasks:
            task.cancel()

    async def _load(self) -> None:
        """The voice model; then how many talks it can have here, where no setting says so."""
        await provide(self.ears, self._missing)
        if self._most_talks:
            self.edge.places.most = self._most_talks
        elif self.ears.off is None:
            self.edge.places.most = await measured(self.ears, self._example)
        _log.info("voice_talks", most=self.edge.places.most)
