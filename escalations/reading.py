"""Reading escalations and deliveries: what the console, the chat and the API show."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from escalations.brief119 import Brief, brief
from escalations.delivery import State as DeliveryState
from escalations.escalation import State
from escalations.house import House, about, evidence, resident_of
from escalations.keeping import get
from escalations.ledger import entries
from escalations.policy import policy_of
from escalations.tables import DeliveryRow, EscalationRow, EvidenceRow, StepRow
from escalations.views import DeliveryShown, Detail, Listed, Reason, StepShown, Summary
from escalations.whatif import Basis, what_if
from residents import service as people
from residents.people import Unknown
from residents.sign import Level

_LIVE = (State.OPEN, State.ACKNOWLEDGED)
_STATES: dict[str, tuple[State, ...]] = {
    "all": tuple(State),
    "live": _LIVE,
    **{state.value: (state,) for state in State},
}


def listing(tx: Session, house: House, state: str, cursor: str | None, limit: int) -> Listed[Summary]:
    """By level, then age (the longest waiting first). Raises ValueError on a bad state or cursor."""
    if state not in _STATES:
        raise ValueError(f"state must be one of {', '.join(_STATES)}")
    statement = select(EscalationRow).where(col(EscalationRow.state).in_(_STATES[state]))
    if cursor is not None:
        statement = statement.where(_after(cursor))
    order = (col(EscalationRow.gravity).desc(), col(EscalationRow.opened_at), col(EscalationRow.id))
    rows = list(tx.exec(statement.order_by(*order).limit(limit + 1)))
    following = _cursor(rows[limit - 1]) if len(rows) > limit else None
    return Listed(tuple(summaries(tx, house, rows[:limit])), following)


def asked_of(tx: Session, coordinator: str) -> frozenset[str]:
    """Unclosed escalations of which a page or a notice went to this coordinator."""
    told = (DeliveryRow.person_kind == "coordinator", DeliveryRow.person_id == coordinator)
    statement = (
        select(EscalationRow.id)
        .join(DeliveryRow, col(DeliveryRow.escalation) == EscalationRow.id)
        .where(*told, col(EscalationRow.state).in_(_LIVE))
        .distinct()
    )
    return frozenset(tx.exec(statement))


def summaries(tx: Session, house: House, rows: Sequence[EscalationRow]) -> list[Summary]:
    """Rows as they are listed; three queries for any number of rows."""
    names = {r.id: r.name for r in people.residents(tx, {row.resident for row in rows if row.resident})}
    signs = _evidence_of(tx, [row.id for row in rows])
    return [_summary(tx, house, row, names, signs.get(row.id, [])) for row in rows]


def detail(tx: Session, house: House, id: str, now: datetime, last_activity: datetime | None) -> Detail:
    """One in full. Raises NoSuchEscalation."""
    row = get(tx, id)
    found = evidence(tx, id)
    page = _brief(tx, house, row, found, now, last_activity)
    sent = tx.exec(select(DeliveryRow).where(DeliveryRow.escalation == id).order_by(col(DeliveryRow.posted_at)))
    names = _Names(tx, house)
    return Detail(
        summary=summaries(tx, house, [row])[0],
        steps=tuple(_step(house, names, entry) for entry in entries(tx, id)),
        deliveries=tuple(_delivery(names, each) for each in sent),
        evidence=tuple(reason(sign) for sign in found),
        brief=page.page if page else {},
        spoken=page.spoken if page else "",
        policy=row.policy,
        what_if=what_if([Basis(s.kind, Level(s.level), s.text, s.evidence) for s in found], house.words),
    )


def deliveries(tx: Session, house: House, state: str | None, cursor: str | None, limit: int) -> Listed[DeliveryShown]:
    """Newest first. Raises ValueError on a bad state."""
    statement = select(DeliveryRow).order_by(col(DeliveryRow.id).desc()).limit(limit + 1)
    if state is not None:
        statement = statement.where(DeliveryRow.state == DeliveryState(state))
    if cursor is not None:
        statement = statement.where(DeliveryRow.id < cursor)
    rows = list(tx.exec(statement))
    names = _Names(tx, house)
    following = rows[limit - 1].id if len(rows) > limit else None
    return Listed(tuple(_delivery(names, row) for row in rows[:limit]), following)


class _Names:
    """Names by kind and id, each looked up once."""

    def __init__(self, tx: Session, house: House) -> None:
        self._tx = tx
        self._known = {("coordinator", who.id): who.name for who in house.team(tx).coordinators}

    def of(self, kind: str, id: str) -> str:
        """The name, or the id where nobody is known by it."""
        if (kind, id) not in self._known:
            self._known[kind, id] = self._look_up(kind, id)
        return self._known[kind, id]

    def _look_up(self, kind: str, id: str) -> str:
        try:
            if kind == "contact":
                return people.contact(self._tx, id).name
            if kind == "resident":
                return people.resident(self._tx, id).name
        except Unknown:
            return id
        return id


def _summary(tx: Session, house: House, row: EscalationRow, names: dict[str, str], signs: list[EvidenceRow]) -> Summary:
    fallback = house.writer.name(about(tx, row)) if row.resident not in names else ""
    confirmed = _Names(tx, house).of("contact", row.confirmed_by) if row.confirmed_by else None
    return Summary(
        id=row.id,
        resident=row.resident,
        resident_name=names.get(row.resident or "", fallback),
        home=row.home,
        level=row.level,
        state=row.state,
        opened_at=row.opened_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by_name=row.taken_name,
        reasons=tuple(sign.text for sign in signs),
        next_step_at=row.due_at if row.state == State.OPEN else None,
        acknowledged_by=row.taken_by,
        confirmed_by=confirmed,
        confirmed_at=row.confirmed_at,
        round=row.round,
        kinds=tuple(dict.fromkeys(sign.kind for sign in signs)),
        district=row.district,
        closed_at=row.closed_at,
        closed_by=row.closed_name,
        outcome=row.outcome,
        note=row.note,
        why=row.why,
        drill=row.drill,
        remind_at=row.due_at if row.state == State.ACKNOWLEDGED else None,
        reminders=row.reminders,
        acknowledge_by=policy_of(row.policy, Level(row.level)).answer_by(row.counted_from),
    )


def _evidence_of(tx: Session, ids: Sequence[str]) -> dict[str, list[EvidenceRow]]:
    found: dict[str, list[EvidenceRow]] = {}
    for sign in tx.exec(select(EvidenceRow).where(col(EvidenceRow.escalation).in_(ids))):
        found.setdefault(sign.escalation, []).append(sign)
    for signs in found.values():
        signs.sort(key=lambda sign: (-Level(sign.level).gravity, sign.at, sign.id or 0))
    return found


def _brief(
    tx: Session, house: House, row: EscalationRow, signs: Iterable[EvidenceRow], now: datetime, last: datetime | None
) -> Brief | None:
    resident = resident_of(tx, row)
    if resident is None:
        return None
    happened = [(sign.at, sign.text) for sign in signs]
    return brief(resident, people.contacts(tx, resident.id), happened, last, now, house.writer)


def reason(sign: EvidenceRow) -> Reason:
    """A sign an escalation rests on, as it is shown."""
    return Reason(sign.sign, sign.kind, sign.level, sign.at, sign.text, sign.rule, sign.evidence)


def _step(house: House, names: _Names, entry: StepRow) -> StepShown:
    person = names.of(entry.person_kind, entry.person_id) if entry.person_id else ""
    return StepShown(
        at=entry.at,
        seconds=entry.seconds,
        what=entry.what,
        text=_sentence(house, entry, person),
        step=entry.step,
        round=entry.round,
        person_kind=entry.person_kind,
        person_id=entry.person_id,
        person_name=person,
        channel=entry.channel,
        detail=entry.detail,
    )


def _sentence(house: House, entry: StepRow, person: str) -> str:
    facts: dict[str, Any] = {"to": "", "times": 1, **entry.detail}
    if "level" in facts:
        facts["level"] = house.words.text(f"escalations.level.{facts['level']}")
    if "outcome" in facts:
        facts["outcome"] = house.words.text(f"escalations.outcome.{facts['outcome']}")
    if "why" in facts:
        facts["outcome"] += f" ({house.words.text('escalations.why.' + facts['why'])})"
    channel = house.words.text(f"escalations.channel.{entry.channel}") if entry.channel else ""
    facts |= {"person": person or house.words.text("escalations.city"), "channel": channel, "round": entry.round}
    return house.words.text(f"escalations.ledger.{entry.what}", **facts)


def _delivery(names: _Names, row: DeliveryRow) -> DeliveryShown:
    return DeliveryShown(
        id=row.id,
        key=row.idempotency_key,
        kind=row.kind,
        channel=row.channel,
        state=row.state,
        person_kind=row.person_kind,
        person_id=row.person_id,
        person_name=names.of(row.person_kind, row.person_id) if row.person_id else "",
        escalation=row.escalation,
        checkin=row.checkin,
        level=row.level,
        posted_at=row.posted_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        attempts=row.attempts,
        again=row.again,
        last_error=row.last_error,
    )


def _cursor(row: EscalationRow) -> str:
    return f"{row.gravity}|{row.opened_at.isoformat()}|{row.id}"


def _place(cursor: str) -> tuple[int, datetime, str]:
    gravity, _, rest = cursor.partition("|")
    opened, _, id = rest.partition("|")
    try:
        return int(gravity), datetime.fromisoformat(opened).astimezone(UTC), id
    except (ValueError, OverflowError) as error:
        raise ValueError("no such cursor") from error


def _after(cursor: str) -> ColumnElement[bool]:
    grave, at, id = _place(cursor)
    later = or_(col(EscalationRow.opened_at) > at, and_(col(EscalationRow.opened_at) == at, col(EscalationRow.id) > id))
    return or_(col(EscalationRow.gravity) < grave, and_(col(EscalationRow.gravity) == grave, later))
