"""Wake-ups after a commit: a sender or a live page waits, and is woken instead of polling hard."""

import asyncio
import threading
from collections import defaultdict


class Waiter:
    """Waits on one event loop for one topic. Wake-ups while nobody waits are kept, so none is missed."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()

    def notify(self) -> None:
        """Wake the waiter; callable from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, timeout_s: float) -> bool:
        """True when woken, False after `timeout_s` real seconds."""
        try:
            async with asyncio.timeout(timeout_s):  # wait_for swallows a cancellation that meets the wake-up
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Signals:
    """Topics and who waits for them, within one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: dict[str, list[Waiter]] = defaultdict(list)

    def waiter(self, topic: str) -> Waiter:
        """A new waiter on the running event loop."""
        waiter = Waiter(asyncio.get_running_loop())
        with self._lock:
            self._waiters[topic].append(waiter)
        return waiter

    def forget(self, topic: str, waiter: Waiter) -> None:
        """Stop waking this waiter."""
        with self._lock:
            if waiter in self._waiters[topic]:
                self._waiters[topic].remove(waiter)

    def notify(self, topic: str) -> None:
        """Wake everyone waiting for `topic`."""
        with self._lock:
            waiters = list(self._waiters[topic])
        for waiter in waiters:
            waiter.notify()
