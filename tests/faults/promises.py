"""The one promise, read from the rows themselves: whatever was due is answered, taken by a person, or has a next step.

It asks no code of the service's but its tables, so that a fault of the auditor cannot hide one of the machines.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import inspect
from sqlmodel import Session, SQLModel, col, select, update

from checkins.tables import CheckInRow, TalkRow
from escalations.tables import DeliveryRow, EscalationRow
from sensors.tables import PressRow
from store import Store
from store.clock import ClockAnchor, load_clock

#: a next step this much past its time is none any more; service time.
LATE = timedelta(seconds=90)


def broken(store: Store, now: datetime | None = None) -> list[str]:
    """Every due check-in, press, escalation and message that nothing will carry on; empty when all is well.

    now: None for what the service's own clock shows.
    """
    now = now or store.read(load_clock, 1.0).now()
    return store.read(lambda tx: [*_checkins(tx, now), *_presses(tx, now), *_escalations(tx, now), *_messages(tx, now)])


def in_flight(store: Store) -> set[tuple[str, int]]:
    """(message, attempt) of what had begun when the process died: as many may come twice."""
    begun = select(DeliveryRow.id, DeliveryRow.attempts).where(col(DeliveryRow.in_flight))
    return store.read(lambda tx: set(tx.exec(begun)))


def nobody_runs_for(store: Store, **span: float) -> None:
    """So much time passes while no process runs: the service's clock goes on, and leases run out."""
    store.write(_passes, timedelta(**span))


def _passes(tx: Session, span: timedelta) -> None:
    anchor = tx.exec(select(ClockAnchor)).one()
    anchor.service += span
    long_ago = datetime.now(UTC) - timedelta(seconds=1)
    there = inspect(tx.connection()).get_table_names()  # other tests have tables of their own
    for table in SQLModel.metadata.tables.values():
        if table.name in there and (held := table.c.get("held_until")) is not None:
            tx.exec(update(table).where(held.is_not(None)).values(held_until=long_ago))


def _checkins(tx: Session, now: datetime) -> Iterator[str]:
    for row in tx.exec(select(CheckInRow).where(CheckInRow.planned_at <= now, CheckInRow.state != "answered")):
        match row.state:
            case "cancelled":
                kept = row.reason in {"absence", "no_consent", "nothing_said"}
            case "missed":
                kept = row.escalation is not None and _looked_after(tx, row.escalation, now)
            case _:
                kept = _ahead(row.due_at, now) or _talk_goes_on(tx, row.id, now)
        if not kept:
            yield f"check-in {row.id} {row.state} due {row.due_at}"


def _talk_goes_on(tx: Session, checkin: str, now: datetime) -> bool:
    talk = tx.get(TalkRow, checkin)
    return talk is not None and talk.open and _ahead(talk.due_at, now)


def _presses(tx: Session, now: datetime) -> Iterator[str]:
    for press in tx.exec(select(PressRow)):
        if press.escalation is None or not _looked_after(tx, press.escalation, now):
            yield f"press {press.press} of {press.home}"


def _escalations(tx: Session, now: datetime) -> Iterator[str]:
    for row in tx.exec(select(EscalationRow)):
        if not _looked_after(tx, row.id, now):
            yield f"escalation {row.id} {row.state} due {row.due_at}"


def _messages(tx: Session, now: datetime) -> Iterator[str]:
    for row in tx.exec(select(DeliveryRow).where(DeliveryRow.state == "waiting")):
        if row.due_at is None:
            yield f"delivery {row.id} without a time"


def _looked_after(tx: Session, escalation: str, now: datetime) -> bool:
    row = tx.get(EscalationRow, escalation)
    if row is None:
        return False
    return bool(row.state != "open" and (row.taken_by or row.closed_by)) or _ahead(row.due_at, now)


def _ahead(due_at: datetime | None, now: datetime) -> bool:
    return due_at is not None and due_at > now - LATE
