"""What the service is measured against: a bare paho consumer that writes the same batches, and does nothing else.

As the service it waits ten milliseconds for company, writes up to 1,000 readings in one transaction, keeps duplicates
out by one unique text and acknowledges after the commit; it decodes nothing but JSON, checks nothing, keeps no states
and carries no other index. SQLite with WAL and synchronous=FULL, or PostgreSQL by psycopg's executemany.
"""

import argparse
import json
import queue
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
import psycopg
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

BATCH, LINGER_S = 1_000, 0.01
_TABLE = (
    "CREATE TABLE IF NOT EXISTS {} "
    "(seq {}, key TEXT UNIQUE, home TEXT, device TEXT, kind TEXT, at {}, value DOUBLE PRECISION)"
)
_INSERT = "INSERT INTO {} (key, home, device, kind, at, value) VALUES ({}) ON CONFLICT (key) DO NOTHING"

#: (key, home, device, kind, at, value)
Row = tuple[str, str, str, str, str, float]
Write = Callable[[list[Row]], None]


def into_sqlite(path: str) -> Write:
    """One transaction for each batch."""
    store = sqlite3.connect(path, isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute(_TABLE.format("readings", "INTEGER PRIMARY KEY", "TEXT"))
    insert = _INSERT.format("readings", "?,?,?,?,?,?")

    def write(rows: list[Row]) -> None:
        store.execute("BEGIN IMMEDIATE")
        store.executemany(insert, rows)
        store.execute("COMMIT")

    return write


def into_postgres(url: str) -> Write:
    """The same by psycopg; `url` as libpq reads it, the table is `bare_readings`."""
    store = psycopg.connect(url)
    store.execute("DROP TABLE IF EXISTS bare_readings")
    store.execute(_TABLE.format("bare_readings", "BIGSERIAL PRIMARY KEY", "TIMESTAMPTZ"))
    store.commit()
    insert = _INSERT.format("bare_readings", "%s,%s,%s,%s,%s,%s")

    def write(rows: list[Row]) -> None:
        with store.cursor() as cursor:
            cursor.executemany(insert, rows)
        store.commit()

    return write


def main(port: int, number: int, database: str) -> dict[str, float]:
    """Store so many readings, acknowledging after each commit. database: a file, or postgresql://…"""
    write = into_postgres(database) if database.startswith("postgresql") else into_sqlite(database)
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
        stored += _batch(write, client, waiting)
    ended = time.time()
    client.disconnect()
    client.loop_stop()
    return {"ended": ended, "stored": float(stored)}


def _batch(write: Write, client: paho.Client, waiting: "queue.SimpleQueue[Any]") -> int:
    batch, until = [waiting.get()], time.monotonic() + LINGER_S
    while len(batch) < BATCH:
        try:
            batch.append(waiting.get(timeout=max(0.0, until - time.monotonic())))
        except queue.Empty:
            break
    rows: list[Row] = []
    for message in batch:
        _, home, _, device = message.topic.split("/", 3)
        said = json.loads(message.payload)
        key = f"{home}/{device}/{said['kind']}/{said['at']}={said['value']}"
        rows.append((key, home, device, said["kind"], said["at"], said["value"]))
    write(rows)
    for message in batch:
        client.ack(message.mid, message.qos)
    return len(batch)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--number", type=int, required=True)
    options.add_argument("--database", required=True)
    chosen = options.parse_args()
    print(json.dumps(main(chosen.port, chosen.number, chosen.database)))
