"""What the sender reads and writes of deliveries: many at once, as plain rows, each under a lease."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Integer, Select, bindparam, case, or_, select, update
from sqlmodel import Session, SQLModel

from escalations.channel import DeliveryOut
from escalations.delivery import State
from escalations.outbox import out
from escalations.tables import DeliveryRow
from residents.sign import Level
from store import UtcDateTime
from store.leases import LEASE, due
from store.many import on_postgresql, one_of, update_many

_TABLE = SQLModel.metadata.tables["deliveries"]
_OF = _TABLE.c
_ESCALATIONS = SQLModel.metadata.tables["escalations"]
_OPENED = _ESCALATIONS.c
#: what a lane reads of a delivery that it takes up: all that its channel gets.
_TAKEN = (
    *(_OF.id, _OF.idempotency_key, _OF.kind, _OF.channel, _OF.address, _OF.body, _OF.person_kind, _OF.person_id),
    *(_OF.escalation, _OF.checkin, _OF.level, _OF.gravity, _OF.step, _OF.attempts, _OF.again),
    *(_OF.due_at, _OF.expires_at),
)
#: what is read of one that has landed: where it stands, nothing that is sealed.
_STANDING = (
    *(_OF.id, _OF.state, _OF.attempts, _OF.in_flight, _OF.again, _OF.level, _OF.held_by, _OF.due_at, _OF.expires_at),
    *(_OF.escalation, _OPENED.opened_at, _OPENED.round),
)


def taken_up(
    tx: Session,
    emergency: bool,
    channels: Collection[str],
    routes: Collection[str],
    limit: int,
    *,
    holder: str,
    now: datetime,
    real: datetime,
) -> list[DeliveryOut]:
    """Claim what is due for these channels and speakers, the gravest first, and count the attempt."""
    lease = {"holder": holder, "until": real + LEASE}
    asked = {"channels": channels, "routes": routes, "now": now, "real": real, "limit": limit, **lease}
    rows = tx.connection().execute(_begun(emergency), asked)
    return [out(row) for row in sorted(rows, key=lambda row: (-row.gravity, row.due_at))]


def landed(tx: Session, ids: Sequence[str]) -> dict[str, Any]:
    """Where these deliveries stand, by id, locked, and since when their escalation has been open."""
    found = tx.connection().execute(_landed(on_postgresql(tx)), {"ids": ids}) if ids else ()
    return {row.id: row for row in found}


def written_down(tx: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Save what has changed of locked deliveries, one statement for all that have fared alike."""
    alike: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        alike[tuple(row)].append(row)
    for group in alike.values():
        update_many(tx, _TABLE, group)


# Made once: putting a statement together takes longer than SQLite needs to run it.


@cache
def _begun(emergency: bool) -> Executable:
    """What `Tried` is to the machine, for all that is due, in one statement; a test holds it against the machine."""
    top = Level.EMERGENCY.gravity
    now, real = (bindparam(name, type_=UtcDateTime) for name in ("now", "real"))
    where = (
        _OF.gravity == top if emergency else _OF.gravity < top,
        _OF.state == State.WAITING.value,
        _OF.channel.in_(bindparam("channels", expanding=True)),
        or_(_OF.route == "", _OF.route.in_(bindparam("routes", expanding=True))),
        or_(_OF.expires_at.is_(None), _OF.expires_at > now),
    )
    first = due(select(_OF.id), DeliveryRow, now=now, real=real, where=where)
    first = first.order_by(_OF.gravity.desc(), _OF.due_at).limit(bindparam("limit", type_=Integer))
    begun = {
        "attempts": _OF.attempts + 1,
        "again": case((_OF.in_flight, _OF.again + 1), else_=_OF.again),
        "in_flight": True,
        "held_by": bindparam("holder"),
        "held_until": bindparam("until", type_=UtcDateTime),
        "version": _OF.version + 1,
    }
    return update(_TABLE).where(_OF.id.in_(select(first.cte("first").c.id))).values(begun).returning(*_TAKEN)


@cache
def _landed(at_once: bool) -> Select[Any]:
    statement = select(*_STANDING).join_from(_TABLE, _ESCALATIONS, _OPENED.id == _OF.escalation, isouter=True)
    return statement.where(one_of(_OF.id, "ids", at_once)).with_for_update(of=_TABLE)
