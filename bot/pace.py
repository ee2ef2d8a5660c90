"""How fast messages leave: Telegram allows about 30 a second in all and one a second to a chat.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from escalations.channel import NotNow

PER_SECOND = 30.0
PER_CHAT_S = 1.0
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
        self._free_at: dict[str, float] = {}
        self._shut_until: dict[str, float] = {}

    async def turn(self, chat: str, *, urgent: bool = False, line: bool = True) -> None:
        """Wait for the turn of a message to this chat. An urgent one never waits, except where Telegram said so.

        line: a new line in the chat; an edit (False) is not one and holds no line up.

        Raises NotNow when Telegram shut the chat for a while, or the turn is more than PATIENCE_S away.
        """
        now = self._clock()
        if (left := self._shut_until.get(chat, 0.0) - now) > 0:
            raise NotNow("too many requests", left)
        slot = max(now, self._next)
        start = now if urgent else max(slot, self._free_at.get(chat, 0.0) if line else 0.0)
        if start - now > PATIENCE_S:
            raise NotNow("many messages waiting", start - now)
        self._next = slot + 1 / self._per_second
        if line:
            self._free_at[chat] = start + self._per_chat_s
        self._forget_old(now)
        if start > now:
            await self._sleep(start - now)

    def shut(self, chat: str, seconds: float) -> None:
        """Telegram asked to wait with this chat; the others go on."""
        self._per_second = min(self._per_second, PER_SECOND)
        self._shut_until[chat] = self._clock() + seconds

    def _forget_old(self, now: float) -> None:
        if len(self._free_at) > _FORGET_ABOVE:
            self._free_at = {chat: at for chat, at in self._free_at.items() if at > now}
            self._shut_until = {chat: at for chat, at in self._shut_until.items() if at > now}
