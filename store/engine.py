"""The engine and its transactions: one work, one transaction, run again when somebody else was first."""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, SQLModel

from store.columns import seal_with
from store.secrets import Sealer
from store.signals import Signals

P = ParamSpec("P")
T = TypeVar("T")

#: how often a work is run again after losing a race before its error is the caller's.
TRIES = 8
#: a process that stands still within a transaction holds its rows; PostgreSQL lets them go after so long (< a lease).
FROZEN_MS = 20_000
#: serialization failure, deadlock, lock not available; unique violation: somebody else was first, which the second run
#: of an idempotent work sees.
_RETRY_STATES = {"40001", "40P01", "55P03", "23505"}

_NOTIFY = text("SELECT pg_notify('anbu', :topic)")

log = structlog.get_logger(__name__)


class OneWriter:
    """A lock whose `first` takers go before all others that wait."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._is_taken = False
        self._first = 0

    @contextmanager
    def turn(self, first: bool = False) -> Iterator[None]:
        """Wait for the turn, and have it."""
        with self._free:
            self._first += first
            while self._is_taken or (self._first and not first):
                self._free.wait()
            self._is_taken, self._first = True, self._first - first
        try:
            yield
        finally:
            with self._free:
                self._is_taken = False
                self._free.notify_all()


class Store:
    """The one way to the database. `write(work, …)` runs `work(tx, …)` in a transaction of its own.

    The work must be safe to run again (load → decide → save): it is, when somebody else saved the same row first or
    the database was locked. Blocking; from the event loop use `awrite` and `aread`, which run on the store's threads.
    """

    def __init__(self, url: str, secret: str, signals: Signals | None = None, threads: int = 8) -> None:
        seal_with(Sealer(secret))
        self.url = url
        self.signals = signals or Signals()
        self.engine = make_engine(url)
        self._one_writer = OneWriter() if self.on_sqlite else None
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self._free_threads = ThreadPoolExecutor(2, thread_name_prefix="store-first")

    @property
    def on_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def write(self, work: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the work, commit, wake whoever it asked to wake, and return its result."""
        return self._tried(partial(self._once, False, work, *args, **kwargs))

    def write_first(self, work: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """`write`, ahead of every other writer that waits: for an SOS."""
        return self._tried(partial(self._once, True, work, *args, **kwargs))

    def _tried(self, once: Callable[[], T]) -> T:
        for attempt in range(TRIES):
            try:
                return once()
            except (StaleDataError, DBAPIError) as error:
                if attempt == TRIES - 1 or not _worth_another_try(error):
                    raise
                time.sleep(random.uniform(0, 0.01 * 2**attempt))
        raise AssertionError("unreachable")

    def read(self, work: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a work that only reads; nothing it changes is kept."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as tx:
            return work(tx, *args, **kwargs)

    async def awrite(self, work: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """`write` on a thread of the store's."""
        return await self._on_thread(partial(self.write, work, *args, **kwargs))

    async def aread(self, work: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` on a thread of the store's."""
        return await self._on_thread(partial(self.read, work, *args, **kwargs))

    async def awrite_first(self, work: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """`write_first` on threads kept free for it: an SOS waits for no other work of this process."""
        call = partial(self.write_first, work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._free_threads, call)

    def create_all(self) -> None:
        """Make every table that the imported rooms define; for tests. The service uses migrations."""
        SQLModel.metadata.create_all(self.engine)

    def close(self) -> None:
        """Stop the threads and give the connections back."""
        self._threads.shutdown(wait=True)
        self._free_threads.shutdown(wait=True)
        self.engine.dispose()

    def _once(self, first: bool, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        with self._writing(first), Session(self.engine, expire_on_commit=False) as tx:
            if self.on_sqlite:
                tx.connection().execute(text("BEGIN IMMEDIATE"))
            result = work(tx, *args, **kwargs)
            topics: set[str] = tx.info.get("wake", set())
            self._notify_other_processes(tx, topics)
            tx.commit()
        for topic in topics:
            self.signals.notify(topic)
        return result

    @contextmanager
    def _writing(self, first: bool) -> Iterator[None]:
        # SQLite has one writer; queueing here is prompt, its own busy handler sleeps and starves.
        if self._one_writer is None:
            yield
        else:
            with self._one_writer.turn(first):
                yield

    def _notify_other_processes(self, tx: Session, topics: set[str]) -> None:
        if not self.on_sqlite:
            for topic in sorted(topics):
                tx.connection().execute(_NOTIFY, {"topic": topic})

    async def _on_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def wake(tx: Session, topic: str) -> None:
    """Ask that whoever waits for `topic` is woken once this transaction has committed."""
    tx.info.setdefault("wake", set()).add(topic)


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///…` (WAL, synchronous=FULL: what is acknowledged survives power loss) or PostgreSQL.

    Errors never show parameters: they are names and transcripts.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        said = parsed.query.get("options", "")  # such as a schema of its own: it holds beside ours
        patience = {"options": f"{said} -c idle_in_transaction_session_timeout={FROZEN_MS}"}
        sizes = {"pool_size": 10, "max_overflow": 10}
        return create_engine(parsed, hide_parameters=True, connect_args=patience, pool_pre_ping=True, **sizes)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    arguments = {"timeout": 60, "check_same_thread": False}
    engine = create_engine(parsed, hide_parameters=True, connect_args=arguments, pool_size=20)
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by Store, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000"):
        connection.execute(f"PRAGMA {pragma}")


def _worth_another_try(error: Exception) -> bool:
    if isinstance(error, StaleDataError):
        return True
    if isinstance(error, OperationalError) and "locked" in str(error.orig):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _RETRY_STATES
