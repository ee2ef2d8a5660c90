"""How failed sign-ins slow the next one down. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: failures are forgotten after this long without another.
FORGET = timedelta(hours=1)
LONGEST = timedelta(minutes=15)
_FIRST = timedelta(seconds=30)


@dataclass(frozen=True)
class Tries:
    """failures: how many in a row. free: how many an honest person may make before a wait begins."""

    failures: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None


def wait_of(tries: Tries, now: datetime) -> timedelta:
    """How long until the next try is looked at; zero when it may come now."""
    if tries.locked_until is None or tries.locked_until <= now:
        return timedelta()
    return tries.locked_until - now


def failed(tries: Tries, now: datetime, free: int) -> Tries:
    """One more failure: from the `free`-th on each doubles the wait, 30 s to 15 min."""
    fresh = tries.last_at is None or now - tries.last_at > FORGET
    failures = 1 if fresh else tries.failures + 1
    over = failures - free
    lock = None if over < 0 else now + min(LONGEST, _FIRST * 2 ** min(over, 10))
    return Tries(failures, now, lock)
