"""How fast messages leave: Telegram allows about 30 a second in all, one a second to a chat, 20 a minute to a group.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this

A message counts from when it leaves until a second after its answer: whenever Telegram counts it in between, and
however slow the way there is, no second holds more than are allowed.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from escalations.channel import NotNow

PER_SECOND = 30
PER_GROUP_A_MINUTE = 20
#: a city's own Bot API server need not be slow; the first "too many requests" shows that it is.
UNLIMITED = 300
#: who goes before whom: emergencies, then what somebody waits for now, then the rest.
FIRST, SOON, ROUTINE = 2, 1, 0
#: so many of a second's messages are left to emergencies.
_KEPT_FREE = 1
#: real seconds a message waits for its turn here; longer, and it goes back to the outbox. Shorter than any time-out of
#: the sender, so that one that never left is never taken for one that may have arrived.
PATIENCE_S = 3.0
_MINUTE = 60.0
#: so long after a refused emergency the others leave its chat to it.
_LEFT_TO_IT_S = 2.0


@dataclass
class _Chat:
    """busy: lines on their way or answered within a second; lines: when a group's latest were answered."""

    busy: int = 0
    waiting: int = 0
    lines: deque[float] = field(default_factory=lambda: deque(maxlen=PER_GROUP_A_MINUTE))
    shut_until: float = 0.0
    left_to_emergencies_until: float = 0.0


@dataclass(eq=False)
class _Waiter:
    chat: str
    weight: int
    line: bool
    turn: asyncio.Future[None]
    left: bool = False


class Pace:
    """Turns to send, within one event loop. Times are monotonic real seconds; tests hand in how long a second is held
    against a message, `clock`, and `later`, which calls back after so many seconds.
    """

    def __init__(
        self,
        per_second: int = PER_SECOND,
        *,
        second_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], object] | None = None,
    ) -> None:
        self._most = per_second
        self._second = second_s
        self._clock = clock
        self._later = later or (lambda seconds, call: asyncio.get_running_loop().call_later(seconds, call))
        self._busy = 0
        self._counted = False  # whether Telegram has shown that it counts
        self._waiting: list[_Waiter] = []
        self._chats: defaultdict[str, _Chat] = defaultdict(_Chat)

    @asynccontextmanager
    async def turn(self, chat: str, weight: int = ROUTINE, *, line: bool = True) -> AsyncGenerator[None]:
        """Wait for the turn of a message to this chat; it is sent, and answered, within.

        line: a new line in the chat; an edit (False) is not one and holds no line up.

        Raises NotNow when Telegram shut the chat for a while, or the turn is more than PATIENCE_S away.
        """
        self._turn_away(chat, weight, line)
        waiter = _Waiter(chat, weight, line, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._waiting.sort(key=lambda each: -each.weight)  # stable: first come, first served
        self._chats[chat].waiting += 1
        self._later(PATIENCE_S, partial(_give_up, waiter))
        self._let_go()
        try:
            await waiter.turn
            yield
        finally:
            self._gone(waiter)

    def shut(self, chat: str, seconds: float, *, urgent: bool = False) -> None:
        """Telegram asked to wait with this chat; the others go on. What was urgent is the next to get in there."""
        self._most = min(self._most, PER_SECOND)
        self._counted = True
        kept = self._chats[chat]
        kept.shut_until = self._clock() + seconds
        if urgent:
            kept.left_to_emergencies_until = kept.shut_until + _LEFT_TO_IT_S
            self._later(seconds + _LEFT_TO_IT_S, self._let_go)
        self._later(seconds, self._let_go)

    def _turn_away(self, chat: str, weight: int, line: bool) -> None:
        """Whoever cannot leave soon must not hold a place that others could use."""
        if chat not in self._chats:
            return
        known, now = self._chats[chat], self._clock()
        if now < known.shut_until:
            raise NotNow("too many requests", known.shut_until - now)
        if weight == FIRST or not line:
            return
        full = known.lines[0] + _MINUTE - now if len(known.lines) == PER_GROUP_A_MINUTE else 0.0
        before = sum(each.chat == chat and each.weight >= weight for each in self._waiting)
        wait = max(full, known.left_to_emergencies_until - now, (known.busy + before) * self._second)
        if wait >= PATIENCE_S:
            raise NotNow("many messages waiting", wait, full=True)

    def _let_go(self) -> None:
        """Everybody whose turn it is."""
        for waiter in list(self._waiting):
            if not waiter.turn.done() and self._may(waiter):
                self._waiting.remove(waiter)
                self._take(waiter, 1)
                waiter.left = True
                waiter.turn.set_result(None)

    def _may(self, waiter: _Waiter) -> bool:
        chat, now = self._chats[waiter.chat], self._clock()
        if now < chat.shut_until:
            return False
        if waiter.weight == FIRST:
            return self._busy < self._most and not (self._counted and waiter.line and chat.busy)
        if self._busy >= self._most - _KEPT_FREE:
            return False
        full = len(chat.lines) == PER_GROUP_A_MINUTE and now < chat.lines[0] + _MINUTE
        return not waiter.line or not (chat.busy or full or now < chat.left_to_emergencies_until)

    def _take(self, waiter: _Waiter, places: int) -> None:
        self._busy += places
        if waiter.line:
            self._chats[waiter.chat].busy += places

    def _gone(self, waiter: _Waiter) -> None:
        """Answered, or never left."""
        chat = self._chats[waiter.chat]
        chat.waiting -= 1
        if not waiter.left:
            self._waiting.remove(waiter)
            return
        if waiter.line and waiter.chat.startswith("-"):
            chat.lines.append(self._clock())
        self._later(self._second, partial(self._over, waiter))

    def _over(self, waiter: _Waiter) -> None:
        """A second after its answer it counts no more."""
        self._take(waiter, -1)
        chat, now = self._chats[waiter.chat], self._clock()
        if not (chat.busy or chat.waiting or chat.lines) and now >= max(
            chat.shut_until, chat.left_to_emergencies_until
        ):
            del self._chats[waiter.chat]
        self._let_go()


def _give_up(waiter: _Waiter) -> None:
    if not waiter.turn.done():
        waiter.turn.set_exception(NotNow("many messages waiting", 1.0, full=True))
