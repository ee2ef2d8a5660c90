"""The door of `/ws/speaker`: who may come in, and what happens when they leave."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from starlette.websockets import WebSocket

from residents.people import Device
from speech.speaker import protocol
from speech.speaker.connections import Connections, address_of
from speech.speaker.desk import Desk
from speech.speaker.line import Ended, Gone, Line, SocketLine
from speech.speaker.ports import Owner
from speech.speaker.protocol import BadMessage, Closed, Hello
from speech.speaker.session import Session

_log = structlog.get_logger(__name__)
_INTERNAL_ERROR = 1011
#: real seconds after which it is asked again how whoever lives here likes to be spoken to.
_OWNER_LASTS_S = 30.0

#: makes the sound of a sentence for this owner, slowly where asked for; returns its address, None where it cannot.
SoundFor = Callable[[Owner, str, bool], Awaitable[str | None]]


class Door:
    """Lets speakers in, one socket per device."""

    def __init__(self, desk: Desk, connections: Connections, sound: SoundFor) -> None:
        self._desk = desk
        self._connections = connections
        self._sound = sound

    async def serve(self, socket: WebSocket) -> None:
        """One socket from its first to its last frame. Never raises."""
        await socket.accept()
        line = SocketLine(socket, self._desk.limits.send_s)
        self._connections.knock(line)
        code: int | None
        try:
            code = await self._serve(line, bearer(socket.headers.get("authorization", "")))
        except Ended as ended:
            code = ended.code
        except Gone:
            code = None
        except Exception as error:
            places = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-6:]]
            _log.error("speaker_connection_failed", error=type(error).__name__, at=places)
            code = _INTERNAL_ERROR
        finally:
            self._connections.leave_door(line)
        if code is not None:
            await line.shut(code)

    async def _serve(self, line: Line, token: str) -> int | None:
        rate = protocol.DEFAULT_RATE
        if not token:
            hello = await line.unless_ended(self._hello(line))
            token, rate = hello.token, hello.sample_rate
        device = await self._desk.ports.device_of(token) if token else None
        if device is None:
            raise Ended(Closed.NOT_SIGNED_IN)
        return await self.stay(line, device, rate)

    async def _hello(self, line: Line) -> Hello:
        """The first message. What is none gets an answer, but no more time."""
        try:
            async with asyncio.timeout(self._desk.limits.hello_s):
                for _ in range(self._desk.limits.faults):
                    code = "not_signed_in"
                    frame = await line.receive()
                    try:
                        message = protocol.read(frame) if isinstance(frame, str) else None
                        if isinstance(message, Hello):
                            return message
                    except BadMessage as bad:
                        code = bad.code
                    await line.send(self._desk.complain(code))
        except TimeoutError:
            pass
        raise Ended(Closed.NOT_SIGNED_IN)

    async def stay(self, line: Line, device: Device, rate: int) -> int | None:
        """Serve a speaker that has signed in, until either side ends it; the code to close with, None where it is gone.
        rate: of its sound, samples a second. Raises Ended where it may not stay."""
        loop = asyncio.get_running_loop()
        owner, read_at = await self._desk.ports.owner_of(device), loop.time()

        async def sound(text: str, slow: bool) -> str | None:
            nonlocal owner, read_at
            if loop.time() - read_at > _OWNER_LASTS_S:
                owner, read_at = await self._desk.ports.owner_of(device), loop.time()
            return await self._sound(owner, text, slow)

        session = Session(self._desk, self._connections, device, line, rate, sound)
        self._connections.enter(session, loop.time())
        self._connections.leave_door(line)
        _log.info("speaker_connected", device=address_of(device))
        try:
            return await session.run(owner.called)
        finally:
            if self._connections.leave(session):
                await session.farewell()
            _log.info("speaker_gone", device=address_of(device))


def bearer(header: str) -> str:
    """The token of an `Authorization: Bearer …` header, "" where there is none."""
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
