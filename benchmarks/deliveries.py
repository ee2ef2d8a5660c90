"""Deliveries a second on PostgreSQL, each with its entry in the escalation's ledger, against a bare loop.

Both sides empty a table of the same rows on the same server, in turns; both tables are analysed first, as autovacuum
does. The bare loop (psycopg, no ORM, nothing sealed) claims a batch with SKIP LOCKED and commits, then marks it as sent
and commits; once in batches of all the places of our lane (one channel gets two thirds of them), once row by row as a
plain worker does. Ours is the whole sender: pages sealed, claimed, opened, handed to a channel that takes them at once,
noted as sent, the ledger entry and the note for the live pages beside it.
"""

import argparse
import asyncio
import json
import statistics
import time
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy import text
from sqlmodel import Session

from escalations.channel import DeliveryOut, Receipt
from escalations.outbox import Order, post
from escalations.sender import ROUTINE, Sender
from store import FixedClock, Store
from tests.conftest import SECRET, import_tables
from tests.escalations.story import begin
from tests.needs import POSTGRES_URL, postgres_found

ROUNDS = 5
_SCHEMA = "anbu_bench"


class Taken:
    """A channel that takes everything at once."""

    count = 0

    async def send(self, delivery: DeliveryOut) -> Receipt:
        """Take it."""
        self.count += 1
        return Receipt("m")


def measure(rows: int) -> dict[str, Any]:
    """The median of some rounds, the sides in turns."""
    plain = POSTGRES_URL.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE")
        server.execute(f"CREATE SCHEMA {_SCHEMA}")
        try:
            store = _store()
            ours, batches, single = [], [], []
            for number in range(ROUNDS):
                ours.append(_ours(store, rows, number))
                batches.append(_bare(plain, rows, ROUTINE.slots))
                single.append(_bare(plain, rows, 1))
            store.close()
        finally:
            server.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")
    a_second = {"ours": ours, "bare_in_batches": batches, "bare_row_by_row": single}
    medians = {name: statistics.median(found) for name, found in a_second.items()}
    return {
        "rows": rows,
        "rounds": ROUNDS,
        **{f"{name}_per_s": round(median) for name, median in medians.items()},
        "ratio_to_batches": round(medians["ours"] / medians["bare_in_batches"], 3),
        "ratio_to_row_by_row": round(medians["ours"] / medians["bare_row_by_row"], 3),
    }


def _store() -> Store:
    import_tables()
    from sqlmodel import SQLModel

    store = Store(f"{POSTGRES_URL}?options=-csearch_path%3D{_SCHEMA}", SECRET)
    SQLModel.metadata.create_all(store.engine)
    return store


_story: list[Any] = []


def _ours(store: Store, rows: int, number: int) -> float:
    clock = FixedClock(datetime.now(UTC))
    if not _story:
        _story.append(begin(store, clock))
    story = _story[0]
    escalation = store.write(story.escalations.raise_sign, story.sign(resident="r-2"), clock.now())

    def fill(tx: Session) -> None:
        for n in range(rows):
            body = {
                "text": "🔴 [긴급] 안부를 확인해 주세요.",
                "buttons": [{"text": "확인", "data": f"ack:{escalation}"}],
            }
            key = f"bench/{number}/{n}"
            order = Order(key, "page", "telegram", f"chat-{n}", body, "coordinator", "u-1", escalation)
            post(tx, order, clock.now())

    store.write(fill)
    store.write(lambda tx: tx.connection().execute(text("ANALYZE deliveries")))
    channel = Taken()
    sender = Sender(store, clock, {"telegram": channel})
    start = time.perf_counter()
    asyncio.run(sender.once())
    seconds = time.perf_counter() - start
    assert channel.count >= rows
    return channel.count / seconds


def _bare(url: str, rows: int, batch: int) -> float:
    with psycopg.connect(url, options=f"-csearch_path={_SCHEMA}") as db:
        db.execute("DROP TABLE IF EXISTS bare")
        db.execute(
            "CREATE TABLE bare (id bigserial PRIMARY KEY, state text NOT NULL, due_at timestamptz NOT NULL,"
            " held_until timestamptz, body text NOT NULL, sent_at timestamptz)"
        )
        db.execute("CREATE INDEX ON bare (due_at) WHERE state = 'waiting'")
        db.execute(
            "INSERT INTO bare (state, due_at, body) SELECT 'waiting', now(), repeat('x', 200)"
            " FROM generate_series(1, %s)",
            [rows],
        )
        db.commit()
        db.execute("ANALYZE bare")
        db.commit()
        start = time.perf_counter()
        while ids := _claimed(db, batch):
            db.execute("UPDATE bare SET state = 'sent', sent_at = now() WHERE id = ANY(%s)", [ids])
            db.commit()
        return rows / (time.perf_counter() - start)


def _claimed(db: psycopg.Connection[Any], batch: int) -> list[int]:
    found = db.execute(
        "UPDATE bare SET held_until = now() + interval '30 seconds' WHERE id IN (SELECT id FROM bare"
        " WHERE state = 'waiting' AND due_at <= now() AND (held_until IS NULL OR held_until <= now())"
        " ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id",
        [batch],
    ).fetchall()
    db.commit()
    return [id for (id,) in found]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    arguments, _ = parser.parse_known_args()
    print(json.dumps(measure(arguments.rows) if postgres_found() else {"skipped": "no PostgreSQL"}))
