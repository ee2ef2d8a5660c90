"""The silence deadlines of 100,000 homes on SQLite: what one second of them costs, and all of them in one moment.

Every home has a row and a deadline within the next hour, as a living city has; the memory of two weeks lies in the
rows that are reached (with it in all of them the file would have 700 MB; the index does not see it). Measured
are the sweep's question alone, the sweeps of single seconds (question, homes judged, states written back), and, without
the database, the rule itself over as many homes whose deadlines all fall into one moment.
"""

import json
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlmodel import Session

from prompts import load
from sensors import watch as rules
from sensors.reading import Reading
from sensors.service import Sensors
from sensors.silence import FIRST_S
from sensors.state import HomeWatch
from sensors.tables import HomeStateRow, WatchRow
from store import Store, claim
from store.rooms import open_rooms

HOMES, SECONDS, WITHIN_S = 100_000, 20, 3600
#: homes whose deadline comes while the benchmark lasts.
REACHED = HOMES * (SECONDS + 2) // WITHIN_S
_CHUNK = 5_000


class _NoSigns:
    """Stands where wellbeing stands: what a sign costs there is measured elsewhere (`checkins_burst`, `sos`)."""

    def take(self, _tx: Session, _signs: object, _now: datetime) -> list[Any]:
        return []


def warm(end: datetime) -> HomeWatch:
    """A home after fifteen days of life by day and sleep at night; its last sign of life at `end`."""
    dice = random.Random(7)
    watch, at = rules.new("home"), end - timedelta(days=15)
    while at < end:
        if 7 <= at.hour < 22:
            device = dice.choice(("bedroom_motion", "kitchen_motion", "bathroom_motion", "hall_motion"))
            watch, _ = rules.observe(watch, Reading("home", device, "motion", at, 1.0))
        at += timedelta(minutes=dice.randint(2, 40))
    return rules.observe(watch, Reading("home", "kitchen_motion", "motion", end, 1.0))[0]


def _fill(tx: Session, state: HomeWatch, now: datetime) -> None:
    packed = state.to_json()
    for first in range(0, HOMES, _CHUNK):
        names = [(n, f"home-{n:06}") for n in range(first, first + _CHUNK)]
        watches = [
            {
                "home": home,
                "fed": 0,
                "stamp": "",
                "version": 1,
                "state": packed | {"home": home} if n < REACHED else None,
                "due_at": now + timedelta(seconds=n * WITHIN_S / HOMES),
            }
            for n, home in names
        ]
        tx.connection().execute(insert(WatchRow), watches)
        tx.connection().execute(insert(HomeStateRow), [{"home": home, "heard_at": now} for _, home in names])


def _asked(tx: Session, now: datetime) -> int:
    return len(claim(tx, WatchRow, now=now, real=now, holder="nobody", limit=20))


def measure() -> dict[str, Any]:
    """Fills a store, then sweeps it second by second."""
    zone = ZoneInfo("Asia/Seoul")
    last = datetime(2026, 11, 20, 14, 0, tzinfo=zone)
    state, now = warm(last), last + timedelta(seconds=FIRST_S, minutes=10)
    sensors = Sensors(_NoSigns(), load(), lambda *_: None, zone)  # type: ignore[arg-type]
    open_rooms()
    with tempfile.TemporaryDirectory() as name:
        store = Store(f"sqlite:///{Path(name) / 'sweep.db'}", "a secret of a benchmark, long enough")
        store.create_all()
        store.write(_fill, state, now)
        question = [_timed(store, _asked, now - timedelta(seconds=1)) for _ in range(50)]
        sweeps, looked = [], 0
        for second in range(1, SECONDS + 1):
            at, began = now + timedelta(seconds=second), time.perf_counter()
            while (some := store.write(sensors.sweep, at, at.astimezone(UTC), 20)) == 20:
                looked += some
            looked += some
            sweeps.append(time.perf_counter() - began)
        store.close()
    return {
        "homes": HOMES,
        "question_ms": round(1000 * median(question), 2),
        "homes_due_in_a_second": round(looked / SECONDS),
        "sweep_of_a_second_p50_ms": round(1000 * median(sweeps), 1),
        "sweep_of_a_second_worst_ms": round(1000 * max(sweeps), 1),
        "rule_over_all_homes_at_once_s": round(_rule(state, now), 2),
    }


def _timed(store: Store, work: Any, now: datetime) -> float:
    began = time.perf_counter()
    store.read(work, now)
    return time.perf_counter() - began


def _rule(state: HomeWatch, now: datetime) -> float:
    """Judging every home's silence in one moment, the states in memory; processor seconds."""
    homes = [state._replace(home=f"home-{n}") for n in range(HOMES)]
    began = time.process_time()
    for home in homes:
        rules.due(home, now)
    return time.process_time() - began


def main() -> int:
    """The command line."""
    print(json.dumps(measure()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
