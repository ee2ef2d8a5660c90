"""The speaker's edge put together: `/ws/speaker`, `/audio/<id>.wav`, `/speaker`, and the channel that speaks."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response, WebSocket

from prompts import Words
from residents.people import Device
from speech.hearing.ears import Ears
from speech.hearing.grammar import Grammars
from speech.hearing.vad import Endings
from speech.speaker import protocol
from speech.speaker.channel import SpeakerChannel
from speech.speaker.connections import Connections
from speech.speaker.desk import Desk
from speech.speaker.door import Door, bearer
from speech.speaker.limits import Limits
from speech.speaker.line import Line
from speech.speaker.pages import page_router
from speech.speaker.places import Places
from speech.speaker.ports import Owner, SpeakerPorts
from speech.speaking.speaking import Speaking
from speech.speaking.voice import Manner

_log = structlog.get_logger(__name__)
_GOING_AWAY = 1001

#: what uvicorn is to be started with: a frame holds at most a minute of 16 kHz sound, and nothing is inflated.
UVICORN: dict[str, Any] = {"ws_max_size": 2 * 1024 * 1024, "ws_per_message_deflate": False, "ws_ping_interval": 20.0}


class SpeakerEdge:
    """Everything a speaker at home, or the page that stands for one, talks to.

    router: to be included in the app at its root. channel: for the sender of deliveries. connections: who is here.
    places: the talks, and how many there may be.
    """

    def __init__(
        self, ports: SpeakerPorts, ears: Ears, speaking: Speaking, words: Words, limits: Limits = Limits()
    ) -> None:
        self.connections = Connections(limits)
        self.places = Places(call_back=self.connections.call_back)
        self.channel = SpeakerChannel(self.connections, self.places)
        self.router = APIRouter()
        endings, grammars = Endings.of(words.data("speech.endings")), Grammars.of(words.data("speech.grammars"))
        desk = Desk(
            ports,
            ears,
            endings,
            grammars,
            limits,
            lambda code: protocol.error(code, words.text(f"speech.errors.{code}")),
            words.text("speech.later"),
            self.places,
        )
        self._door = Door(desk, self.connections, _speaking(speaking))
        self.router.add_api_websocket_route("/ws/speaker", self._serve)
        self.router.include_router(audio_router(ports.device_of, speaking))
        self.router.include_router(page_router(words))

    def close(self) -> None:
        """The service stops: every socket is told."""
        self.connections.close_all(_GOING_AWAY)

    async def stay(self, line: Line, device: Device, rate: int) -> int | None:
        """Serve a speaker that came by another way than the socket; see `Door.stay`."""
        return await self._door.stay(line, device, rate)

    async def _serve(self, socket: WebSocket) -> None:
        await self._door.serve(socket)


def _speaking(speaking: Speaking) -> Callable[[Owner, str, bool], Awaitable[str | None]]:
    async def sound(owner: Owner, text: str, slow: bool) -> str | None:
        manner = Manner.of(owner.rate, owner.pitch)
        try:
            id = await speaking.spoken(text, manner.slower() if slow else manner, owner.resident)
            return f"/audio/{id}.wav"
        except Exception as error:
            _log.error("voice_failed", error=type(error).__name__)
            return None  # the caption is still shown

    return sound


def audio_router(device_of: Callable[[str], Awaitable[Device | None]], speaking: Speaking) -> APIRouter:
    """`GET /audio/<id>.wav`: a device token opens it, and the id cannot be guessed."""
    router = APIRouter()

    @router.get("/audio/{id}.wav", include_in_schema=False)
    async def audio(id: str, request: Request) -> Response:
        token = bearer(request.headers.get("authorization", ""))
        if not token or await device_of(token) is None:
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        wav = await speaking.read(id)
        if wav is None:
            return Response(status_code=404)
        return Response(wav, media_type="audio/wav", headers={"Cache-Control": "private, max-age=3600"})

    return router
