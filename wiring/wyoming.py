"""Wyoming for the role `voice`: speech for Home Assistant, and the satellites in the homes."""

import asyncio
import secrets
from collections.abc import Sequence
from functools import partial
from typing import Self

import structlog

from residents import service as residents
from residents.people import Device
from speech.hearing.ears import Ears
from speech.speaker.websocket import SpeakerEdge
from speech.speaking.aloud import Aloud
from speech.speaking.speaking import Speaking
from speech.wyoming.satellites import holding
from speech.wyoming.satellites.keeper import SatellitePorts, Satellites
from speech.wyoming.satellites.voice import Voice
from speech.wyoming.server import WyomingServer
from wiring.going import going_on
from wiring.house import House

log = structlog.get_logger(__name__)


class Wyoming:
    """Runs from entering to leaving. notice: why Home Assistant cannot connect, None when it can or need not."""

    def __init__(self, house: House, edge: SpeakerEdge, ears: Ears, speaking: Speaking) -> None:
        self.notice: str | None = None
        self._house = house
        aloud = Aloud(speaking)
        voice = Voice(aloud.at, aloud.say, house.words.data("speech.satellite"))
        self._satellites = Satellites(_Holding(house).ports(), edge.stay, voice)
        self._keeping: asyncio.Task[None] | None = None
        host, port = house.settings.http_host, house.settings.wyoming_port
        self._server = WyomingServer(host, port, ears, aloud) if port else None

    async def __aenter__(self) -> Self:
        await self._listen()
        self._keeping = asyncio.create_task(going_on("satellites", self._satellites.run))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._server is not None and self.notice is None:
            await self._server.stop()

    async def _listen(self) -> None:
        """A taken port keeps Home Assistant out, but nobody's check-in: the service starts all the same and says so."""
        if self._server is None:
            return
        try:
            await self._server.start()
        except OSError as error:
            where = f"{self._house.settings.http_host}:{self._house.settings.wyoming_port}"
            self.notice = f"Wyoming cannot listen on {where} ({error.strerror}); set ANBU_WYOMING_PORT to a free port"
            log.warning("wyoming_not_listening", where=where, reason=error.strerror)


class _Holding:
    """The satellites' ports filled: who there is, and which of them this process holds."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._holder = f"{house.settings.instance}:{secrets.token_hex(4)}"

    def ports(self) -> SatellitePorts:
        store = self._house.store
        return SatellitePorts(
            wanted=partial(store.aread, residents.satellites),
            hold=self._hold,
            let_go=partial(store.awrite, holding.let_go, self._holder),
        )

    async def _hold(self, wanted: Sequence[Device]) -> frozenset[tuple[str, str]]:
        if not wanted:
            return frozenset()
        return await self._house.store.awrite(holding.hold, wanted, self._holder, self._house.clock.real())
