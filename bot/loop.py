"""The bot's loop: one process polls, and an update is kept in the store before Telegram may forget it."""

import asyncio
import hmac
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session

from bot import digest, inbox
from bot.channel import TelegramChannel
from bot.house import House
from bot.telegram import SecondPoller
from bot.working import Clock, Worker
from escalations.channel import NotNow, Refused
from residents import service
from store import Store

log = structlog.get_logger(__name__)

_AT_ONCE = 25


@dataclass(frozen=True)
class Webhook:
    """Where Telegram posts updates, and the secret it sends along (letters, digits, `_` and `-`)."""

    url: str
    secret: str


@dataclass(frozen=True)
class Tuning:
    """Real seconds.

    poll_s: how long one getUpdates waits, well below the poll lease. rescan_s: how often kept updates are looked for
    that nobody works on. standby_s: how often a process without the lease asks for it. retry_s: between the tries of
    an update that fails, before it is quarantined.
    """

    poll_s: int = 8
    rescan_s: float = 20.0
    standby_s: float = 3.0
    retry_s: tuple[float, ...] = (0.3, 1.5, 5.0)


class TelegramBot:
    """Receives for one bot token; `channel` is what the outbox sends by.

    `holder` names this process in the poll lease: it must differ in every process and after every restart.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        house: House,
        channel: TelegramChannel,
        holder: str,
        tuning: Tuning | None = None,
    ) -> None:
        self.tuning = tuning or Tuning()
        self.channel = channel
        self.polled_at: datetime | None = None  # real time Telegram last answered: for /readyz
        self._store, self._clock, self._holder, self._house = store, clock, holder, house
        self._worker = Worker(store, clock, house, channel, self.tuning.retry_s)
        self._offset = 0
        self._scan_at: datetime | None = None
        self._introduced = False
        self._told_of: date | None = None
        self._telling: asyncio.Task[None] | None = None

    async def run(self, webhook: Webhook | None = None) -> None:
        """Receive while this process holds the poll lease, else stand by. Ends by cancellation only."""
        try:
            while True:
                await self._turn(webhook)
        finally:
            await self._stop()

    async def receive(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Keep updates, then hand them to their chats' lanes. What is kept may be confirmed to Telegram."""
        if not updates:
            return
        new = await self._store.awrite(inbox.receive, updates, self._clock.real())
        for kept in new:
            self._worker.lanes.enter(kept)

    async def posted(self, secret: str, header: str | None, body: bytes) -> int:
        """The webhook's route: the HTTP status to answer, 200 only once the update is kept."""
        if not hmac.compare_digest(secret.encode(), (header or "").encode()):
            return 403
        try:
            update = json.loads(body)
        except ValueError:
            return 400
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            return 400
        await self.receive([update])
        return 200

    async def settled(self) -> None:
        """Until nothing is being worked on."""
        await self._worker.lanes.settled()

    async def _turn(self, webhook: Webhook | None) -> None:
        try:
            if await self._store.awrite(inbox.hold_poll, self._holder, self._clock.real()):
                await self._introduce(webhook)
                await self._rescan()
                await (self._poll() if webhook is None else asyncio.sleep(self.tuning.standby_s))
            else:
                self._scan_at = None
                await asyncio.sleep(self.tuning.standby_s)
        except (NotNow, Refused) as wait:
            log.warning("telegram_not_polled", reason=wait.reason)
            if isinstance(wait, SecondPoller):
                self._introduced = False  # a webhook left behind refuses polling too
            await asyncio.sleep(getattr(wait, "retry_after_s", None) or 1.0)
        except Exception as error:
            log.error("telegram_turn_failed", error=type(error).__name__)
            await asyncio.sleep(1.0)

    async def _introduce(self, webhook: Webhook | None) -> None:
        """Once: the menu, and how updates come."""
        if self._introduced:
            return
        with suppress(NotNow, Refused):  # the menu is a convenience
            await self.channel.api.commands(self._house.phrases.menu)
        if webhook is not None:
            await self.channel.api.webhook(webhook.url, webhook.secret)
        else:
            with suppress(NotNow, Refused):  # polling itself will say what is wrong
                await self.channel.api.webhook(None)
        self._introduced = True

    async def _poll(self) -> None:
        updates = await self.channel.api.updates(self._offset, self.tuning.poll_s)
        self.polled_at = self._clock.real()
        await self.receive(updates)
        # An empty answer leaves nothing to confirm, and after a quiet week Telegram may go on with lower numbers.
        numbers = [number for update in updates if isinstance(number := update.get("update_id"), int)]
        self._offset = max(numbers) + 1 if numbers else 0

    async def _rescan(self) -> None:
        """What is kept but nobody works on: after a crash, or when the database was away."""
        real = self._clock.real()
        if self._scan_at is not None and real < self._scan_at:
            return
        self._scan_at = real + timedelta(seconds=self.tuning.rescan_s)
        for kept in await self._store.aread(inbox.waiting):
            self._worker.lanes.enter(kept)
        await self._store.awrite(inbox.prune, real)
        now, at_it = self._clock.now(), self._telling is not None and not self._telling.done()
        if not at_it and self._told_of != self._house.today(now) and digest.is_time(self._house, now):
            self._telling = self._worker.lanes.aside(self._evening(now))  # beside it: a page's button does not wait

    async def _evening(self, now: datetime) -> None:
        """Once an evening: the digests. After a restart they are gone through again, and posted only once."""
        try:
            everyone = await self._store.aread(_ids)
            for start in range(0, len(everyone), _AT_ONCE):
                await self._store.awrite(digest.post_digests, self._house, everyone[start : start + _AT_ONCE], now)
            self._told_of = self._house.today(now)
        except Exception as error:  # the next look at what is kept begins them again
            log.error("telegram_digests_failed", error=type(error).__name__)

    async def _stop(self) -> None:
        await self._worker.lanes.stop()
        with suppress(Exception):
            await self._store.awrite(inbox.let_go, self._holder, self._clock.real())


def _ids(tx: Session) -> list[str]:
    return [resident.id for resident in service.residents(tx)]
