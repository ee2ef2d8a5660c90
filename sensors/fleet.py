"""All homes together: does the service hear at all, and is everybody silent at once?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from sensors import outage
from sensors.finding import Finding
from sensors.outage import Outage
from sensors.tables import FleetRow, HomeStateRow, WatchRow

#: real time: a listener says so at least this often; after a start, so long until silence is judged.
FRESH, GRACE = timedelta(seconds=60), timedelta(seconds=60)
#: real time without a broker after which the technicians must know.
DEAF = timedelta(minutes=10)
#: service time nobody listened after which what homes did in between is unknown, not silence.
BLIND_AFTER = timedelta(minutes=30)
#: a home that said nothing for so long no longer counts among those that can fall silent together.
LIVING = timedelta(days=1)
#: homes whose rhythm is read before an outage is declared.
SAMPLE = 300


@dataclass(frozen=True)
class Fleet:
    """What must be known of all before one is judged. `may_judge`: the service hears, and has for a while."""

    may_judge: bool = True
    blind_until: datetime | None = None
    outage: Outage | None = None
    declared: datetime | None = None

    def hides(self, heard_at: datetime | None) -> bool:
        """Whether a home last heard then cannot be seen now for reasons that lie outside it."""
        since = [at for at in (self.blind_until, self.declared if self.outage else None) if at is not None]
        return any(heard_at is None or heard_at <= at for at in since)


def listening(tx: Session, now: datetime, real: datetime) -> None:
    """The broker connection is up. Call it every few real seconds from whoever holds the connection."""
    row = _row(tx)
    if row.listening_at is not None and now - row.listening_at > BLIND_AFTER:
        row.blind_until = now
    if row.listening_real is None or real - row.listening_real > FRESH:
        row.since_real = real
    row.listening_at, row.listening_real = now, real
    tx.add(row)


def look(tx: Session, now: datetime, real: datetime) -> Fleet:
    """The fleet as it is kept."""
    row = tx.get(FleetRow, 1)
    if row is None:
        return Fleet()
    blind = row.blind_until if row.blind_until and now - row.blind_until < LIVING else None
    return Fleet(_may_judge(row, real), blind, _outage(tx, row), row.outage_declared)


def _may_judge(row: FleetRow, real: datetime) -> bool:
    if row.listening_real is None or row.since_real is None:
        return True  # nobody ever said that it listens: readings come another way
    return real - row.listening_real <= FRESH and real - row.since_real >= GRACE


def deaf_since(tx: Session, real: datetime) -> datetime | None:
    """Since when the broker connection has been lost, real time; None while it is up or lost only for minutes."""
    row = tx.get(FleetRow, 1)
    if row is None or row.listening_real is None or real - row.listening_real < DEAF:
        return None
    return row.listening_real


def judge(tx: Session, now: datetime, zone: ZoneInfo) -> list[Finding]:
    """Declare an outage, or see that it is over."""
    row = _row(tx)
    found: list[Finding] = []
    lasting = _outage(tx, row)
    if lasting is None:
        found = _declared(tx, row, now.astimezone(zone))
    elif outage.is_over(lasting, now.timestamp()):
        row.outage_since = row.outage_declared = None
    tx.add(row)
    return found


def _declared(tx: Session, row: FleetRow, now: datetime) -> list[Finding]:
    last = tx.exec(select(func.max(HomeStateRow.heard_at))).one()
    if last is None:
        return []
    living = tx.exec(select(func.count()).where(col(HomeStateRow.heard_at) > last - LIVING)).one()
    offset = int((now.utcoffset() or timedelta(0)).total_seconds())
    declared = outage.declared_at(last.timestamp(), living, offset)
    if declared is None or declared > now.timestamp():
        return []
    declared = outage.declared_at(last.timestamp(), living, offset, _usual(tx, last, living))
    if declared is None or declared > now.timestamp():
        return []
    row.outage_since, row.outage_declared, row.outage_homes = last, now, living
    return [outage.outage_finding(Outage(last.timestamp(), living), now)]


def _usual(tx: Session, last: datetime, living: int) -> list[float]:
    """How many homes are heard in each half hour of the day, from the rhythms of some of them."""
    some = tx.exec(
        select(WatchRow.state)
        .join(HomeStateRow, col(HomeStateRow.home) == col(WatchRow.home))
        .where(col(HomeStateRow.heard_at) > last - LIVING, col(WatchRow.state).is_not(None))
        .limit(SAMPLE)
    ).all()
    rhythms = [state["rhythm"] for state in some if state]
    shown = outage.shown((rhythm["seen"], rhythm["active"]) for rhythm in rhythms)
    return [homes * living / max(1, len(rhythms)) for homes in shown]


def _outage(tx: Session, row: FleetRow) -> Outage | None:
    if row.outage_since is None or row.outage_declared is None:
        return None
    back: Sequence[tuple[str, datetime | None]] = tx.exec(
        select(HomeStateRow.home, HomeStateRow.heard_at).where(col(HomeStateRow.heard_at) > row.outage_declared)
    ).all()
    first = min((at.timestamp() for _, at in back if at), default=0.0)
    return Outage(row.outage_since.timestamp(), row.outage_homes, tuple(home for home, _ in back), first)


def _row(tx: Session) -> FleetRow:
    return tx.get(FleetRow, 1) or FleetRow()
