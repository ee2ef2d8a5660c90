"""HTTP connections that say nothing are closed: uvicorn alone would keep them until the process has no file left."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: real seconds a connection has for its request's head, from when it is opened or the head begins.
HEAD_WITHIN_S = 10.0


class FrontDoor(HttpToolsProtocol):
    """uvicorn's connection with a deadline for each request's head. Sockets of speakers have their own at the door."""

    patience_s = HEAD_WITHIN_S
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headed()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._headed()
        super().on_headers_complete()

    def handle_websocket_upgrade(self, *args: Any, **more: Any) -> None:
        self._headed()
        super().handle_websocket_upgrade(*args, **more)

    def _await_head(self) -> None:
        self._headed()
        self._deadline = self.loop.call_later(self.patience_s, self.transport.close)

    def _headed(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
