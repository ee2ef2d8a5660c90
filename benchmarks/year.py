"""A leap year of check-ins and escalations in three places, lived through by the real rules on a real store.

A resident of each place is asked each day at an hour that a change of the clocks skips or doubles; the clock is set
wrong sixteen times a year, an hour back just after a question, and the service stands still for 26 hours three times
and over a change of the clocks. CPU seconds of the process, everything included.
"""

import argparse
import json
import logging
import random
import tempfile
import time
from datetime import date
from typing import Any

import structlog

from store import Store
from tests.conftest import SECRET, import_tables
from tests.faults.year import PLACES, Year

BEGIN, DAYS = date(2028, 1, 1), 366


def main(seed: int) -> dict[str, Any]:
    """All three places, one after the other."""
    import_tables()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    years: dict[str, Year] = {}
    cpu, wall = time.process_time(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for number, place in enumerate(PLACES):
            store = Store(f"sqlite:///{folder}/{number}.db", SECRET)
            store.create_all()
            years[place] = Year(store, place, BEGIN, DAYS, random.Random(seed), residents=1)
            years[place].live()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        return {
            "seed": seed,
            "days": DAYS * len(PLACES),
            "cpu_s": round(cpu, 1),
            "cpu_s_a_place": round(cpu / len(PLACES), 1),
            "wall_s": round(wall, 1),
            "checkins": {place: dict(year.counted()) for place, year in years.items()},
            "days_skipped": sum(len(year.skipped()) for year in years.values()),
            "days_doubled": sum(len(year.doubled()) for year in years.values()),
            "unfinished": sum(len(year.unfinished()) for year in years.values()),
            "asked_at_another_hour": sum(len(year.at_the_wrong_hour()) for year in years.values()),
            "without_next_step": sum(len(year.broken) for year in years.values()),
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=2028)
    arguments, _ = parser.parse_known_args()
    print(json.dumps(main(arguments.seed)))
