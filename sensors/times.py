"""Times and ids that devices state: read strictly, times judged by the service's clock."""

from datetime import UTC, datetime, timedelta

from sensors.message import Reason
from sensors.units import Unusable

#: contract, section 5: a clock may run ahead by two minutes; what is older than two days says nothing about today.
MAX_FUTURE = timedelta(minutes=2)
MAX_AGE = timedelta(hours=48)


def judge(at: datetime, now: datetime) -> datetime:
    """`at` in UTC. Raises Unusable when it lies in the future or is stale."""
    try:
        age = now - at
    except OverflowError:
        raise Unusable(Reason.BAD_TIME) from None
    if age < -MAX_FUTURE:
        raise Unusable(Reason.FUTURE, at.isoformat())
    if age > MAX_AGE:
        raise Unusable(Reason.STALE, at.isoformat())
    return at.astimezone(UTC)


def read_time(value: object) -> datetime:
    """An aware time from ISO text with an offset or from epoch milliseconds. Raises Unusable for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unusable(Reason.BAD_TIME)
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value / 1000, UTC)
        if at.utcoffset() is None:
            raise Unusable(Reason.BAD_TIME, "no offset")
    except (ValueError, OverflowError, OSError):
        raise Unusable(Reason.BAD_TIME) from None
    return at


#: an id longer than this is cut: it is only compared.
MAX_ID = 200


def clean(text: str, limit: int) -> str:
    """Text from outside, fit for any database: no NUL, no half characters, not longer than `limit`."""
    return text[:limit].encode("utf-8", "replace").decode().replace("\x00", "")


def identity(value: object) -> str | None:
    """A sender's id as text; None for a missing, empty or unusable one."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and abs(value) >= 10**MAX_ID:
        return None
    return clean(str(value), MAX_ID) or None
