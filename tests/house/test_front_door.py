"""Connections that are only held open: closed soon, while whoever asks properly is served."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request

from console import shield
from console.shield import Shield
from wiring.front_door import FrontDoor


class Hurried(FrontDoor):
    """The same with no patience."""

    patience_s = 0.3


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A small app behind the door."""
    monkeypatch.setattr(shield, "BODY_WITHIN_S", 0.3)
    app = FastAPI()
    app.add_middleware(Shield, limit=1000, secure=False)

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @app.post("/slow")
    async def slow(request: Request) -> bool:
        await request.body()
        await asyncio.sleep(0.6)
        return not await request.is_disconnected()

    server = uvicorn.Server(uvicorn.Config(app, port=0, http=Hurried, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def told(port: int, said: bytes) -> bytes:
    """What comes back until the service closes the connection, at most 5 s."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    answer: Any = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return bytes(answer)


@pytest.mark.parametrize("said", [b"", b"POST /echo HTTP/1.1\r\nHost: x\r\nX-"])
async def test_who_never_finishes_a_head_is_shown_out(port: int, said: bytes) -> None:
    assert await told(port, said) == b""


async def test_who_never_finishes_a_body_is_told_and_shown_out(port: int) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
    assert (await told(port, head + b"a")).startswith(b"HTTP/1.1 408")


async def test_a_second_head_on_the_same_connection_has_a_deadline_too(port: int) -> None:
    whole = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
    assert (await told(port, whole + b"POST /echo HTT")).startswith(b"HTTP/1.1 200")


async def test_an_answer_that_takes_its_time_is_waited_for(port: int) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"http://127.0.0.1:{port}/slow", content=b"ab")
    assert (answer.status_code, answer.json()) == (200, True)
