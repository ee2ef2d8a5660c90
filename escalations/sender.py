"""The sender: takes what is due out of the outbox and hands it to its channels. One per process.

An attempt is claimed and counted first, sent second, and noted as sent last. A crash in between repeats it with the
same key: a duplicate is better than silence.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from time import monotonic

import structlog

from escalations.channel import Channel, DeliveryOut, NotNow
from escalations.channel import Refused as ChannelRefused
from escalations.delivery import Delayed, Refused, Sent
from escalations.outbox import TOPIC
from escalations.settling import Desk, Failed, Lane, Result
from store import Clock, FixedClock, Store, fault
from store.signals import Waiter

log = structlog.get_logger(__name__)

#: after a fault of the store, REAL time.
AGAIN_S = 1.0
#: what may still be noted when the process is asked to stop.
FAREWELL_S = 3.0

#: how often a sender looks for what is too late by now. REAL time.
EXPIRING_S = 1.0

#: so long a channel may take with a page: the next one is tried within 5 s. REAL time.
PATIENCE_S = 4.0

#: emergencies have slots of their own.
EMERGENCIES = Lane("emergency", emergency=True, slots=16, to_one=12, timeout_s=PATIENCE_S, poll_s=0.5)
ROUTINE = Lane("routine", emergency=False, slots=96, to_one=64, timeout_s=20.0)


class Sender:
    """channels: by name. failed: by kind of delivery, such as `{"page": escalations.page_failed}`.

    routes: the speakers ("home/device") held by this process right now. label: the words before a page that may have
    arrived before (`escalations.repeat` in prompts).
    """

    def __init__(
        self,
        store: Store,
        clock: Clock | FixedClock,
        channels: Mapping[str, Channel],
        *,
        failed: Mapping[str, Failed] | None = None,
        routes: Callable[[], frozenset[str]] | None = None,
        label: str = "",
        instance: str = "",
    ) -> None:
        self._store, self._clock, self._channels = store, clock, channels
        holder = f"{instance or 'sender'}:{secrets.token_hex(4)}"
        self._desk = Desk(holder, frozenset(channels), failed or {}, routes or frozenset, label)

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as lanes:
            for lane in (EMERGENCIES, ROUTINE):
                lanes.create_task(_Running(self._store, self._clock, self._channels, self._desk, lane).run())

    async def once(self) -> int:
        """Send everything that is due now, and what that makes due; how many attempts. For tests and drills."""
        attempts = 0
        for lane in (EMERGENCIES, ROUTINE):
            running = _Running(self._store, self._clock, self._channels, self._desk, lane)
            attempts += await running.drain()
        return attempts if attempts == 0 else attempts + await self.once()


class _Running:
    """One lane at work: attempts in flight, and results not yet written down."""

    def __init__(
        self, store: Store, clock: Clock | FixedClock, channels: Mapping[str, Channel], desk: Desk, lane: Lane
    ) -> None:
        self._store, self._clock, self._channels, self._desk, self._lane = store, clock, channels, desk, lane
        self._flying: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._waiter: Waiter | None = None
        self._expired_at = -EXPIRING_S

    async def run(self) -> None:
        waiter = self._waiter = self._store.signals.waiter(TOPIC)
        try:
            while True:
                claimed = await self._turn_or_rest()
                if not claimed or not self._free:
                    await waiter.wait(self._lane.poll_s)
        finally:
            self._store.signals.forget(TOPIC, waiter)
            await self._farewell()

    async def drain(self) -> int:
        """Send until nothing is due or in flight."""
        attempts = 0
        while claimed := await self._turn():
            attempts += claimed
            await asyncio.wait(self._flying)
        return attempts

    @property
    def _free(self) -> int:
        return self._lane.slots - len(self._flying)

    async def _turn_or_rest(self) -> int:
        try:
            return await self._turn()
        except Exception:
            log.exception("the outbox cannot be read or written; trying again", lane=self._lane.name)
            await asyncio.sleep(AGAIN_S)
            return 0

    async def _turn(self, claiming: bool = True) -> int:
        """Write down what has landed, claim anew, send. Results stay until their transaction has committed."""
        landed, now, real = list(self._results), self._clock.now(), self._clock.real()
        desk, free = self._room() if claiming else (self._desk, 0)
        expiring = monotonic() - self._expired_at >= EXPIRING_S
        claimed = await self._store.awrite(desk.turn, landed, self._lane, free, now, real, expiring)
        if expiring:
            self._expired_at = monotonic()
        del self._results[: len(landed)]
        for delivery in claimed:
            task = asyncio.create_task(self._attempt(delivery), name=delivery.channel)
            self._flying.add(task)
            task.add_done_callback(self._flying.discard)
        return len(claimed)

    def _room(self) -> tuple[Desk, int]:
        """The desk with the channels that take more now, and how many: a queue at one leaves places to the others."""
        busy = Counter(task.get_name() for task in self._flying)
        channels = frozenset(name for name in self._desk.channels if busy[name] < self._lane.to_one)
        most = self._lane.to_one - max((busy[name] for name in channels), default=self._lane.to_one)
        return replace(self._desk, channels=channels), min(self._free, most)

    async def _attempt(self, delivery: DeliveryOut) -> None:
        self._results.append(await self._send(delivery))
        if self._waiter is not None:
            self._waiter.notify()

    async def _send(self, delivery: DeliveryOut) -> Result:
        try:
            fault.at("call" if delivery.kind == "question" else "send")
            async with asyncio.timeout(PATIENCE_S if delivery.kind == "page" else self._lane.timeout_s):
                receipt = await self._channels[delivery.channel].send(delivery)
            fault.at("sent")
        except ChannelRefused as error:
            return Result(delivery, Refused(), error.reason)
        except NotNow as error:
            return Result(delivery, Delayed(error.retry_after_s, full=error.full), error.reason)
        except TimeoutError:
            return Result(delivery, Delayed(unsure=True), "timeout")
        except Exception as error:
            log.exception("a channel broke", channel=delivery.channel, delivery=delivery.id)
            return Result(delivery, Delayed(unsure=True), type(error).__name__)
        return Result(delivery, Sent(), ref=receipt.ref)

    async def _farewell(self) -> None:
        """Give what is in flight a moment, and write down what has landed."""
        if self._flying:
            await asyncio.wait(self._flying, timeout=FAREWELL_S)
        for task in self._flying:
            task.cancel()
        if self._results:
            await self._turn(claiming=False)
