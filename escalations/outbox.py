"""The outbox: what must leave the house, committed together with the state that owes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Executable, Row
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from escalations.channel import DeliveryOut
from escalations.delivery import Cancelled, Delivery, State, decide
from escalations.tables import DeliveryRow
from residents.sign import Level
from store import changed, new_id, wake

#: what senders wait for.
TOPIC = "deliveries"
#: what is sent, or due anew, so soon after it was ordered has not waited.
NO_WAIT = timedelta(seconds=30)
#: channels whose address only one process holds: it alone may claim what goes there.
ROUTED = frozenset({"speaker"})
#: what a delivery starts with.
_FRESH = {"state": State.WAITING.value, "attempts": 0, "in_flight": False, "again": 0, "version": 1}
_TABLE = SQLModel.metadata.tables["deliveries"]
_INSERTS: dict[str, Executable] = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(index_elements=["idempotency_key"]).returning(_TABLE.c.id),
    "postgresql": postgresql.insert(_TABLE)
    .on_conflict_do_nothing(index_elements=["idempotency_key"])
    .returning(_TABLE.c.id),
}


@dataclass(frozen=True)
class Order:
    """One delivery to post. `key` makes it one: the same key posted again changes nothing.

    kind: "page" | "notice" | "question" | "say" | "digest" | "sos_ack".
    channel: "telegram" | "speaker" | "webhook" | "apprise" | "mqtt"; address: chat id, "home/device", URL, topic.
    person_kind, person_id: whom it is for ("resident" | "contact" | "coordinator"), empty for a program.
    level: emergencies pass everything else. body: {"text", "buttons": [{"text", "data"}], …}, sealed at rest.
    not_before: service time, None = now. expires_at: service time after which it is failed unsent.
    step: the escalation's step that posted a page.
    """

    key: str
    kind: str
    channel: str
    address: str
    body: Mapping[str, Any] = field(repr=False)
    person_kind: str = ""
    person_id: str = ""
    escalation: str | None = None
    checkin: str | None = None
    level: Level | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    step: int | None = None


def post(tx: Session, order: Order, now: datetime) -> str:
    """Put one delivery into the outbox and return its id (the earlier one's id for a known key). Wakes the senders."""
    row = _values(order, now)
    wake(tx, TOPIC)
    if tx.connection().execute(_insert(tx), row).first() is not None:
        return str(row["id"])
    return tx.exec(select(DeliveryRow.id).where(DeliveryRow.idempotency_key == order.key)).one()


def _values(order: Order, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id("d"),
        "idempotency_key": order.key,
        "kind": order.kind,
        "channel": order.channel,
        "address": order.address,
        "route": order.address if order.channel in ROUTED else "",
        "person_kind": order.person_kind,
        "person_id": order.person_id,
        "escalation": order.escalation,
        "checkin": order.checkin,
        "level": order.level.value if order.level else None,
        "gravity": order.level.gravity if order.level else -1,
        "step": order.step,
        "body": dict(order.body),
        "posted_at": now,
        "due_at": order.not_before or now,
        "expires_at": order.expires_at,
        **_FRESH,
    }


def _insert(tx: Session) -> Executable:
    """One insert that leaves a known key alone: it costs a tenth of a row object, and thousands may be due."""
    return _INSERTS[tx.get_bind().dialect.name]


def cancel(
    tx: Session,
    now: datetime,
    *,
    escalation: str | None = None,
    checkin: str | None = None,
    kinds: tuple[str, ...] = (),
    person: tuple[str, str] | None = None,
) -> int:
    """Cancel what still waits for this escalation or check-in (of these kinds, for this person). Returns how many."""
    if escalation is None and checkin is None:
        raise ValueError("name the escalation or the check-in whose deliveries are not needed any more")
    statement = select(DeliveryRow).where(DeliveryRow.state == State.WAITING)
    for column, wanted in ((DeliveryRow.escalation, escalation), (DeliveryRow.checkin, checkin)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if kinds:
        statement = statement.where(col(DeliveryRow.kind).in_(kinds))
    if person is not None:
        statement = statement.where(DeliveryRow.person_kind == person[0], DeliveryRow.person_id == person[1])
    rows = list(tx.exec(statement))
    for row in rows:
        save(row, decide(load(row), Cancelled())[0])
        row.due_at = None
        changed(tx, "delivery", row.id, now, state=row.state)
    return len(rows)


def put_off(tx: Session, checkins: Sequence[str], kind: str) -> dict[str, datetime | None]:
    """What was ordered for these check-ins, of this kind, and found no room for a while: key → when it was sent, None
    while it still waits."""
    statement = select(
        DeliveryRow.idempotency_key, DeliveryRow.posted_at, DeliveryRow.due_at, DeliveryRow.sent_at
    ).where(
        col(DeliveryRow.checkin).in_(checkins),
        DeliveryRow.kind == kind,
        col(DeliveryRow.state).in_([State.WAITING, State.SENT]),
    )
    return {
        key: sent_at
        for key, posted_at, due_at, sent_at in tx.exec(statement)
        if (sent_at or due_at or posted_at) - posted_at > NO_WAIT
    }


def load(row: DeliveryRow | Row[Any]) -> Delivery:
    """The machine's state of a row."""
    level = Level(row.level) if row.level else None
    return Delivery(State(row.state), row.attempts, row.in_flight, row.again, level)


def saved(state: Delivery) -> dict[str, Any]:
    """The machine's state as columns; what has ended is due no more and held by nobody."""
    ended = {"due_at": None, "held_until": None, "held_by": None}
    return {
        "state": state.state.value,
        "attempts": state.attempts,
        "in_flight": state.in_flight,
        "again": state.again,
        **(ended if state.state in (State.SENT, State.FAILED) else {}),
    }


def save(row: DeliveryRow, state: Delivery) -> None:
    """Write the machine's state into its row."""
    for name, value in saved(state).items():
        setattr(row, name, value)


def out(row: DeliveryRow | Row[Any]) -> DeliveryOut:
    """A row as its channel gets it."""
    return DeliveryOut(
        id=row.id,
        key=row.idempotency_key,
        kind=row.kind,
        channel=row.channel,
        address=row.address,
        body=row.body,
        person_kind=row.person_kind,
        person_id=row.person_id,
        escalation=row.escalation,
        checkin=row.checkin,
        level=row.level,
        step=row.step,
        attempt=row.attempts,
        again=row.again,
        expires_at=row.expires_at,
    )
