"""A long sound on a satellite that takes it no faster than it plays it: it is played whole, and what follows waits."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from wyoming.ping import Pong

from speech.speaker.line import Busy, Ended, Gone
from speech.speaker.protocol import say
from speech.wyoming.satellites.line import SatelliteLine
from speech.wyoming.satellites.voice import Voice
from speech.wyoming.wire import Client
from tests.speech.satellite import Satellite, switched_on

MINUTE = 60
SOUNDS = {"note": (MINUTE, 48_000), "short": (1, 16_000)}


def wav(seconds: int, rate: int) -> bytes:
    """Silence, in stereo: a minute of it is more than a network holds."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(4 * rate * seconds))
    return file.getvalue()


async def sound_at(address: str) -> bytes | None:
    return wav(*SOUNDS[address])


@asynccontextmanager
async def connected(satellite: Satellite, send_s: float = 5.0) -> AsyncIterator[SatelliteLine]:
    """The service's line to a satellite that is switched on."""
    async with switched_on(satellite):
        client = Client("127.0.0.1", satellite.port)
        await client.connect()
        line = SatelliteLine(client, Voice(sound_at, sound_at, {}), send_s)
        running = asyncio.create_task(line.run())
        try:
            await line.send({"type": "welcome"})
            yield line
        finally:
            await line.shut(0)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def said(address: str) -> dict[str, Any]:
    return say(1, "말", address, listen=False)


async def test_a_sentence_whose_sender_lost_patience_is_played_whole_and_the_next_one_follows() -> None:
    satellite = Satellite()
    async with connected(satellite) as line:
        satellite.takes.clear()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await line.send(said("note"))
        satellite.takes.set()
        assert len(await satellite.has_said(1)) == 32_000 * MINUTE
        await satellite.write(Pong().event())
        await line.receive()  # it is known to have been played
        await line.send(said("short"))
        await satellite.has_said(2)


async def test_a_sentence_behind_a_long_sound_is_told_at_once_when_to_come_back() -> None:
    satellite = Satellite(tells=False)
    async with connected(satellite) as line:
        await line.send(said("note"))
        await satellite.has_said(1)
        async with asyncio.timeout(1):
            with pytest.raises(Busy) as busy:
                await line.send(said("short"))
        assert MINUTE - 5 < busy.value.left_s <= MINUTE
        await satellite.tell()
        await satellite.write(Pong().event())
        await line.receive()  # it has taken both
        await line.send(said("short"))
        await satellite.has_said(2)


async def test_a_long_sound_being_taken_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speech.wyoming.satellites.line._SOON_S", 0.2)
    satellite = Satellite()
    async with connected(satellite) as line:
        satellite.takes.clear()
        await line.send(said("note"))  # it is on its way
        with pytest.raises(Busy):
            await line.send(said("short"))
        satellite.takes.set()
        await satellite.has_said(1)


async def test_a_satellite_that_stops_taking_a_sentence_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOUNDS, "loud", (1, 4_000_000))  # a second only, and more than a network holds
    satellite = Satellite()
    async with connected(satellite, send_s=0.1) as line:
        satellite.takes.clear()
        with pytest.raises(Gone):
            await line.send(said("loud"))
        with pytest.raises(Ended):
            await line.ended()
        satellite.takes.set()
