"""kill -9 at any moment: nothing is lost, what is repeated has the same key, and every SOS has a next step."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, select

from escalations.outbox import Order, post
from escalations.sender import EMERGENCIES, ROUTINE
from escalations.tables import DeliveryRow, EscalationRow
from store import FixedClock, Store
from tests.escalations.story import begin
from tests.moment import MONDAY
from tests.needs import PATIENCE_S

ROOT = Path(__file__).parents[2]
KILLS = 4
ROUTINE_MESSAGES = 300
SEED = 20261122


def start(database: Path, sink: Path, ahead_s: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.faults.sending_worker", str(database), str(sink), str(ahead_s)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def sent(sink: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in sink.read_text().splitlines()] if sink.exists() else []


def wait_for_more(sink: Path, process: subprocess.Popen[bytes], than: int) -> None:
    """Until the worker has really begun; its start takes longer than its work."""
    deadline = time.monotonic() + PATIENCE_S
    while len(sent(sink)) <= than and time.monotonic() < deadline:
        assert process.poll() is None, "the worker ended by itself"
        time.sleep(0.01)


def waiting(tx: Session) -> list[str]:
    return list(tx.exec(select(DeliveryRow.id).where(DeliveryRow.state == "waiting", DeliveryRow.due_at != None)))  # noqa: E711


def escalation_row(tx: Session, id: str) -> EscalationRow:
    return tx.exec(select(EscalationRow).where(EscalationRow.id == id)).one()


def test_nothing_is_lost_by_kill_nine(store: Store, tmp_path: Path) -> None:
    chance, sink, database = random.Random(SEED), tmp_path / "sink.jsonl", tmp_path / "anbu.db"
    story, ahead = begin(store, FixedClock(MONDAY)), (MONDAY - datetime.now(UTC)).total_seconds()
    orders = [
        Order(f"routine-{n}", "question", "telegram", f"chat-{n}", {"text": "식사하셨어요?"})
        for n in range(ROUTINE_MESSAGES)
    ]

    def fill(tx: Session) -> list[str]:
        for order in orders:
            post(tx, order, story.clock.now())
        return [story.escalations.raise_sign(tx, story.sign(resident=r), story.clock.now()) for r in ("r-1", "r-2")]

    escalations = store.write(fill)
    for kill in range(KILLS):
        before = len(sent(sink))
        worker = start(database, sink, ahead + 35.0 * kill)
        try:
            wait_for_more(sink, worker, before)
            time.sleep(chance.uniform(0, 0.12))
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    worker = start(database, sink, ahead + 35.0 * KILLS)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and any(store.read(waiting)):
            time.sleep(0.1)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    counted = Counter(str(line["key"]) for line in sent(sink))
    assert {order.key for order in orders} <= set(counted), "a message was lost"
    repeated = sum(count - 1 for count in counted.values())
    assert repeated <= KILLS * (EMERGENCIES.slots + ROUTINE.slots), "more repeated than were in flight"
    again = {str(line["key"]) for line in sent(sink) if line["again"]}
    assert {key for key, count in counted.items() if count > 1} <= again, "a repetition did not say so"
    for id in escalations:
        row = store.read(escalation_row, id)
        assert row.state == "open"
        assert row.due_at is not None, "an SOS without a next step"
        assert any(key.startswith(f"{id}/") for key in counted), "an SOS nobody was paged for"
