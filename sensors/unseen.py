"""Which homes nobody can see into now, since when and why: their gateway is gone, or everybody fell silent at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from sensors import fleet
from sensors.outage import BEAT_LEAST_S, GOODBYE_S, Gateway, gone_since
from sensors.packing import unpack
from sensors.tables import HomeStateRow, WatchRow

#: homes whose memory is read in one question.
_CHUNK = 500


class Why(StrEnum):
    """What stands between the service and a home."""

    GATEWAY = "gateway"  # it said goodbye, or its heartbeat stopped
    OUTAGE = "outage"  # many homes fell silent in one moment, or the service itself did not listen


@dataclass(frozen=True)
class Unseen:
    """since: the last that was heard of the home; None: nothing ever."""

    why: Why
    since: datetime | None


def unseen(tx: Session, now: datetime, real: datetime) -> Mapping[str, Unseen]:
    """Home → why it cannot be seen now; homes that can be seen, and homes without sensors, are not in it."""
    rows = tx.exec(select(HomeStateRow)).all()
    all_homes = fleet.look(tx, now, real)
    hidden = {row.home: Unseen(Why.OUTAGE, row.heard_at) for row in rows if all_homes.hides(row.heard_at)}
    left = [row for row in rows if row.home not in hidden]
    said = {row.home: Unseen(Why.GATEWAY, row.told_at) for row in left if _said_goodbye(row, now)}
    doubtful = [row.home for row in left if row.home not in said and _may_be_gone(row, now)]
    stopped = {home: Unseen(Why.GATEWAY, since) for home, since in _stopped(tx, doubtful, now)}
    return hidden | said | stopped


def _said_goodbye(row: HomeStateRow, now: datetime) -> bool:
    if row.online is not False or row.told_at is None or now - row.told_at < timedelta(seconds=GOODBYE_S):
        return False
    return row.heard_at is None or row.heard_at <= row.told_at


def _may_be_gone(row: HomeStateRow, now: datetime) -> bool:
    """A heartbeat was known and nothing has been heard for a while: only then its rhythm is worth reading."""
    if row.heartbeat_at is None:
        return False
    return now - max(row.heartbeat_at, row.heard_at or row.heartbeat_at) >= timedelta(seconds=BEAT_LEAST_S)


def _stopped(tx: Session, homes: Sequence[str], now: datetime) -> Iterator[tuple[str, datetime]]:
    for first in range(0, len(homes), _CHUNK):
        chunk = homes[first : first + _CHUNK]
        for home, state in tx.exec(select(WatchRow.home, WatchRow.state).where(col(WatchRow.home).in_(chunk))):
            known = (state or {}).get("known", {}).get("gateway")
            since = gone_since(unpack(Gateway, known), now.timestamp()) if known else None
            if since is not None:
                yield home, datetime.fromtimestamp(since, UTC)
