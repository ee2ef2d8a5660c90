"""Who has no talk is listened to as well, a few at a time: whoever has cost least lately comes first."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from os import cpu_count

#: what somebody has cost counts half after so long. Seconds.
_HALF_S = 20.0
#: whoever waits longer than this for a piece of sound is behind. Seconds.
_BEHIND_S = 1.0


class Spent:
    """What one stream has cost lately, in seconds of listening. behind: whether it waited long for its last turn."""

    def __init__(self) -> None:
        self.behind = False
        self._cost = 0.0
        self._at = 0.0

    def cost(self, at: float) -> float:
        """The older, the less it counts."""
        return float(self._cost * 0.5 ** (max(0.0, at - self._at) / _HALF_S))

    def add(self, seconds: float, at: float) -> None:
        """So much more."""
        self._cost, self._at = self.cost(at) + seconds, at


class Aside:
    """A room that was quiet and now cries for help does not queue behind those where a television talks all day.

    lanes: how many pieces of sound may be listened to at a time; the talks have the rest of the machine.
    """

    def __init__(self, lanes: int | None = None) -> None:
        self._free = lanes or max(1, (cpu_count() or 1) // 4)
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()

    @asynccontextmanager
    async def turn(self, spent: Spent) -> AsyncIterator[None]:
        """Wait for a turn and have it."""
        asked = _now()
        await self._enter(spent.cost(asked))
        began = _now()
        spent.behind = began - asked > _BEHIND_S
        try:
            yield
        finally:
            spent.add(_now() - began, _now())
            self._leave()

    async def _enter(self, cost: float) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (cost, next(self._number), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # it was its turn just now
            raise

    def _leave(self) -> None:
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)  # the lane goes from hand to hand
                return
        self._free += 1


def _now() -> float:
    return asyncio.get_running_loop().time()
