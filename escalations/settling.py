"""The sender's half in the store: claim what is due, write down how attempts went. No network here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, or_, select

from escalations.attempts import landed, taken_up, written_down
from escalations.channel import DeliveryOut
from escalations.delivery import Delayed, Expired, GiveUp, Refused, Retry, Sent, State, Todo, decide
from escalations.ledger import Opening, entry, note_all
from escalations.outbox import load, out, save, saved
from escalations.tables import DeliveryRow
from store import all_changed, fault

log = structlog.get_logger(__name__)

#: told that a delivery failed for good (final) or is slow: (tx, delivery, now, final), in the settling transaction.
Failed = Callable[[Session, DeliveryOut, datetime, bool], None]

#: kinds whose reader is told that a repeated attempt may be a repetition.
_LABELLED = frozenset({"page", "notice", "digest"})
#: kinds whose fate the live pages show.
_SHOWN = frozenset({"page", "notice", "question"})
_EXPIRED_AT_ONCE = 200


@dataclass(frozen=True)
class Lane:
    """One queue to the same outbox. Emergencies have their own, so that nothing stands before them.

    slots: attempts at a time, to_one: of them in one channel; timeout_s: REAL seconds an attempt may take, well below
    a lease; poll_s: how long the sender looks away when nothing wakes it (back-offs that ran out, other processes on
    SQLite), REAL seconds.
    """

    name: str
    emergency: bool
    slots: int
    to_one: int
    timeout_s: float
    poll_s: float = 1.0


@dataclass(frozen=True)
class Result:
    """How one attempt went."""

    delivery: DeliveryOut
    event: Sent | Refused | Delayed
    error: str | None = None
    ref: str | None = None


def _everywhere() -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True)
class Desk:
    """holder: unique to one sender; channels: what it can send; routes: speakers ("home/device") it holds right now.

    failed: whom to tell, by kind of delivery; label: the line before a text that may have arrived before.
    """

    holder: str
    channels: frozenset[str]
    failed: Mapping[str, Failed] = field(default_factory=dict)
    routes: Callable[[], frozenset[str]] = _everywhere
    label: str = ""

    def turn(
        self,
        tx: Session,
        results: Sequence[Result],
        lane: Lane,
        free: int,
        now: datetime,
        real: datetime,
        expiring: bool = True,
    ) -> list[DeliveryOut]:
        """Settle these results, fail what is too late (expiring) and claim up to `free` new attempts, all in one
        transaction."""
        tx.flush()  # what follows reads past the session
        self._settle(tx, results, now, real)
        if results:
            fault.at("mark")
        if expiring and not lane.emergency:
            self._expire(tx, now, real)
        if not free:
            return []
        taken = taken_up(tx, lane.emergency, self.channels, self.routes(), free, holder=self.holder, now=now, real=real)
        return [self._labelled(delivery) for delivery in taken]

    def _labelled(self, delivery: DeliveryOut) -> DeliveryOut:
        if not delivery.again or delivery.kind not in _LABELLED or not self.label:
            return delivery
        said = {key: f"{self.label}\n{delivery.body[key]}" for key in ("text", "plain") if delivery.body.get(key)}
        return replace(delivery, body={**delivery.body, **said})

    def _settle(self, tx: Session, results: Sequence[Result], now: datetime, real: datetime) -> None:
        """Write down how they went, all at once; then tell whoever waits for one that did not arrive."""
        rows = landed(tx, [result.delivery.id for result in results])
        settled = [
            _settled(row, result, now, real)
            for result in results
            if (row := self._still_ours(rows.get(result.delivery.id), result)) is not None
        ]
        written_down(tx, [each.changed for each in settled])
        _record(tx, [each for each in settled if each.changed["state"] == State.SENT], now)
        for each in settled:
            self._tell(tx, each.result.delivery.id, each.todo, now)

    def _still_ours(self, row: Any, result: Result) -> Any:
        """The row, None where another sender has taken over."""
        if row is not None and row.held_by == self.holder and row.attempts == result.delivery.attempt:
            return row
        log.warning("stale attempt: another sender has taken over", delivery=result.delivery.id)
        return None

    def _tell(self, tx: Session, id: str, todo: Sequence[Todo], now: datetime) -> None:
        """Whoever ordered it hears that it failed or is slow. Their trouble is not the outbox's."""
        for each in todo:
            if isinstance(each, Retry):
                continue
            row = tx.get_one(DeliveryRow, id, populate_existing=True)
            delivery = out(row)
            _show(tx, [delivery], row.state, now)
            told = self.failed.get(delivery.kind)
            try:
                with tx.begin_nested():
                    if told is not None:
                        told(tx, delivery, now, isinstance(each, GiveUp))
            except StaleDataError:
                raise
            except Exception:
                log.exception("could not tell that a delivery failed", delivery=id, kind=delivery.kind)

    def _expire(self, tx: Session, now: datetime, real: datetime) -> None:
        free = or_(col(DeliveryRow.held_until).is_(None), col(DeliveryRow.held_until) <= real)
        statement = (
            select(DeliveryRow)
            .where(col(DeliveryRow.expires_at) <= now, col(DeliveryRow.due_at).is_not(None))
            .where(DeliveryRow.state == State.WAITING, free)
            .limit(_EXPIRED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        for row in tx.exec(statement).all():
            state, todo = decide(load(row), Expired())
            save(row, state)
            row.last_error = row.last_error or "expired"
            tx.flush()
            self._tell(tx, row.id, todo, now)


@dataclass(frozen=True)
class _Settled:
    """was: as it stood; changed: what is to be saved."""

    was: Any
    changed: Mapping[str, Any]
    result: Result
    todo: Sequence[Todo]


def _settled(row: Any, result: Result, now: datetime, real: datetime) -> _Settled:
    """How it stands now, and what is to be done about it."""
    state, todo = decide(load(row), result.event)
    after = {"id": row.id, **saved(state), "last_error": result.error}
    if state.state == State.SENT:
        after |= {"sent_at": now, "receipt": result.ref}
    if isinstance(result.event, Delayed) and result.event.full:
        after |= _begun_anew(row, now)
    for each in todo:
        if isinstance(each, Retry):
            after |= {"held_until": real + timedelta(seconds=each.after_s), "held_by": None}
    return _Settled(row, after, result, todo)


def _begun_anew(row: Any, now: datetime) -> dict[str, Any]:
    """It is due only now: so much time as it had to arrive, it has again."""
    if row.expires_at is None or row.due_at is None:
        return {}
    return {"expires_at": now + (row.expires_at - row.due_at), "due_at": now}


def _record(tx: Session, arrived: Sequence[_Settled], now: datetime) -> None:
    """The ledger's entries and the note for the live pages, in the transaction that says they were sent."""
    note_all(tx, [_entry(each, now) for each in arrived if each.was.opened_at is not None])
    _show(tx, [each.result.delivery for each in arrived], State.SENT.value, now)


def _entry(each: _Settled, now: datetime) -> dict[str, Any]:
    was, delivery = each.was, each.result.delivery
    what = "sent" if delivery.kind == "page" else "told"
    detail = {"attempt": delivery.attempt, "delivery": delivery.id, "kind": delivery.kind}
    person = (delivery.person_kind, delivery.person_id)
    opening = Opening(was.escalation, was.opened_at, was.round)
    return entry(opening, what, now, person=person, channel=delivery.channel, detail=detail)


def _show(tx: Session, deliveries: Iterable[DeliveryOut], state: str, now: datetime) -> None:
    shown = (one for one in deliveries if one.kind in _SHOWN)
    facts = {one.id: {"state": state, "escalation": one.escalation, "checkin": one.checkin} for one in shown}
    if facts:
        all_changed(tx, "delivery", facts, now)
