"""What the service is measured against: a bare paho consumer that writes the same batches, and does nothing else."""

import argparse
import json
import queue
import sqlite3
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

BATCH = 1_000


def main(port: int, number: int, database: Path) -> dict[str, float]:
    """Store so many readings in SQLite (WAL, synchronous FULL), acknowledging after each commit."""
    store = sqlite3.connect(database, isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute(
        "CREATE TABLE readings (seq INTEGER PRIMARY KEY, home TEXT, device TEXT, kind TEXT, at TEXT, value REAL,"
        " UNIQUE (home, device, kind, at, value))"
    )
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        "bare",
        clean_session=False,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    client.username_pw_set("anbu", "pw")
    client.on_message = lambda _client, _data, message: waiting.put(message)
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    client.subscribe("homes/#", qos=1)
    client.loop_start()
    stored = 0
    while stored < number:
        stored += _batch(store, client, waiting)
    ended = time.time()
    client.disconnect()
    client.loop_stop()
    return {"ended": ended, "stored": float(stored)}


def _batch(store: sqlite3.Connection, client: paho.Client, waiting: "queue.SimpleQueue[Any]") -> int:
    batch = [waiting.get()]
    while len(batch) < BATCH and not waiting.empty():
        batch.append(waiting.get())
    rows = []
    for message in batch:
        _, home, _, device = message.topic.split("/", 3)
        said = json.loads(message.payload)
        rows.append((home, device, said["kind"], said["at"], said["value"]))
    store.execute("BEGIN IMMEDIATE")
    store.executemany("INSERT OR IGNORE INTO readings (home, device, kind, at, value) VALUES (?,?,?,?,?)", rows)
    store.execute("COMMIT")
    for message in batch:
        client.ack(message.mid, message.qos)
    return len(batch)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--number", type=int, required=True)
    options.add_argument("--database", type=Path, required=True)
    chosen = options.parse_args()
    print(json.dumps(main(chosen.port, chosen.number, chosen.database)))
