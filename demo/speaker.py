"""A speaker in a made-up home: keeps its socket, hears the service's questions and lets the resident answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

#: given a question, the answer; None when nobody answers.
Answer = Callable[[str], Awaitable[str | None]]
RECONNECT_S = 2.0


class Speaker:
    """One speaker. `say_now` lets the resident speak without having been asked."""

    def __init__(self, url: str, token: str, answer: Answer) -> None:
        self._url, self._token, self._answer = url, token, answer
        self._socket: ClientConnection | None = None

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            try:
                async with connect(self._url, additional_headers={"Authorization": f"Bearer {self._token}"}) as socket:
                    self._socket = socket
                    await self._listen(socket)
            except (OSError, WebSocketException):
                pass
            self._socket = None
            await asyncio.sleep(RECONNECT_S)

    async def say_now(self, text: str) -> None:
        """Press the talk button and speak."""
        await self._send({"type": "talk"})
        await asyncio.sleep(1.0)
        await self._send({"type": "text", "text": text})

    async def _listen(self, socket: ClientConnection) -> None:
        pending: asyncio.Task[None] | None = None
        async for raw in socket:
            message = json.loads(raw)
            if message["type"] == "ping":
                await self._send({"type": "pong"})
            elif message["type"] == "say" and message.get("listen"):
                if pending is not None:
                    pending.cancel()
                pending = asyncio.create_task(self._reply(message["text"]))

    async def _reply(self, question: str) -> None:
        answer = await self._answer(question)
        if answer is not None:
            await self._send({"type": "text", "text": answer})

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket is not None:
            await self._socket.send(json.dumps(message, ensure_ascii=False))
