"""Fixtures of the control centre's tests."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from store import FixedClock, Store
from tests.console.desk import Desk


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path) -> Desk:
    return Desk(store, clock, tmp_path)


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[str]:
    """The desk behind a real server on a real port; its address."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(desk.app, port=port, log_level="error", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    with contextlib.suppress(asyncio.CancelledError):
        await serving


@pytest.fixture
async def address(desk: Desk) -> AsyncIterator[str]:
    """Where the desk is served."""
    async with served(desk) as found:
        yield found
