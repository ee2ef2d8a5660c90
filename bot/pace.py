"""How fast messages leave: Telegram allows about 30 a second in all, one a second to a chat, 20 a minute to a group.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable

from escalations.channel import NotNow

#: a little below the 30, so that emergencies find room between the others.
PER_SECOND = 28.5
PER_CHAT_S = 1.0
PER_GROUP_A_MINUTE = 20
#: so long after a refused emergency the others leave its chat to it.
_KEPT_FREE_S = 2.0
#: a city's own Bot API server need not be slow; the first "too many requests" shows that it is.
UNLIMITED = 300.0
#: real seconds a message waits for its turn here; longer, and it goes back to the outbox.
PATIENCE_S = 3.0
_FORGET_ABOVE = 10_000


class Pace:
    """Turns to send. Times are monotonic real seconds; `sleep` and `clock` are handed in by tests."""

    def __init__(
        self,
        per_second: float = PER_SECOND,
        *,
        per_chat_s: float = PER_CHAT_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_second = per_second
        self._per_chat_s = per_chat_s
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._next_urgent = 0.0
        self._gone_before = 0  # urgent ones: everybody who waits makes room for each
        self._counted = False
        self._lines: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=PER_GROUP_A_MINUTE))
        self._kept_free: dict[str, float] = {}
        self._shut_until: dict[str, float] = {}

    async def turn(self, chat: str, *, urgent: bool = False, line: bool = True) -> None:
        """Wait for the turn of a message to this chat. An urgent one goes before all that wait, except where Telegram
        has shut the chat.

        line: a new line in the chat; an edit (False) is not one and holds no line up.

        Raises NotNow when Telegram shut the chat for a while, or the turn is more than PATIENCE_S away.
        """
        now = self._clock()
        if (left := self._shut_until.get(chat, 0.0) - now) > 0:
            raise NotNow("too many requests", left)
        slot = max(now, self._next)
        start = self._urgent_start(chat, now) if urgent else max(slot, self._free(chat) if line else 0.0)
        if start - now > PATIENCE_S:
            raise NotNow("many messages waiting", start - now, full=True)
        self._next = slot + 1 / self._per_second
        if urgent:
            self._gone_before += 1
            self._next_urgent = start + 1 / self._per_second
        if line:
            self._lines[chat].append(start)
        self._forget_old(now)
        await self._wait(start - now, urgent)

    def _urgent_start(self, chat: str, now: float) -> float:
        """At once; where Telegram has shown that it counts, a second after the last line that has left."""
        left = [at for at in self._lines[chat] if at <= now]
        return max(now, self._next_urgent, left[-1] + self._per_chat_s if left and self._counted else 0.0)

    def _free(self, chat: str) -> float:
        """When the chat takes another line."""
        lines = self._lines[chat]
        spaced = lines[-1] + self._per_chat_s if lines else 0.0
        full = chat.startswith("-") and len(lines) == PER_GROUP_A_MINUTE
        return max(spaced, self._kept_free.get(chat, 0.0), lines[0] + 60.0 if full else 0.0)

    async def _wait(self, seconds: float, urgent: bool) -> None:
        """So long, and a turn longer for each urgent one that goes before meanwhile."""
        seen = self._gone_before
        while seconds > 0:
            await self._sleep(seconds)
            before = 0 if urgent else self._gone_before - seen
            seconds, seen = before / self._per_second, seen + before

    def shut(self, chat: str, seconds: float, *, urgent: bool = False) -> None:
        """Telegram asked to wait with this chat; the others go on. What was urgent is the next to get in there."""
        self._per_second = min(self._per_second, PER_SECOND)
        self._counted = True
        self._shut_until[chat] = until = self._clock() + seconds
        if urgent:
            self._kept_free[chat] = until + _KEPT_FREE_S

    def _forget_old(self, now: float) -> None:
        if len(self._lines) > _FORGET_ABOVE:
            kept = {chat: lines for chat, lines in self._lines.items() if lines and lines[-1] > now - 60.0}
            self._lines.clear()
            self._lines.update(kept)
            self._shut_until = {chat: at for chat, at in self._shut_until.items() if at > now}
            self._kept_free = {chat: at for chat, at in self._kept_free.items() if at > now}
