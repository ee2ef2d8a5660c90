"""The speaker's edge put together: `/ws/speaker`, `/audio/<id>.wav`, `/speaker`, and the channel that speaks."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response, WebSocket

from prompts import Words
from residents.people import Device
from speech import protocol
from speech.cache import Cache
from speech.channel import SpeakerChannel
from speech.connections import Connections
from speech.door import Door, bearer
from speech.hearing import Ears
from speech.limits import Limits
from speech.pages import page_router
from speech.ports import Owner, SpeakerPorts
from speech.turns import Desk
from speech.vad import Endings
from speech.voice import Manner, VoiceMissing

_log = structlog.get_logger(__name__)
_GOING_AWAY = 1001

#: what uvicorn is to be started with: a frame holds at most a minute of 16 kHz sound, and nothing is inflated.
UVICORN: dict[str, Any] = {"ws_max_size": 2 * 1024 * 1024, "ws_per_message_deflate": False, "ws_ping_interval": 20.0}


class SpeakerEdge:
    """Everything a speaker at home, or the page that stands for one, talks to.

    router: to be included in the app at its root. channel: for the sender of deliveries. connections: who is here.
    """

    def __init__(self, ports: SpeakerPorts, ears: Ears, cache: Cache, words: Words, limits: Limits = Limits()) -> None:
        self.connections = Connections(limits)
        self.channel = SpeakerChannel(self.connections)
        self.router = APIRouter()
        endings = Endings.of(words.data("speech.endings"))
        desk = Desk(
            ports, ears, endings, limits, lambda code: protocol.error(code, words.text(f"speech.errors.{code}"))
        )
        self._door = Door(desk, self.connections, _speaking(cache))
        self.router.add_api_websocket_route("/ws/speaker", self._serve)
        self.router.include_router(audio_router(ports.device_of, cache))
        self.router.include_router(page_router(words))

    def close(self) -> None:
        """The service stops: every socket is told."""
        self.connections.close_all(_GOING_AWAY)

    async def _serve(self, socket: WebSocket) -> None:
        await self._door.serve(socket)


def _speaking(cache: Cache) -> Callable[[Owner, str, bool], Awaitable[str | None]]:
    async def sound(owner: Owner, text: str, slow: bool) -> str | None:
        manner = Manner.of(owner.rate, owner.pitch)
        try:
            return f"/audio/{await cache.spoken(text, manner.slower() if slow else manner)}.wav"
        except (VoiceMissing, OSError) as error:
            _log.error("voice_failed", error=type(error).__name__)
            return None  # the caption is still shown

    return sound


def audio_router(device_of: Callable[[str], Awaitable[Device | None]], cache: Cache) -> APIRouter:
    """`GET /audio/<id>.wav`: a device token opens it, and the id cannot be guessed."""
    router = APIRouter()

    @router.get("/audio/{key}.wav", include_in_schema=False)
    async def audio(key: str, request: Request) -> Response:
        token = bearer(request.headers.get("authorization", ""))
        if not token or await device_of(token) is None:
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        wav = cache.read(key)
        if wav is None:
            return Response(status_code=404)
        return Response(wav, media_type="audio/wav", headers={"Cache-Control": "private, max-age=3600"})

    return router
