"""One file by HTTP, going on where an earlier attempt stopped. Whether it is the right one is checked elsewhere."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from speech.hearing.ears import EXECUTOR

#: seconds to connect, and between two pieces of the file.
PATIENCE = httpx.Timeout(30.0, connect=10.0)
_PIECE = 64 * 1024
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")

#: hears the bytes that are there, and of how many (None: the server does not say).
Tell = Callable[[int, int | None], None]


class NotFetched(Exception):
    """It could not be fetched now. The message says why; further: more of it is there than before."""

    def __init__(self, reason: str, *, further: bool = False) -> None:
        super().__init__(reason)
        self.further = further


async def download(url: str, part: Path, most: int, tell: Tell, patience: httpx.Timeout = PATIENCE) -> None:
    """The whole file in `part`, of at most `most` bytes. What has come stays there. Raises NotFetched, OSError.

    Nothing tells whether `part` was begun with the same file: one that was not fails its check and is fetched anew.
    """
    host, have = urlsplit(url).hostname, size_of(part)
    asked = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        async with (
            httpx.AsyncClient(timeout=patience, follow_redirects=True) as client,
            client.stream("GET", url, headers=asked) as answer,
        ):
            place = _place(answer, have)
            _check(place, part, have, most)
            if not (place.start is None and place.total == have):  # else it was all there
                await _keep(answer, place, part, most, tell)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise NotFetched(f"{host} cannot be reached ({reason})", further=size_of(part) > have) from None


def size_of(file: Path) -> int:
    """Its bytes, 0 where it is not there."""
    return file.stat().st_size if file.exists() else 0


@dataclass(frozen=True)
class _Place:
    """Where in the file an answer's bytes belong (None: nowhere), and how long the file is."""

    start: int | None
    total: int | None


def _place(answer: httpx.Response, have: int) -> _Place:
    placed = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    start, total = placed.groups() if placed else (None, None)
    if answer.status_code == httpx.codes.OK:
        length = answer.headers.get("Content-Length", "")
        return _Place(0, int(length) if length.isdecimal() else None)
    if have and answer.status_code in {httpx.codes.PARTIAL_CONTENT, httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE}:
        return _Place(int(start) if start else None, int(total) if total and total != "*" else None)
    raise NotFetched(f"{answer.url.host} answers {answer.status_code}")


def _check(place: _Place, part: Path, have: int, most: int) -> None:
    """What is there is of no use where the answer does not fit it. Raises NotFetched."""
    if place.start not in {0, have} and not (place.start is None and place.total == have):
        part.unlink(missing_ok=True)
        raise NotFetched("the server does not go on where it stopped")
    if max(place.total or 0, place.start or 0) > most:
        raise _too_big(part)


async def _keep(answer: httpx.Response, place: _Place, part: Path, most: int, tell: Tell) -> None:
    """Write what comes, piece by piece."""
    loop, there = asyncio.get_running_loop(), place.start or 0
    file = await loop.run_in_executor(EXECUTOR, part.open, "ab" if there else "wb")
    with file:
        tell(there, place.total)
        async for piece in answer.aiter_raw(_PIECE):
            there += len(piece)
            if there > most:
                raise _too_big(part)
            await loop.run_in_executor(EXECUTOR, file.write, piece)
            tell(there, place.total)


def _too_big(part: Path) -> NotFetched:
    part.unlink(missing_ok=True)
    return NotFetched("what the server sends is bigger than the model")
