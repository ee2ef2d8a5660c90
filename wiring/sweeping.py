"""The role `clock`: which sweeps there are, how often they look, and what wakes them."""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlmodel import Session

from checkins.missed_meanwhile import missed_meanwhile
from checkins.repairing import repaired
from escalations import auditor
from escalations.auditor import Audited, Finding
from escalations.heartbeat import vouch
from store.retention import KEPT, purge_table
from wiring.house import House
from wiring.services import Services
from wiring.sweeps import Sweep, Sweeps, until_done

#: real seconds between two looks at normal speed; a faster clock is looked at more often, up to 10 times a second.
LOOK_S = 1.0
_FASTEST_S = 0.1
#: a check-in this much past its time stands still.
CHECKIN_LATE_S = 120.0

log = structlog.get_logger(__name__)


def make_sweeps(house: House, services: Services) -> Sweeps:
    """All recurring work of the service."""
    often = max(_FASTEST_S, LOOK_S / max(1.0, house.settings.speed / 6))
    minute = max(often, 60.0 / house.settings.speed)
    work = _Work(house, services)
    return Sweeps(
        [
            Sweep("plan_ahead", work.plan_ahead, minute),
            Sweep("checkins", work.checkins, often, ("checkins",)),
            Sweep("talks", work.talks, often),
            Sweep("escalations", work.escalations, often, ("escalations",)),
            Sweep("sensors", work.sensors, often, ("watches",)),
            Sweep("fleet", work.fleet, max(often, 30.0 / house.settings.speed)),
            Sweep("scores", work.scores, minute),
            Sweep("auditor", work.audit, max(5.0, minute)),
            Sweep("purge", work.purge, 3600.0),
        ],
        house.store.signals,
    )


class _Work:
    """Each sweep's work, in batches on the store's threads."""

    def __init__(self, house: House, services: Services) -> None:
        self._house, self._store, self._clock, self._services = house, house.store, house.clock, services
        self._holder = house.settings.instance

    async def plan_ahead(self) -> None:
        await until_done(lambda: self._store.awrite(self._services.checkins.plan_ahead, self._now, 500), 500)

    async def checkins(self) -> None:
        sweep = self._services.checkins.sweep
        await until_done(lambda: self._store.awrite(sweep, self._now, self._real, 500, self._holder), 500)

    async def talks(self) -> None:
        sweep = self._services.checkins.sweep_talks
        await until_done(lambda: self._store.awrite(sweep, self._now, self._real, 100, self._holder), 100)

    async def escalations(self) -> None:
        sweep = self._services.escalations.sweep
        await until_done(lambda: self._store.awrite(sweep, self._now, self._real, 100), 100)

    async def sensors(self) -> None:
        sweep = self._services.sensors.sweep
        await until_done(lambda: self._store.awrite(sweep, self._now, self._real, 20, self._holder), 20)

    async def fleet(self) -> None:
        await self._store.awrite(self._services.sensors.sweep_fleet, self._now, self._real)

    async def scores(self) -> None:
        await until_done(lambda: self._store.awrite(self._services.wellbeing.sweep, self._now, 200), 200)

    async def audit(self) -> None:
        audited = await self._store.awrite(self._audit)
        await vouch(audited, self._house.settings.heartbeat_url)

    async def purge(self) -> None:
        for table in KEPT:
            await self._store.awrite(purge_table, table, self._now, self._real)
        while await self._store.awrite(self._services.sensors.purge, self._now):
            pass

    def _audit(self, tx: Session) -> Audited:
        checks: list[Callable[[Session, datetime], list[Finding]]] = [self._checkins_owed]
        now, speed = self._now, self._house.settings.speed
        missed = self._services.escalations.caught_up(tx, now, speed, lambda since: missed_meanwhile(tx, since, now))
        if missed is not None:
            log.warning("the service stood still; people are told what was missed", residents=missed)
        return auditor.audit(tx, now, self._real, checks, speed)

    def _checkins_owed(self, tx: Session, now: datetime) -> list[Finding]:
        lost = repaired(tx, now, self._services.checkins.pace(CHECKIN_LATE_S))
        return [Finding("checkin_without_step", checkin, repaired=True) for checkin in lost]

    @property
    def _now(self) -> datetime:
        return self._clock.now()

    @property
    def _real(self) -> datetime:
        return self._clock.real()
