"""What works and what does not, for /readyz and the status page."""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlmodel import Session, text

from wiring.house import House
from wiring.sweeps import Sweeps

#: a broker connection lost for longer is not ready; Telegram silent for longer is degraded. Real time.
BROKER_LOST_S = 30.0
TELEGRAM_SILENT = timedelta(seconds=60)
DATABASE_WITHIN_S = 3.0
#: less room on the disk than this is none: the next messages may not fit any more.
ROOM_BYTES = 4 * 1024 * 1024


@dataclass
class Readiness:
    """Filled in by the roles as they start; a role that does not run here has no part."""

    house: House
    sweeps: Sweeps | None = None
    broker_lost_s: Callable[[], float] | None = None
    voice_notice: Callable[[], str | None] | None = None
    telegram_ok: Callable[[], bool] | None = None

    async def __call__(self) -> Mapping[str, Any]:
        """`{"ready", "parts", "degraded"}` as the contract has it."""
        parts: dict[str, str] = {"database": await self._database()}
        degraded: list[str] = []
        if self.broker_lost_s is not None:
            parts["broker"] = self._broker(self.broker_lost_s())
        if self.sweeps is not None:
            still = self.sweeps.standing_still()
            parts["sweeps"] = f"standing still: {', '.join(still)}" if still else "ok"
        ready = all(state in {"ok", "reconnecting"} for state in parts.values())
        if self.voice_notice is not None and (notice := self.voice_notice()):
            parts["voice"] = notice
            degraded.append("voice")
        if self.telegram_ok is not None:
            parts["telegram"] = "ok" if self.telegram_ok() else "unreachable"
            degraded += [] if self.telegram_ok() else ["telegram"]
        else:
            parts["telegram"] = "off"
        return {"ready": ready, "parts": parts, "degraded": degraded}

    async def _database(self) -> str:
        try:
            await asyncio.wait_for(self.house.store.aread(_ping), DATABASE_WITHIN_S)
        except Exception as error:  # whatever is wrong with it, it is the database's state
            return f"not answering: {type(error).__name__}"
        return self._room()

    def _room(self) -> str:
        """Whether a file of ours can still grow; it can be read long after it cannot be written."""
        file = make_url(self.house.settings.database_url).database
        if not self.house.store.on_sqlite or not file:
            return "ok"
        left = shutil.disk_usage(Path(file).parent).free
        return "ok" if left >= ROOM_BYTES else f"the disk is full: {left // 1024} KiB left"

    @staticmethod
    def _broker(lost_s: float) -> str:
        if lost_s <= 0:
            return "ok"
        return "reconnecting" if lost_s < BROKER_LOST_S else f"connection lost for {int(lost_s)} s"


def _ping(tx: Session) -> None:
    tx.connection().execute(text("SELECT 1"))
