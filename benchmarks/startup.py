"""How long `make run` takes to be ready on an empty store, and what the idle service keeps in memory."""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from demo.town import demo_town
from prompts import load
from tests.running import Service

RUNS = 5
IDLE_S = 10.0


def measure() -> dict[str, float]:
    """Start it five times (the first builds the store), then let it idle with a small town."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        first = service.start()
        service.stop()
        seconds = []
        for _ in range(RUNS):
            seconds.append(service.start())
            service.stop()
        service.take_in(demo_town(load(), 12))
        with service:
            assert service.process is not None
            time.sleep(IDLE_S)
            memory = psutil.Process(service.process.pid).memory_info().rss / 1024**2
    return {
        "first_start_s": round(first, 2),
        "start_s_median": round(statistics.median(seconds), 2),
        "idle_memory_mb": round(memory, 1),
    }


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_known_args()
    print(json.dumps(measure()))
