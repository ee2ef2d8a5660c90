"""2,000 check-ins due in one second: how long until each question stands in the outbox, and how many are lost.

Then the same for the real service, which is killed (kill -9) when some of them have been asked, and started again:
how many are asked in the end, how often each, and how long that takes from the moment they were due.

Beside it, in the same run and on the same kind of file, the 2,000 as jobs of a plain APScheduler with its SQLAlchemy
job store (a thread pool of 20, one-second misfire grace as is its default), each job noting that it ran.
"""

import argparse
import json
import logging
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlmodel import Session, col, func, select

import wellbeing.tables  # noqa: F401 - create_all makes the tables of all imported rooms
from checkins.service import Checkins
from checkins.tables import CheckInRow
from escalations.service import Escalations
from escalations.tables import DeliveryRow
from prompts import load
from residents import service as people
from residents.tables import ConsentRow, DeviceRow, HomeRow, ResidentRow
from store import Store
from store.clock import ClockAnchor, load_clock
from tests.conftest import SECRET
from tests.forked import Forked
from wellbeing.service import Wellbeing

MANY = 2000
DUE = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # 09:30 in Seoul
PLAN = {"days": "daily", "at": ["09:30"]}
#: how many have been asked when the service is killed: its first batch, at least.
KILL_AFTER = 100
PEER_WAITS_S = 60.0
TRIAL = 50


def main() -> dict[str, float | int]:
    """Both runs, one after the other."""
    logging.disable(logging.CRITICAL)  # the peer logs each job it drops
    with tempfile.TemporaryDirectory() as folder:
        ours = _ours(Path(folder))
        peer = _peer(Path(folder))
        killed = _killed(Path(folder))
    return {**ours, **killed, **peer}


def _ours(folder: Path) -> dict[str, float | int]:
    store = Store(f"sqlite:///{folder}/anbu.db", SECRET)
    store.create_all()
    checkins = _town(store)
    began, worked = time.perf_counter(), time.process_time()
    real = datetime.now(UTC)
    while store.write(checkins.sweep, DUE, real, 500) == 500:
        pass
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    asked, posted = store.read(_counted)
    store.close()
    figures = {"asked_s": round(seconds, 2), "asked_cpu_s": round(cpu, 2), "asked": asked, "questions": posted}
    return {"checkins": MANY, **figures, "lost": MANY - posted}


def _town(store: Store) -> Checkins:
    words = load()
    checkins = Checkins(words, Wellbeing(Escalations(words), words))
    store.write(_settle, DUE - timedelta(hours=1))
    for n in range(MANY):
        store.write(checkins.set_plan, _id(n), PLAN, DUE - timedelta(hours=1))
    return checkins


def _killed(folder: Path) -> dict[str, float | int]:
    (home := folder / "killed").mkdir()
    service = Forked(home, roles="clock")
    assert service.verb("migrate").returncode == 0
    store = Store(service.environment["ANBU_DATABASE_URL"], SECRET)
    _town(store)
    store.write(_set_clock, DUE - timedelta(seconds=3))
    with service:
        _wait_until_asked(store, KILL_AFTER)
        service.kill()
        before = store.read(_counted)[1]
        service.start()
        _wait_until_asked(store, MANY)
        after = store.read(load_clock, 1.0).now() - DUE
    posted, often = store.read(_counted)[1], store.read(_asked_twice)
    store.close()
    return {
        "killed_when_asked": before,
        "after_the_restart": posted,
        "lost_by_the_kill": MANY - posted,
        "asked_twice": often,
        "all_asked_after_s": round(after.total_seconds(), 1),
    }


def _set_clock(tx: Session, service: datetime) -> None:
    anchor = tx.exec(select(ClockAnchor)).one()
    anchor.real, anchor.service = datetime.now(UTC), service


def _wait_until_asked(store: Store, many: int) -> None:
    ends = time.monotonic() + 120
    while store.read(_counted)[1] < many and time.monotonic() < ends:
        time.sleep(0.02)


def _asked_twice(tx: Session) -> int:
    each = select(DeliveryRow.checkin).where(DeliveryRow.kind == "question")
    first = each.group_by(col(DeliveryRow.checkin)).having(func.count() > 1)
    return len(tx.exec(first).all())


def _counted(tx: Session) -> tuple[int, int]:
    asked = tx.exec(select(func.count()).where(CheckInRow.state == "asked")).one()
    each = select(func.count(col(DeliveryRow.checkin).distinct()))
    posted = tx.exec(each.where(DeliveryRow.kind == "question")).one()
    return asked, posted


def _settle(tx: Session, now: datetime) -> None:
    for n in range(MANY):
        tx.add(HomeRow(id=f"home-{n}", password_hash=""))
    tx.flush()
    for n in range(MANY):
        tx.add(ResidentRow(id=_id(n), name="김안부", called="안부 어르신", home=f"home-{n}"))
    tx.flush()
    for n in range(MANY):
        tx.add(DeviceRow(home=f"home-{n}", device="speaker-1", kind="speaker"))
        tx.add(ConsentRow(resident=_id(n), topic="voice", granted=True, at=now, wording="bench", by="bench"))
        people.set_presence(tx, f"home-{n}", "speaker-1", datetime.now(UTC) + timedelta(days=1), "bench")


def _id(n: int) -> str:
    return f"r-{n:04d}"


_ran: set[int] = set()
_ran_lock = threading.Lock()


def note(n: int) -> None:
    """The peer's job: it notes that it ran."""
    with _ran_lock:
        _ran.add(n)


def _peer(folder: Path) -> dict[str, float | int]:
    jobs = SQLAlchemyJobStore(f"sqlite:///{folder}/peer.db")
    scheduler = BackgroundScheduler(jobstores={"default": jobs}, executors={"default": ThreadPoolExecutor(20)})
    scheduler.start(paused=True)
    began = datetime.now(UTC)
    for n in range(TRIAL):
        scheduler.add_job(note, "date", run_date=began + timedelta(days=1), args=[n], id=str(n), replace_existing=True)
    each = (datetime.now(UTC) - began) / TRIAL  # so that all of them are in the store in time
    due = datetime.now(UTC) + each * MANY * 2 + timedelta(seconds=2)
    for n in range(MANY):
        scheduler.add_job(note, "date", run_date=due, args=[n], id=str(n), replace_existing=True)
    scheduler.resume()
    seconds = _until_settled(scheduler, due)
    scheduler.shutdown(wait=True)
    return {"apscheduler_s": round(seconds, 2), "apscheduler_ran": len(_ran), "apscheduler_lost": MANY - len(_ran)}


def _until_settled(scheduler: BackgroundScheduler, due: datetime) -> float:
    """Seconds from the due time until the job store is empty."""
    time.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))
    began = time.perf_counter()
    while scheduler.get_jobs() and time.perf_counter() - began < PEER_WAITS_S:
        time.sleep(0.2)
    return time.perf_counter() - began


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_known_args()
    print(json.dumps(main()))
