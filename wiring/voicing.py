"""The role `voice`: the speakers' sockets, hearing and the built-in voice."""

import asyncio
from typing import Self

from speech.cache import Cache
from speech.hearing import Ears
from speech.websocket import SpeakerEdge
from store.secrets import derive
from wiring.house import House
from wiring.readiness import Readiness
from wiring.services import Services
from wiring.speaker import AtHome


class Voicing:
    """`edge` has the router and the channel."""

    def __init__(self, house: House, services: Services, readiness: Readiness) -> None:
        self.ears = Ears(house.settings.voice_model)
        cache = Cache(house.settings.var_dir / "audio", derive(house.secret, b"anbu audio names"))
        self.edge = SpeakerEdge(AtHome(house, services).ports(), self.ears, cache, house.words)
        readiness.voice_notice = lambda: self.ears.notice
        self._loading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._loading = asyncio.create_task(self.ears.load())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.edge.close()
        if self._loading is not None:
            self._loading.cancel()
