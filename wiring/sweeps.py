"""The sweeps: APScheduler wakes them, the rows say what is due. It owns no work; a missed wake-up costs nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from store.signals import Signals

log = structlog.get_logger(__name__)

#: a sweep that has not succeeded for this long (and for ten of its own periods) stands still.
STILL_AFTER_S = 30.0


@dataclass
class Sweep:
    """One piece of recurring work. `every_s`: real seconds; `topics`: what also wakes it at once."""

    name: str
    work: Callable[[], Awaitable[object]]
    every_s: float
    topics: Sequence[str] = ()
    done_at: datetime | None = None
    failing: bool = field(default=False)

    async def run(self) -> None:
        """Do the work; a failure is logged and the next wake-up tries again."""
        try:
            await self.work()
        except Exception as error:
            self.failing = True
            log.exception("a sweep failed", sweep=self.name, error=type(error).__name__)
        else:
            self.failing = False
            self.done_at = datetime.now(UTC)

    def stands_still(self, since: datetime) -> bool:
        """Whether it has not succeeded for too long; `since`: when the sweeps were started."""
        waited = (datetime.now(UTC) - (self.done_at or since)).total_seconds()
        return waited > max(STILL_AFTER_S, 10 * self.every_s)


class Sweeps:
    """All sweeps of one process."""

    def __init__(self, sweeps: Sequence[Sweep], signals: Signals) -> None:
        self._sweeps, self._signals = sweeps, signals
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._listening: list[asyncio.Task[None]] = []
        self._started = datetime.now(UTC)

    def start(self) -> None:
        """Wake each sweep now, and then in its rhythm."""
        self._started = now = datetime.now(UTC)
        for place, sweep in enumerate(self._sweeps):
            self._scheduler.add_job(
                sweep.run,
                "interval",
                seconds=sweep.every_s,
                id=sweep.name,
                next_run_time=now + timedelta(milliseconds=20 * place),
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
            self._listening += [asyncio.create_task(self._listen(sweep, topic)) for topic in sweep.topics]
        self._scheduler.start()

    def stop(self) -> None:
        """Wake nobody any more."""
        for task in self._listening:
            task.cancel()
        self._scheduler.shutdown(wait=False)

    def standing_still(self) -> list[str]:
        """Names of the sweeps that have not succeeded for too long."""
        return [sweep.name for sweep in self._sweeps if sweep.stands_still(self._started)]

    async def _listen(self, sweep: Sweep, topic: str) -> None:
        waiter = self._signals.waiter(topic)
        try:
            while True:
                if await waiter.wait(60.0):
                    self._scheduler.modify_job(sweep.name, next_run_time=datetime.now(UTC))
                    await asyncio.sleep(min(0.05, sweep.every_s / 4))  # many wake-ups in a row are one
        finally:
            self._signals.forget(topic, waiter)


async def until_done(step: Callable[[], Awaitable[int]], limit: int) -> None:
    """Repeat a batch while it comes back full."""
    while await step() >= limit:
        pass
