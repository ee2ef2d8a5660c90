"""One open WebSocket: sending with a deadline, receiving, and closing once with a code."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

T = TypeVar("T")


class Gone(Exception):
    """The other side is not there any more, or does not read."""


class Ended(Exception):
    """This side ends the connection with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Line:
    """An accepted WebSocket. `close` may be called from anywhere in the loop; whoever awaits `ended` sees it."""

    def __init__(self, socket: WebSocket, send_s: float) -> None:
        self._socket = socket
        self._send_s = send_s
        self._sending = asyncio.Lock()
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def send(self, *messages: dict[str, Any]) -> None:
        """Send messages, nothing in between. Raises Gone, also when the other side has not read for too long."""
        try:
            async with asyncio.timeout(self._send_s), self._sending:
                for message in messages:
                    await self._socket.send_text(json.dumps(message, ensure_ascii=False))
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect):
            raise Gone from None

    async def receive(self) -> str | bytes:
        """The next frame. Raises Gone."""
        try:
            frame = await self._socket.receive()
        except (RuntimeError, OSError):
            raise Gone from None
        if frame["type"] != "websocket.receive":
            raise Gone
        text: str | None = frame.get("text")
        return text if text is not None else bytes(frame.get("bytes") or b"")

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

    async def shut(self, code: int) -> None:
        """Send the closing frame. Never raises, never takes longer than a send."""
        if self._socket.application_state is WebSocketState.DISCONNECTED:
            return
        try:
            async with asyncio.timeout(self._send_s):
                await self._socket.close(code)
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect):
            return
