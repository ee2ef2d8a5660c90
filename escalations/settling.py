"""The sender's half in the store: claim what is due, write down how attempts went. No network here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, or_, select

from escalations.channel import DeliveryOut
from escalations.delivery import Delayed, Expired, GiveUp, Refused, Retry, Sent, State, Todo, Tried, decide
from escalations.ledger import note
from escalations.outbox import load, out, save, taken_out, written_down
from escalations.tables import DeliveryRow, EscalationRow
from residents.sign import Level
from store import changed, claim, fault

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
        self, tx: Session, results: Sequence[Result], lane: Lane, free: int, now: datetime, real: datetime
    ) -> list[DeliveryOut]:
        """Settle these results and claim up to `free` new attempts, all in one transaction."""
        rows = taken_out(tx, [result.delivery.id for result in results])
        escalations = _escalations(tx, rows.values())
        settled = [self._settle(rows.get(result.delivery.id), result, now, real) for result in results]
        for row, result, _ in settled:
            if row is not None and row.state == State.SENT:
                _arrived(tx, row, result, escalations.get(row.escalation or ""), now)
        written_down(tx, [row for row, _, _ in settled if row is not None])
        for row, _, todo in settled:
            self._tell(tx, row, todo, now)
        if results:
            fault.at("mark")
        if not lane.emergency:
            self._expire(tx, now, real)
        return self._claim(tx, lane, free, now, real) if free else []

    def _claim(self, tx: Session, lane: Lane, free: int, now: datetime, real: datetime) -> list[DeliveryOut]:
        order = (col(DeliveryRow.gravity).desc(), col(DeliveryRow.due_at))
        where = self._where(lane, now)
        rows = claim(tx, DeliveryRow, now=now, real=real, holder=self.holder, limit=free, where=where, order=order)
        for row in rows:
            tx.expunge(row)
            save(row, decide(load(row), Tried())[0])
        written_down(tx, rows)
        return [self._labelled(out(row)) for row in rows]

    def _where(self, lane: Lane, now: datetime) -> list[ColumnElement[bool]]:
        top = Level.EMERGENCY.gravity
        gravity = col(DeliveryRow.gravity)
        return [
            gravity == top if lane.emergency else gravity < top,
            col(DeliveryRow.state) == State.WAITING,
            col(DeliveryRow.channel).in_(self.channels),
            or_(col(DeliveryRow.route) == "", col(DeliveryRow.route).in_(self.routes())),
            or_(col(DeliveryRow.expires_at).is_(None), col(DeliveryRow.expires_at) > now),
        ]

    def _labelled(self, delivery: DeliveryOut) -> DeliveryOut:
        if not delivery.again or delivery.kind not in _LABELLED or not self.label:
            return delivery
        said = {key: f"{self.label}\n{delivery.body[key]}" for key in ("text", "plain") if delivery.body.get(key)}
        return replace(delivery, body={**delivery.body, **said})

    def _settle(
        self, row: DeliveryRow | None, result: Result, now: datetime, real: datetime
    ) -> tuple[DeliveryRow | None, Result, Sequence[Todo]]:
        """How it stands now, and what is to be done about it; None where another sender has taken over."""
        if row is None or row.held_by != self.holder or row.attempts != result.delivery.attempt:
            log.warning("stale attempt: another sender has taken over", delivery=result.delivery.id)
            return None, result, ()
        state, todo = decide(load(row), result.event)
        save(row, state)
        row.last_error = result.error
        if isinstance(result.event, Delayed) and result.event.full:
            _begin_anew(row, now)
        for each in todo:
            if isinstance(each, Retry):
                row.held_until, row.held_by = real + timedelta(seconds=each.after_s), None
        return row, result, todo

    def _tell(self, tx: Session, row: DeliveryRow | None, todo: Sequence[Todo], now: datetime) -> None:
        """Whoever ordered it hears that it failed or is slow. Their trouble is not the outbox's."""
        for each in todo:
            if row is None or isinstance(each, Retry):
                continue
            _show(tx, row, now)
            told = self.failed.get(row.kind)
            try:
                with tx.begin_nested():
                    if told is not None:
                        told(tx, out(row), now, isinstance(each, GiveUp))
            except StaleDataError:
                raise
            except Exception:
                log.exception("could not tell that a delivery failed", delivery=row.id, kind=row.kind)

    def _expire(self, tx: Session, now: datetime, real: datetime) -> None:
        free = or_(col(DeliveryRow.held_until).is_(None), col(DeliveryRow.held_until) <= real)
        statement = (
            select(DeliveryRow)
            .where(col(DeliveryRow.expires_at) <= now, DeliveryRow.state == State.WAITING, free)
            .limit(_EXPIRED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        for row in tx.exec(statement).all():
            state, todo = decide(load(row), Expired())
            save(row, state)
            row.last_error = row.last_error or "expired"
            tx.flush()
            self._tell(tx, row, todo, now)


def _escalations(tx: Session, rows: Iterable[DeliveryRow]) -> dict[str, EscalationRow]:
    ids = {row.escalation for row in rows if row.escalation}
    found = tx.exec(select(EscalationRow).where(col(EscalationRow.id).in_(ids))) if ids else ()
    return {row.id: row for row in found}


def _arrived(tx: Session, row: DeliveryRow, result: Result, escalation: EscalationRow | None, now: datetime) -> None:
    row.sent_at, row.receipt = now, result.ref
    if escalation is not None:
        person = (row.person_kind, row.person_id)
        detail = {"attempt": row.attempts, "delivery": row.id, "kind": row.kind}
        what = "sent" if row.kind == "page" else "told"
        note(tx, escalation, what, now, person=person, channel=row.channel, detail=detail)
    _show(tx, row, now)


def _begin_anew(row: DeliveryRow, now: datetime) -> None:
    """It is due only now: so much time as it had to arrive, it has again."""
    if row.expires_at is not None and row.due_at is not None:
        row.expires_at, row.due_at = now + (row.expires_at - row.due_at), now


def _show(tx: Session, row: DeliveryRow, now: datetime) -> None:
    if row.kind in _SHOWN:
        changed(tx, "delivery", row.id, now, state=row.state, escalation=row.escalation, checkin=row.checkin)
