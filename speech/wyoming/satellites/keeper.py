"""Keeps a connection to every satellite that this process holds; one that is away is tried again, ever more slowly."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from residents.people import Device
from speech.speaker.connections import address_of
from speech.speaker.line import Ended, Line
from speech.speaker.protocol import DEFAULT_RATE, Closed
from speech.wyoming.satellites.line import SatelliteLine
from speech.wyoming.satellites.voice import Voice
from speech.wyoming.wire import Client

_log = structlog.get_logger(__name__)

DEFAULT_PORT = 10700

#: serves a speaker on its line until either side ends it, as `Door.stay` does.
Stay = Callable[[Line, Device, int], Awaitable[int | None]]


@dataclass(frozen=True)
class SatellitePorts:
    """The service behind the satellites.

    wanted: all there are. hold: which of them are this process's now, for some seconds; called again and again.
    let_go: the process stops.
    """

    wanted: Callable[[], Awaitable[Sequence[Device]]]
    hold: Callable[[Sequence[Device]], Awaitable[frozenset[tuple[str, str]]]]
    let_go: Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Pace:
    """Real seconds.

    look: how often the satellites are looked up and held anew. hold: how long without that before they are let go.
    connect, send: how long a connection, and one event, may take. again_from, again_to: between two tries.
    steady: a connection that lasted so long was a good one.
    """

    look_s: float = 8.0
    hold_s: float = 25.0
    connect_s: float = 5.0
    send_s: float = 5.0
    again_from_s: float = 1.0
    again_to_s: float = 60.0
    steady_s: float = 10.0


def again_s(failures: int, pace: Pace, chance: float) -> float:
    """How long to wait after so many failures in a row. chance: 0 to 1, so that not all come back at once."""
    longest = min(pace.again_to_s, pace.again_from_s * 2.0 ** min(failures, 30))
    return longest * (0.5 + chance / 2)


class Satellites:
    """`run` beside the speakers' edge; ends by cancellation only."""

    def __init__(self, ports: SatellitePorts, stay: Stay, voice: Voice, pace: Pace = Pace()) -> None:
        self._ports, self._stay, self._voice, self._pace = ports, stay, voice, pace
        self._kept: dict[Device, asyncio.Task[None]] = {}
        self._held_at = 0.0

    async def run(self) -> None:
        """Hold what nobody else holds, and keep a connection to each."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(self._pace.look_s)
        finally:
            await self._keep(())
            await self._let_go()

    async def _look(self) -> None:
        try:
            wanted = await self._ports.wanted()
            held = await self._ports.hold(wanted)
        except Exception as error:
            _log.error("satellites_not_held", error=type(error).__name__)
            if _now() - self._held_at > self._pace.hold_s:
                await self._keep(())  # another process may have them by now
            return
        self._held_at = _now()
        await self._keep(device for device in wanted if (device.home, device.device) in held)

    async def _keep(self, devices: Iterable[Device]) -> None:
        """Keep connections to these, and to no others."""
        wanted = set(devices)
        gone = [self._kept.pop(device) for device in set(self._kept) - wanted]
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        for device in wanted - set(self._kept):
            self._kept[device] = asyncio.create_task(self._keep_one(device))

    async def _let_go(self) -> None:
        try:
            await self._ports.let_go()
        except Exception as error:
            _log.error("satellites_not_let_go", error=type(error).__name__)

    async def _keep_one(self, device: Device) -> None:
        failures = 0
        while True:
            began = _now()
            code = await self._connect(device)
            failures = 0 if _now() - began > self._pace.steady_s else failures + 1
            if code == Closed.REPLACED:  # the same device signed in by itself: let it be
                failures = 30
            await asyncio.sleep(again_s(failures - 1, self._pace, random.random()))

    async def _connect(self, device: Device) -> int | None:
        """One connection from its first to its last event; why it ended. Raises nothing but a cancellation."""
        try:
            host, port = where(device.address or "")
            client = Client(host, port, connect_timeout=self._pace.connect_s)
            await client.connect()
        except (OSError, ValueError, TimeoutError) as error:
            _log.info("satellite_away", device=address_of(device), error=type(error).__name__)
            return None
        line = SatelliteLine(client, self._voice, self._pace.send_s)
        running = asyncio.create_task(line.run())
        try:
            return await self._stay(line, device, DEFAULT_RATE)
        except Ended as ended:
            return ended.code
        except Exception as error:
            _log.error("satellite_failed", device=address_of(device), error=type(error).__name__)
            return None
        finally:
            running.cancel()
            await line.shut(0)


def where(address: str) -> tuple[str, int]:
    """Host and port of `tcp://host[:port]`. Raises ValueError."""
    parts = urlsplit(address)
    if parts.scheme != "tcp" or not parts.hostname:
        raise ValueError("not an address of the form tcp://host:port")
    return parts.hostname, parts.port or DEFAULT_PORT


def _now() -> float:
    return asyncio.get_running_loop().time()
