"""One open connection of a speaker: sending with a deadline, receiving, and closing once with a code."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

T = TypeVar("T")


class Gone(Exception):
    """The other side is not there any more, or does not read."""


class Busy(Exception):
    """It still plays what was said before, for about `left_s` seconds: to be said again after them."""

    def __init__(self, left_s: float) -> None:
        super().__init__(left_s)
        self.left_s = left_s


class Ended(Exception):
    """This side ends the connection with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Line(ABC):
    """A connection that speaks the messages of `speech.protocol`, whatever it runs over. `close` may be called from
    anywhere in the loop; whoever awaits `ended` sees it."""

    def __init__(self) -> None:
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @abstractmethod
    async def send(self, *messages: dict[str, Any]) -> None:
        """Send messages, nothing in between. Raises Gone, also when the other side has not read for too long, and Busy
        where a sentence cannot be said yet."""

    @abstractmethod
    async def receive(self) -> str | bytes:
        """The next message as JSON, or a piece of sound. Raises Gone."""

    @abstractmethod
    async def shut(self, code: int) -> None:
        """End it from this side. Never raises, never takes longer than a send."""

    def close(self, code: int) -> None:
        """Ask for the end; the first code counts."""
        if not self._code.done():
            self._code.set_result(code)

    async def ended(self) -> None:
        """Wait for `close`. Raises Ended."""
        raise Ended(await asyncio.shield(self._code))

    async def unless_ended(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this; give it up when `close` is called meanwhile. Raises Ended, and what the work raises."""
        task = asyncio.ensure_future(work)
        waited: set[asyncio.Future[Any]] = {task, self._code}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if self._code.done():
                raise Ended(self._code.result())
            return task.result()
        finally:
            task.cancel()


class SocketLine(Line):
    """An accepted WebSocket."""

    def __init__(self, socket: WebSocket, send_s: float) -> None:
        super().__init__()
        self._socket = socket
        self._send_s = send_s
        self._sending = asyncio.Lock()

    async def send(self, *messages: dict[str, Any]) -> None:
        """See `Line`."""
        try:
            async with asyncio.timeout(self._send_s), self._sending:
                for message in messages:
                    await self._socket.send_text(json.dumps(message, ensure_ascii=False))
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect):
            raise Gone from None

    async def receive(self) -> str | bytes:
        """See `Line`."""
        try:
            frame = await self._socket.receive()
        except (RuntimeError, OSError):
            raise Gone from None
        if frame["type"] != "websocket.receive":
            raise Gone
        text: str | None = frame.get("text")
        return text if text is not None else bytes(frame.get("bytes") or b"")

    async def shut(self, code: int) -> None:
        """Send the closing frame. Never raises, never takes longer than a send."""
        if self._socket.application_state is WebSocketState.DISCONNECTED:
            return
        try:
            async with asyncio.timeout(self._send_s):
                await self._socket.close(code)
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect):
            return
