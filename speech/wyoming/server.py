"""Speech-to-text and text-to-speech for Home Assistant by the Wyoming protocol. Nobody signs in: the protocol has no
way to, so it listens only where the service itself does, and what one client may cost is bounded."""

import asyncio

from wyoming.server import AsyncTcpServer

from speech.hearing.ears import Ears
from speech.speaking.aloud import Aloud
from speech.wyoming.guest import Guest, GuestDesk, GuestLimits


class WyomingServer:
    """`start`, and `stop` at the end."""

    def __init__(self, host: str, port: int, ears: Ears, aloud: Aloud, limits: GuestLimits = GuestLimits()) -> None:
        self._server = AsyncTcpServer(host, port)
        self._desk = GuestDesk(ears, aloud, limits)
        self._guests = _Guests(limits.guests)

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        await self._server.start(self._guest)

    async def stop(self) -> None:
        """Show everybody out and listen no more."""
        await self._server.stop()

    def guests(self) -> int:
        """How many are connected."""
        return len(self._guests)

    def _guest(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Guest:
        return Guest(self._desk, self._guests, reader, writer)


class _Guests:
    """Who is connected. One too many makes the one that has been idle for longest leave."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._here: set[Guest] = set()

    def __len__(self) -> int:
        return len(self._here)

    def enter(self, guest: Guest) -> bool:
        if len(self._here) >= self._most:
            idle = [each for each in self._here if not each.busy]
            if not idle:
                return False
            longest = min(idle, key=lambda each: each.seen)
            self.leave(longest)
            longest.show_out()
        self._here.add(guest)
        return True

    def leave(self, guest: Guest) -> None:
        self._here.discard(guest)
