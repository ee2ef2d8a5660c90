"""kill -9 of Mosquitto and its consumer in mid-flood: how many readings acknowledged to the gateway are missing after.

Once with `mosquitto.conf` (its store written every second) and once with `mosquitto-durable.conf` (written at each turn
of Mosquitto's loop in which something changed). The consumer is the bare one of this folder; the service's own
acknowledgement after the commit is held by a test. Every reading has its own number, so what is missing is counted.
"""

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.brokers import MOSQUITTO, Mosquitto, mosquitto_in

#: seconds of flood before the kill; messages that may wait for their acknowledgement.
FLOOD_S, WINDOW, ROUNDS = 1.5, 50, 3
CONFIGURATIONS = {"fast": "mosquitto.conf", "durable": "mosquitto-durable.conf"}
HOME, TOPIC = "home-001", "homes/home-001/readings/plug"


def measure(rounds: int) -> dict[str, Any]:
    """Figures of both configurations, taken in turns."""
    lost: dict[str, list[int]] = {name: [] for name in CONFIGURATIONS}
    taken: dict[str, list[int]] = {name: [] for name in CONFIGURATIONS}
    for _ in range(rounds):
        for name, file in CONFIGURATIONS.items():
            with tempfile.TemporaryDirectory() as folder:
                acknowledged, stored = _one(Path(folder), file)
            lost[name].append(len(acknowledged - stored))
            taken[name].append(len(acknowledged))
    return {
        f"{name}_{what}": figure
        for name in CONFIGURATIONS
        for what, figure in (
            ("acknowledged", sum(taken[name])),
            ("acknowledged_per_s", round(median(taken[name]) / FLOOD_S)),
            ("acknowledged_and_missing", sum(lost[name])),
            ("worst_of_one_kill", max(lost[name])),
        )
    }


def _one(folder: Path, configuration: str) -> tuple[set[int], set[int]]:
    """One flood with one kill: the numbers acknowledged to the gateway before it, and those stored in the end."""
    broker = mosquitto_in(folder, [HOME], configuration)
    broker.start()
    consumer = _consumer(broker, folder)
    try:
        acknowledged = _flood(broker, consumer)
        broker.start()
        consumer = _consumer(broker, folder)
        time.sleep(2)  # whatever the broker still has comes at once
        return acknowledged, _stored(folder)
    finally:
        consumer.kill()
        consumer.wait()
        broker.stop()


def _consumer(broker: Mosquitto, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.bare", "--port", str(broker.port), "--number", "1000000000"]
    made = subprocess.Popen([*command, "--database", str(folder / "bare.db")], stdout=subprocess.PIPE, text=True)
    assert made.stdout is not None
    made.stdout.readline()
    return made


def _flood(broker: Mosquitto, consumer: subprocess.Popen[str]) -> set[int]:
    """Publish numbered readings, kill both after a while; what had been acknowledged by then."""
    acknowledged: set[int] = set()
    numbers: dict[int, int] = {}
    client = paho.Client(CallbackAPIVersion.VERSION2, "gateway", clean_session=False)
    client.username_pw_set(HOME, "pw")
    client.on_publish = lambda _client, _data, mid, _code, _props: acknowledged.add(numbers[mid])
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    until, number = time.monotonic() + FLOOD_S, 0
    while time.monotonic() < until:
        if number - len(acknowledged) >= WINDOW:
            time.sleep(0.0005)
            continue
        number += 1
        said = json.dumps({"at": f"2026-11-22T09:30:00.{number:06}+09:00", "kind": "power", "value": number})
        info = client.publish(TOPIC, said, qos=1)
        numbers[info.mid] = number
    broker.kill()
    consumer.kill()
    consumer.wait()
    client.loop_stop()
    return set(acknowledged)


def _stored(folder: Path) -> set[int]:
    with sqlite3.connect(folder / "bare.db") as store:
        return {round(value) for (value,) in store.execute("SELECT value FROM readings")}


def main() -> int:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--json", action="store_true", help="print one JSON object (it does in any case)")
    chosen = options.parse_args()
    if not MOSQUITTO:
        print(json.dumps({"skipped": "mosquitto not found"}))
        return 0
    print(json.dumps(measure(chosen.rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
