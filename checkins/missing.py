"""Nobody answered, or nobody was understood: a person hears of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, select

from checkins import signs
from checkins.events import Missed
from checkins.house import House
from checkins.tables import CheckInRow, TalkRow, TurnRow
from residents.sign import Sign

log = structlog.get_logger(__name__)

#: not a fault of one row: the whole sweep is run again.
RUN_AGAIN = (StaleDataError, OperationalError)


def unclear(house: House, tx: Session, row: CheckInRow, held: TalkRow, now: datetime) -> None:
    """Who began to talk was not understood, and then fell silent: a person asks."""
    turns = select(TurnRow).where(TurnRow.checkin == row.id, TurnRow.who == "resident")
    last = tx.exec(turns.order_by(col(TurnRow.at).desc(), col(TurnRow.id).desc())).first()
    said = signs.Said(f"{row.id}:unclear", row.resident, held.home, last.text if last else "", now, row.id)
    house.wellbeing.take(tx, [signs.reported(said, "unclear_silent", house.words)], now)


def unasked(house: House, tx: Session, row: CheckInRow, home: str, now: datetime) -> None:
    """Planned, but they have agreed to no way of being asked: a person looks after them, one task a month."""
    month = house.local_day(now).strftime("%Y-%m")
    house.wellbeing.take(tx, [signs.unasked(row.id, row.resident, home, month, now, house.words)], now)


def tell(
    house: House, tx: Session, misses: Sequence[tuple[CheckInRow, Missed]], homes: Mapping[str, str], now: datetime
) -> None:
    """Every miss becomes a sign. homes: resident → home."""
    made: list[tuple[Sign, list[CheckInRow]]] = []
    down: dict[str, list[CheckInRow]] = defaultdict(list)
    for row, miss in misses:
        if miss.down:
            down[row.resident].append(row)
        else:
            made.append((_missed(house, tx, row, miss, homes[row.resident], now), [row]))
    for resident, rows in down.items():
        ids = [row.id for row in rows]
        day = house.local_day(now)
        made.append((signs.missed_while_down(resident, homes[resident], day, ids, now, house.words), rows))
    taken = house.wellbeing.take(tx, [sign for sign, _ in made], now)
    for result, (_, rows) in zip(taken, made, strict=True):
        for row in rows:
            row.escalation = result.escalation


def _quiet_home(house: House, tx: Session, row: CheckInRow, now: datetime) -> Mapping[str, Any] | None:
    """What the sensors say; their fault must not keep a miss from being told."""
    tx.flush()  # where another worker was first, that is no fault of the look at the home
    try:
        with tx.begin_nested():
            return house.quiet_home(tx, row.resident, now)
    except RUN_AGAIN:
        raise
    except Exception:
        log.exception("home_not_looked_at", checkin=row.id)
        return None


def _missed(house: House, tx: Session, row: CheckInRow, miss: Missed, home: str, now: datetime) -> Sign:
    quiet = _quiet_home(house, tx, row, now)
    return signs.missed(
        signs.Miss(row.id, row.resident, home, miss.attempts, miss.unreachable, quiet), now, house.words
    )
