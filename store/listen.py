"""Wake-ups from other processes: PostgreSQL tells every process which topics were committed to."""

import threading

import structlog
from sqlalchemy import make_url

from store.engine import Store

log = structlog.get_logger(__name__)
RECONNECT_S = 2.0


class Listener:
    """A thread that passes LISTEN/NOTIFY on to the store's signals. On SQLite there is nothing to listen to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin listening."""
        if not self._store.on_sqlite:
            self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        import psycopg  # only where it is needed: it costs every start

        url = make_url(self._store.url).set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._stop.is_set():
            try:
                self._listen(url)
            except psycopg.Error as error:
                log.warning("listener lost the database", error=type(error).__name__)
                self._stop.wait(RECONNECT_S)

    def _listen(self, url: str) -> None:
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("LISTEN anbu")
            while not self._stop.is_set():
                for note in connection.notifies(timeout=1.0):
                    self._store.signals.notify(note.payload)
