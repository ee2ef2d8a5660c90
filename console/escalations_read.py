"""Escalations as the API and the pages show them, limited to what the caller may see."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session

from console import shapes
from console.access import Caller
from console.cursor import BadCursor, pack, unpack
from console.ports import ConsolePorts
from console.problems import Problem
from escalations.errors import NoSuchEscalation
from escalations.views import DeliveryShown, Detail, Summary
from residents import service as people
from residents.people import Unknown

#: so many at most are looked through for one page of somebody who sees few of them.
_LOOKED_AT = 2000
#: where a transaction keeps what was asked of its caller.
_ASKED = "console.asked"


def page(
    tx: Session, ports: ConsolePorts, caller: Caller, state: str, cursor: str | None, limit: int
) -> shapes.Listing[shapes.Escalation]:
    """One page by level and age. Raises BadCursor."""
    kept: list[Summary] = []
    looked = 0
    place = _place(cursor)
    while True:
        try:
            listed = ports.escalations.listing(tx, state, place, limit - len(kept))
        except ValueError as error:
            raise BadCursor from error
        kept += [s for s in listed.items if sees(tx, ports, caller, s)]
        looked += len(listed.items)
        place = listed.next
        if place is None or len(kept) >= limit or looked >= _LOOKED_AT:
            return shapes.Listing(items=[shown(ports, s) for s in kept], next=_following(place))


def _place(cursor: str | None) -> str | None:
    return None if cursor is None else unpack(cursor, str)


def _following(place: str | None) -> str | None:
    """A cursor goes into an address as it is: it holds no character that would have to be quoted there."""
    return None if place is None else pack(place)


def all_live(tx: Session, ports: ConsolePorts, caller: Caller) -> list[shapes.Escalation]:
    """Everything not closed that this caller sees, by level and age; the queue shows 400 at most."""
    return page(tx, ports, caller, "live", None, 400).items


def one(tx: Session, ports: ConsolePorts, caller: Caller, id: str) -> Summary:
    """One this caller may see. Raises 403 and 404."""
    try:
        found = ports.escalations.summary(tx, id)
    except NoSuchEscalation:
        raise Problem(404, "no-such-escalation", "There is no such escalation.") from None
    if not sees(tx, ports, caller, found):
        raise Problem(403, "another-district", "This escalation is not for this role or district.")
    return found


def in_full(tx: Session, ports: ConsolePorts, caller: Caller, id: str, now: datetime) -> shapes.EscalationInFull:
    """One with ledger, deliveries, evidence and the 119 brief. Raises 403 and 404."""
    one(tx, ports, caller, id)
    return _in_full(ports, ports.escalations.detail(tx, id, now))


def shown(ports: ConsolePorts, summary: Summary) -> shapes.Escalation:
    """One as in a list."""
    return shapes.Escalation(**_fields(summary))


def sees(tx: Session, ports: ConsolePorts, caller: Caller, summary: Summary) -> bool:
    """Whether an escalation is this caller's business: of their districts, or one they have or were asked to take."""
    if caller.sees_escalation(summary.level, summary.district, summary.resident or summary.home):
        return True
    if not caller.may_take(summary.level):
        return False
    if _ASKED not in tx.info:
        tx.info[_ASKED] = ports.escalations.asked_of(tx, caller.id)
    return summary.acknowledged_by == caller.id or summary.id in tx.info[_ASKED]


def deliveries(
    tx: Session, ports: ConsolePorts, caller: Caller, state: str | None, cursor: str | None, limit: int
) -> shapes.Listing[shapes.Delivery]:
    """Deliveries, newest first; of the caller's own residents and escalations only."""
    listed = ports.escalations.deliveries(tx, state, _place(cursor), limit)
    kept = [shapes.Delivery.model_validate(d) for d in _own(tx, ports, caller, listed.items)]
    return shapes.Listing(items=kept, next=_following(listed.next))


def _own(tx: Session, ports: ConsolePorts, caller: Caller, found: tuple[DeliveryShown, ...]) -> Iterator[DeliveryShown]:
    if caller.limited_to is None and caller.sees_residents():
        yield from found
        return
    known: dict[str, bool] = {}
    for delivery in found:
        about = delivery.escalation or f"{delivery.person_kind}:{delivery.person_id}"
        if about not in known:
            known[about] = _is_own(tx, ports, caller, delivery)
        if known[about]:
            yield delivery


def _is_own(tx: Session, ports: ConsolePorts, caller: Caller, delivery: DeliveryShown) -> bool:
    try:
        if delivery.escalation:
            return sees(tx, ports, caller, ports.escalations.summary(tx, delivery.escalation))
        if not caller.sees_residents():
            return False
        if delivery.person_kind == "contact":
            resident = people.contact(tx, delivery.person_id).resident
        elif delivery.person_kind == "resident":
            resident = delivery.person_id
        else:
            return delivery.person_id == caller.id
        return caller.sees_district(people.resident(tx, resident).district)
    except (NoSuchEscalation, Unknown):
        return False


def _in_full(ports: ConsolePorts, detail: Detail) -> shapes.EscalationInFull:
    summary = shown(ports, detail.summary)
    return shapes.EscalationInFull(
        **summary.model_dump(),
        steps=[shapes.Step.model_validate(s) for s in detail.steps],
        deliveries=[shapes.Delivery.model_validate(d) for d in detail.deliveries],
        evidence=[shapes.Evidence.model_validate(e) for e in detail.evidence],
        brief=dict(detail.brief),
        spoken=detail.spoken,
        what_if=list(detail.what_if),
        policy=str(detail.policy.get("version", "")),
    )


def _fields(summary: Summary) -> dict[str, object]:
    return {**asdict(summary), "reasons": list(summary.reasons)}
