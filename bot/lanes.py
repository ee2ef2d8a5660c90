"""One lane a chat: a chat's updates are handled in order, different chats side by side."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bot.inbox import Kept
from bot.incoming import Unreadable, parse

#: what no chat can be read of shares a lane of its own.
_NOWHERE = ""


class Lanes:
    """`work` handles one update and must not raise; at most `at_once` chats are worked on at a time."""

    def __init__(self, work: Callable[[Kept], Awaitable[None]], at_once: int) -> None:
        self._work = work
        self._places = asyncio.Semaphore(at_once)
        self._lanes: dict[str, deque[Kept]] = {}
        self._working: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def enter(self, kept: Kept) -> None:
        """Queue an update behind the earlier ones of its chat. One that is in a lane already is left where it is."""
        if kept.id in self._working:
            return
        self._working.add(kept.id)
        chat = _chat_of(kept)
        if chat in self._lanes:
            self._lanes[chat].append(kept)
        else:
            self._lanes[chat] = deque([kept])
            self.aside(self._lane(chat))

    def aside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside the lanes; it is awaited and cancelled with them."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settled(self) -> None:
        """Until nothing is being worked on."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Give up what is being worked on: it stays kept."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _lane(self, chat: str) -> None:
        lane = self._lanes[chat]
        try:
            while lane:
                kept = lane.popleft()
                async with self._places:
                    await self._work(kept)
                self._working.discard(kept.id)
        finally:
            self._working.difference_update(kept.id for kept in lane)
            del self._lanes[chat]


def _chat_of(kept: Kept) -> str:
    try:
        incoming = parse(kept.body)
    except Unreadable:
        return _NOWHERE
    return incoming.chat if incoming else _NOWHERE
