"""What the ingest's threads need besides: figures, telling a passing fault from a lasting one."""

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm.exc import StaleDataError

from sensors.counters import DUPLICATES, QUARANTINED, READINGS
from sensors.door import Done
from sensors.keep import Kept

log = structlog.get_logger(__name__)


def is_passing(error: Exception) -> bool:
    """Whether the database itself is at fault, so that the same batch may succeed later."""
    if isinstance(error, StaleDataError | OperationalError | InterfaceError | TimeoutError | OSError):
        return True
    return isinstance(error, DBAPIError) and bool(error.connection_invalidated)


def count(kept: Kept) -> None:
    """Tell Prometheus what became of a batch."""
    READINGS.inc(kept.stored)
    DUPLICATES.inc(kept.duplicates)
    for reason, number in kept.quarantined.items():
        QUARANTINED.labels(reason.value).inc(number)


def call(done: Done) -> None:
    """Acknowledge; a connection that has gone in the meantime is nobody's fault."""
    try:
        done()
    except Exception as error:  # the connection is gone: the message comes again and is known
        log.info("not acknowledged", error=type(error).__name__)
