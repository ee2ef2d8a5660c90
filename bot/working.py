"""Handling one kept update: tried some times, then quarantined and told to a person. It never stops the others."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot import inbox
from bot.acts import Act, Stranger
from bot.channel import TelegramChannel
from bot.doing import do
from bot.handlers import Moment, give_up, handle, level_of
from bot.house import House
from bot.incoming import Unreadable, parse
from bot.lanes import Lanes
from bot.listening import listen
from store import Store

log = structlog.get_logger(__name__)

#: one polite line to a stranger in this time, real.
STRANGER_EVERY = timedelta(hours=1)
_STRANGERS_KEPT = 10_000


class Clock(Protocol):
    """`store.Clock` or a test's."""

    def now(self) -> datetime: ...
    def real(self) -> datetime: ...


class Worker:
    """Works on updates in lanes. `retry_s`: real seconds between the tries; after the last try comes quarantine."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        house: House,
        channel: TelegramChannel,
        retry_s: Sequence[float] = (0.3, 1.5, 5.0),
        at_once: int = 8,
    ) -> None:
        self.lanes = Lanes(self.work, at_once)
        self._store, self._clock, self._house, self._channel = store, clock, house, channel
        self._retry_s = tuple(retry_s)
        self._replies: dict[str, asyncio.Task[None]] = {}
        self._strangers: OrderedDict[str, datetime] = OrderedDict()

    async def work(self, kept: inbox.Kept) -> None:
        """Handle one update; what it answers leaves beside the lane, so that a slow reply holds up no cry for help."""
        acts = await self._settle(kept)
        if acts:
            chat = _chat(acts)
            self._replies[chat] = self.lanes.aside(self._reply(chat, acts, self._replies.get(chat)))

    async def _settle(self, kept: inbox.Kept) -> list[Act]:
        for pause in (*self._retry_s, None):
            try:
                return await self._handle(kept)
            except Exception as error:
                log.warning("telegram_update_failed", update=kept.id, error=type(error).__name__)
                if await self._give_up(kept, type(error).__name__) or pause is None:
                    return []
            await asyncio.sleep(pause)
        return []

    async def _handle(self, kept: inbox.Kept) -> list[Act]:
        incoming = parse(kept.body)
        if incoming is None:
            await self._store.awrite(inbox.finish, kept.id, self._clock.real())
            return []
        said = await listen(self._store, self._house, self._channel.api, incoming)
        return await self._store.awrite(handle, self._house, incoming, said, self._moment())

    async def _give_up(self, kept: inbox.Kept, error: str) -> bool:
        tries = 1 if error == Unreadable.__name__ else len(self._retry_s) + 1
        level = await asyncio.to_thread(level_of, self._house, kept)
        try:
            return await self._store.awrite(give_up, self._house, kept, error, tries, level, self._moment())
        except Exception as worse:  # it stays kept, and the next scan finds it
            log.error("telegram_failure_not_noted", update=kept.id, error=type(worse).__name__)
            return False

    async def _reply(self, chat: str, acts: Sequence[Act], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        for act in acts:
            await self._do(act)
        if self._replies.get(chat) is asyncio.current_task():
            del self._replies[chat]

    async def _do(self, act: Act) -> None:
        if isinstance(act, Stranger) and not self._first_this_hour(act.chat):
            return
        try:
            await do(self._channel, act)
        except Exception as error:
            log.warning("telegram_reply_failed", act=type(act).__name__, error=type(error).__name__)

    def _first_this_hour(self, chat: str) -> bool:
        real = self._clock.real()
        last = self._strangers.get(chat)
        if last is not None and real - last < STRANGER_EVERY:
            return False
        self._strangers[chat] = real
        self._strangers.move_to_end(chat)
        if len(self._strangers) > _STRANGERS_KEPT:
            self._strangers.popitem(last=False)
        return True

    def _moment(self) -> Moment:
        return Moment(self._clock.now(), self._clock.real())


def _chat(acts: Sequence[Act]) -> str:
    return next((chat for act in acts if (chat := getattr(act, "chat", ""))), "")
