"""One password is checked at a time: the slow hash must never take the threads that an SOS needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: more people than this do not sign in at one moment; who comes after them is asked to come back.
_LINE = 20


class Crowded(Exception):
    """Too many sign-ins wait already."""


class Turnstile:
    """Lets one sign-in through at a time, in this process. So guesses that are sent side by side are counted too."""

    def __init__(self, line: int = _LINE) -> None:
        self._line = line
        self._waiting = 0
        self._one = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn. Raises Crowded at once when the line is full."""
        if self._waiting >= self._line:
            raise Crowded
        self._waiting += 1
        try:
            async with self._one:
                yield
        finally:
            self._waiting -= 1
