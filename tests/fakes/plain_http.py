"""A tiny HTTP/1.1 server on asyncio, so that a fake can also hang, answer garbage or reset the connection."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class Reset(Exception):
    """The handler wants the connection reset instead of an answer."""


@dataclass(frozen=True)
class Request:
    """One request; `fields` holds query, form or JSON values, `files` what came as a file part."""

    method: str
    path: str
    fields: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    body: bytes
    status: int = 200
    kind: str = "application/json"


def json_answer(value: Any, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(json.dumps(value, ensure_ascii=False).encode(), status)


Handler = Callable[[Request], Awaitable[Answer]]


class PlainHttp:
    """Serves `handler` on 127.0.0.1 from `start()` to `stop()`; `url` is known after the start."""

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self._handler = handler
        self._port = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Begin to listen; port 0 takes a free one and keeps it over a later restart."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port, backlog=1024)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every open connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._serve(reader, writer)
        except (Reset, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            _reset(writer)
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await _read(reader)) is not None:
            answer = await self._answered(request, reader)
            head = f"HTTP/1.1 {answer.status} {_phrase(answer.status)}\r\n"
            head += f"Content-Type: {answer.kind}\r\nContent-Length: {len(answer.body)}\r\n\r\n"
            writer.write(head.encode() + answer.body)
            await writer.drain()

    async def _answered(self, request: Request, reader: asyncio.StreamReader) -> Answer:
        """The handler's answer; given up as soon as the client has hung up, as a real server notices."""
        work = asyncio.ensure_future(self._handler(request))
        try:
            while not work.done():
                await asyncio.wait([work], timeout=0.2)
                if reader.at_eof():
                    raise Reset
            return work.result()
        finally:
            work.cancel()


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase


def _reset(writer: asyncio.StreamWriter) -> None:
    """Make closing send RST: what a crashed peer looks like from outside."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    where = urlsplit(target)
    fields: dict[str, Any] = dict(parse_qsl(where.query, keep_blank_values=True))
    more, files = _parse(headers.get("content-type", ""), body)
    return Request(method, unquote(where.path), fields | more, files)


def _parse(kind: str, body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    if kind.startswith("application/json"):
        return json.loads(body or b"{}"), {}
    if kind.startswith("multipart/form-data"):
        return _multipart(kind.partition("boundary=")[2].strip('"').encode(), body)
    return dict(parse_qsl(body.decode(), keep_blank_values=True)), {}


def _multipart(boundary: bytes, body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    fields: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        value = value.removesuffix(b"\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        if b"filename=" in head:
            files[name] = value
        else:
            fields[name] = value.decode()
    return fields, files
