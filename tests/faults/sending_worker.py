"""A process that sends and sweeps until it is killed: `python -m tests.faults.sending_worker DB SINK AHEAD_S`.

Its telephones append what they take to the sink, one JSON line each. AHEAD_S: how far its clock stands ahead, so that
the test need not wait for leases to run out.
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from escalations.channel import DeliveryOut, Receipt
from escalations.sender import Sender
from store import FixedClock, Store
from tests.conftest import SECRET, import_tables
from tests.escalations.story import Story


class AheadClock(FixedClock):
    """Real time, so many seconds ahead."""

    def __init__(self, ahead_s: float) -> None:
        self._ahead = timedelta(seconds=ahead_s)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def real(self) -> datetime:
        return self.now()


@dataclass
class Sink:
    """Telephones in a file."""

    file: int

    async def send(self, delivery: DeliveryOut) -> Receipt:
        await asyncio.sleep(0.005)
        line = json.dumps({"key": delivery.key, "again": delivery.again, "kind": delivery.kind})
        os.write(self.file, (line + "\n").encode())
        await asyncio.sleep(0.005)
        return Receipt("m")


async def work(database: str, sink: str, ahead_s: float) -> None:
    import_tables()
    store, clock = Store(f"sqlite:///{database}", SECRET), AheadClock(ahead_s)
    escalations = Story(store, clock).escalations
    phones = Sink(os.open(sink, os.O_WRONLY | os.O_APPEND | os.O_CREAT))
    sender = Sender(store, clock, {"telegram": phones}, failed={"page": escalations.page_failed})
    sending = asyncio.create_task(sender.run())
    while not sending.done():
        await store.awrite(escalations.sweep, clock.now(), clock.real())
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], float(sys.argv[3])))
