"""A house for the speaker's tests: the edge on a real socket, plain code behind its ports, a scripted ear."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from escalations.channel import DeliveryOut
from prompts import Words
from residents.people import Device
from speech.hearing.ears import Ears
from speech.hearing.grammar import Grammar
from speech.hearing.heard import Heard, Recogniser, Word
from speech.speaker.limits import Limits
from speech.speaker.ports import Owner, SpeakerPorts
from speech.speaker.websocket import UVICORN, SpeakerEdge
from speech.speaking.cache import Cache
from speech.speaking.speaking import Speaking
from tests.needs import PATIENCE_S

TOKEN = "token-of-home-001-speaker-1"
OTHER_TOKEN = "token-of-home-002-speaker-1"
WORDS = Words({"speech": yaml.safe_load((Path(__file__).parents[2] / "prompts/ko/speech.yaml").read_text("utf-8"))})
SPEAKER = Device("home-001", "speaker-1", "speaker")
OTHER = Device("home-002", "speaker-1", "speaker")


@dataclass
class FakeService:
    """What stands behind the ports: remembers what came, in order, and fails where told to."""

    events: list[tuple[Any, ...]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    sos_ids: list[str] = field(default_factory=list)
    sounds: list[bytes] = field(default_factory=list, repr=False)
    answer: Callable[[str], list[DeliveryOut]] = lambda text: []
    edge: SpeakerEdge | None = None
    connected_waits: asyncio.Event | None = None
    open_talks: set[str] = field(default_factory=set)  # homes where a question is open
    promised: set[str] = field(default_factory=set)  # homes that were told they will be called back
    revoked: set[str] = field(default_factory=set)  # tokens that are good no more
    erased: set[str] = field(default_factory=set)  # homes that are no more
    anybody: bool = False  # any token "anybody-…" is a home of its own

    def ports(self) -> SpeakerPorts:
        return SpeakerPorts(
            device_of=self.device_of,
            owner_of=self.owner_of,
            start_talk=self.start_talk,
            put_off=self.put_off,
            heard=self.heard,
            sos=self.sos,
            connected=self.connected,
            present=self.present,
            end_talk=lambda device: self._note("end_talk", device),
            partial=lambda device, text, _again: self._note("partial", device, text),
            heard_full=self.heard_full,
            unheard=lambda device, sound: self._note("unheard", device),
        )

    async def device_of(self, token: str) -> Device | None:
        if self.anybody and token.startswith("anybody-"):
            return Device(f"home-{token}", "speaker-1", "speaker")
        return None if token in self.revoked else {TOKEN: SPEAKER, OTHER_TOKEN: OTHER}.get(token)

    async def owner_of(self, device: Device) -> Owner:
        return Owner(called="안부 어르신", rate=300)

    async def start_talk(self, device: Device) -> None:
        self.promised.discard(device.home)
        await self._note("start_talk", device)

    async def put_off(self, device: Device) -> None:
        self.promised.add(device.home)

    async def connected(self, device: Device) -> bool:
        if self.connected_waits is not None:
            await self.connected_waits.wait()
        await self._note("connected", device)
        return device.home in self.promised

    async def present(self, device: Device, here: bool) -> bool:
        await self._note("present", device, here)
        return device.home not in self.erased

    async def heard(self, device: Device, text: str, confidence: float | None, source: str, sound: bytes) -> None:
        self.sounds.append(sound)
        await self._note("heard", device, text, confidence, source)
        for delivery in self.answer(text):
            assert self.edge is not None
            await self.edge.channel.send(delivery)

    async def heard_full(self, device: Device, text: str, confidence: float | None, source: str, sound: bytes) -> bool:
        await self.heard(device, text, confidence, source, sound)
        return "살려" in text or device.home in self.open_talks

    async def sos(self, device: Device, sos: str) -> str:
        self.sos_ids.append(sos)
        await self._note("sos", device)
        return "e-1"

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """What came by one port."""
        return [event[2:] for event in self.events if event[0] == name]

    async def _note(self, name: str, device: Device, *facts: Any) -> None:
        self.events.append((name, device.home, *facts))
        if name in self.broken:
            raise RuntimeError("broken for the test")


class ScriptedEars(Ears):
    """Hears the given sentences, one per utterance, whatever the sound was."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(None)
        self._off = None
        self.left = list(sentences)

    def recogniser(self, grammar: Grammar | None = None) -> Recogniser:
        return _Scripted(self.left.pop(0) if self.left else "")


class _Scripted:
    def __init__(self, sentence: str) -> None:
        self._words = sentence.split()
        self._fed = 0

    def accept(self, pcm: bytes) -> str:
        self._fed += len(pcm)
        return " ".join(self._words[: max(1, self._fed // 8000)])

    def finish(self) -> Heard:
        return Heard.of(tuple(Word(w, float(i), i + 0.5, 0.9) for i, w in enumerate(self._words)))


@dataclass
class House:
    """A running edge."""

    edge: SpeakerEdge
    service: FakeService
    cache: Cache
    port: int

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/speaker"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def speaker(self, token: str | None = TOKEN) -> Any:
        """A client's socket, signed in by header where there is a token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return connect(self.url, additional_headers=headers, max_size=None)


@asynccontextmanager
async def house(
    folder: Path, *, ears: Ears | None = None, service: FakeService | None = None, limits: Limits = Limits()
) -> AsyncIterator[House]:
    """Start the edge on a free port and stop it."""
    service = service or FakeService()
    cache = Cache(folder / "audio", b"secret")
    edge = SpeakerEdge(service.ports(), ears or Ears(None), Speaking(cache), WORDS, limits)
    service.edge = edge
    app = FastAPI()
    app.include_router(edge.router)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", **UVICORN))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield House(edge, service, cache, listening.getsockname()[1])
    finally:
        edge.close()
        server.should_exit = True
        await serving
        listening.close()


def question(text: str, *, key: str = "k-1", **body: Any) -> DeliveryOut:
    """A question for the first home's speaker."""
    return DeliveryOut("d-1", key, "question", "speaker", "home-001/speaker-1", {"text": text, **body})


async def until(client: ClientConnection, kind: str, *, within: float = PATIENCE_S) -> dict[str, Any]:
    """The next message of a kind; the ones before it are let go."""
    async with asyncio.timeout(within):
        while True:
            message: dict[str, Any] = json.loads(await client.recv())
            if message["type"] == kind:
                return message


async def close_code(client: ClientConnection, *, within: float = PATIENCE_S) -> int:
    """The code the service closes with."""
    async with asyncio.timeout(within):
        try:
            while True:
                await client.recv()
        except ConnectionClosed:
            return client.close_code or 0


async def settled(condition: Callable[[], bool], within: float = PATIENCE_S) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  # a condition of any kind: there is no event to wait for
            await asyncio.sleep(0.005)
