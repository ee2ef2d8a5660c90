"""The inbox: an update is kept before Telegram may forget it, and handled once, however often it comes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from bot.incoming import chat_of
from bot.tables import PollRow, UpdateRow, UpdateState
from store import changed, token_hash

#: real time a poller may be silent before another process takes over.
POLL_LEASE = timedelta(seconds=15)
#: Telegram repeats an unconfirmed update for at most 24 hours.
REMEMBERED = timedelta(days=3)
_POLL = "updates"


@dataclass(frozen=True)
class Kept:
    """An update waiting to be handled."""

    id: int
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Quarantined:
    """An update nobody could handle; `error` is the kind of failure, without words of the message."""

    id: int
    received_at: datetime
    failures: int
    error: str | None


def receive(tx: Session, updates: Sequence[Mapping[str, Any]], real: datetime) -> list[Kept]:
    """Keep what is new; returns that, in order. An update without an id is nothing Telegram sends: left out."""
    by_id = {number: body for body in updates if isinstance(number := body.get("update_id"), int)}
    known = set(tx.exec(select(UpdateRow.id).where(col(UpdateRow.id).in_(by_id))))
    new = [Kept(number, body) for number, body in sorted(by_id.items()) if number not in known]
    tx.add_all(UpdateRow(id=kept.id, body=dict(kept.body), received_at=real) for kept in new)
    return new


def waiting(tx: Session, limit: int = 500) -> list[Kept]:
    """What is still to be handled, oldest first: after a crash, or when its failure could not be noted."""
    rows = tx.exec(
        select(UpdateRow).where(UpdateRow.state == UpdateState.WAITING).order_by(col(UpdateRow.id)).limit(limit)
    )
    return [Kept(row.id, row.body or {}) for row in rows]


def finish(tx: Session, update: int, real: datetime) -> bool:
    """Note, in the transaction that handles it, that an update is handled. False: it had been; do nothing."""
    row = tx.get(UpdateRow, update, with_for_update=True)
    if row is None or row.state == UpdateState.DONE:
        return False
    row.state, row.body, row.handled_at = UpdateState.DONE.value, None, real
    return True


def first_press(tx: Session, update: int, chat: str, message: str) -> bool:
    """Whether nobody pressed a button of this message before; remembered with the update for some days.

    A second tap would otherwise answer the next question.
    """
    which = token_hash(f"{chat}/{message}")
    if tx.exec(select(UpdateRow.id).where(UpdateRow.pressed == which)).first() is not None:
        return False
    tx.get_one(UpdateRow, update).pressed = which
    return True


def fail(tx: Session, update: int, error: str, tries: int, now: datetime) -> bool:
    """Count a failure; True when it was the last of `tries` and the update is in quarantine now."""
    row = tx.get(UpdateRow, update, with_for_update=True)
    if row is None or row.state != UpdateState.WAITING:
        return False
    row.failures, row.error = row.failures + 1, error
    if row.failures < tries:
        return False
    row.state = UpdateState.QUARANTINED.value
    changed(tx, "quarantine", f"telegram:{update}", now, error=error)
    return True


def quarantined(tx: Session, limit: int = 50) -> list[Quarantined]:
    """What could not be handled, newest first."""
    rows = tx.exec(
        select(UpdateRow)
        .where(UpdateRow.state == UpdateState.QUARANTINED)
        .order_by(col(UpdateRow.id).desc())
        .limit(limit)
    )
    return [Quarantined(row.id, row.received_at, row.failures, row.error) for row in rows]


def forget(tx: Session, chats: Collection[str]) -> dict[str, int]:
    """What these chats have sent and nobody could handle yet loses its words; how many updates."""
    rows = [
        row
        for row in tx.exec(select(UpdateRow).where(col(UpdateRow.state) != UpdateState.DONE))
        if chat_of(row.body or {}) in chats
    ]
    for row in rows:
        row.state, row.body = UpdateState.DONE.value, None
    return {"telegram_updates": len(rows)} if rows else {}


def prune(tx: Session, real: datetime) -> None:
    """Forget handled updates that Telegram can no longer repeat."""
    tx.exec(
        delete(UpdateRow).where(
            col(UpdateRow.state) == UpdateState.DONE, col(UpdateRow.received_at) < real - REMEMBERED
        )
    )


def hold_poll(tx: Session, holder: str, real: datetime) -> bool:
    """Take or renew the right to poll; False while another process has it."""
    row = tx.get(PollRow, _POLL, with_for_update=True)
    if row is None:
        row = PollRow(id=_POLL, holder=holder, held_until=real)
    elif row.holder != holder and row.held_until > real:
        return False
    row.holder, row.held_until = holder, real + POLL_LEASE
    tx.add(row)
    return True


def let_go(tx: Session, holder: str, real: datetime) -> None:
    """Give the right to poll back, so that another process need not wait for the lease to run out."""
    row = tx.get(PollRow, _POLL, with_for_update=True)
    if row is not None and row.holder == holder:
        row.held_until = real
