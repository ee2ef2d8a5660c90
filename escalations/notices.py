"""Notices: who has it, who will look, what else has come up, how it ended. Each posted to whom it concerns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from escalations.actor import Actor
from escalations.delivery import State
from escalations.drill import WINDOW
from escalations.events import Outcome, Remind
from escalations.gathering import leaves_at
from escalations.hours import by_day
from escalations.house import House, about, evidence, resident_of
from escalations.ledger import note
from escalations.other_way import key_part
from escalations.outbox import Order, post
from escalations.policy import policies
from escalations.tables import DeliveryRow, EscalationRow
from residents import service as people
from residents.people import Contact
from residents.reach import Way, ways
from residents.sign import Level

#: what a coordinator or contact presses: to take it (or say again that they have it), to take it from somebody.
ACK, TAKE = "ack:", "take:"
#: after any of these what is only news can wait for the end of its stretch of the day.
_TOLD = ("page", "notice")
DRILL_MIN = int(WINDOW.total_seconds() // 60)


@dataclass(frozen=True)
class _Told:
    """A person who was told, and where: the latest message they got with this escalation's button."""

    person: tuple[str, str]
    channel: str
    address: str
    ref: str | None


def tell_paged(tx: Session, house: House, row: EscalationRow, by: Actor, was: str | None, now: datetime) -> None:
    """Everybody who was paged sees who has it; so does who had it before."""
    facts = {"by": by.shown}
    if was is not None:
        facts["was"] = _staff_name(tx, house, was)
    text = house.writer.notice("taken_from" if was else "taken", about(tx, row), now, **facts)
    told = _told(tx, row.id, ("page",))
    if was is not None and ("coordinator", was) not in {t.person for t in told}:
        told += _directly(tx, ("coordinator", was))
    _send(tx, house, row, [t for t in told if t.person[1] != by.id], text, f"taken:{by.id}", now, edit=True)


def tell_confirmed(tx: Session, house: House, row: EscalationRow, contact: Contact, now: datetime) -> None:
    """Staff who were paged see that a contact will look."""
    text = house.writer.notice("confirmed", about(tx, row), now, by=contact.name, relation=contact.relation)
    staff = [t for t in _told(tx, row.id, ("page",)) if t.person[0] != "contact"]
    if row.taken_by is not None and ("coordinator", row.taken_by) not in {t.person for t in staff}:
        staff += _directly(tx, ("coordinator", row.taken_by))
    _send(tx, house, row, staff, text, f"confirmed:{contact.id}", now)


def tell_taker(tx: Session, house: House, row: EscalationRow, now: datetime) -> None:
    """Whoever has it hears of the newest sign, within working hours where it can wait for them. Where they have no
    chat the ledger says so, and what cannot wait is told to everybody on duty instead."""
    person = ("coordinator", row.taken_by or "")
    taker = _directly(tx, person)
    latest = max((sign for sign in evidence(tx, row.id)), key=lambda sign: sign.id or 0)
    level = Level(latest.level)
    waits = level in (Level.WATCH, Level.TECHNICAL)
    told = taker if taker or waits else _on_duty(tx, house, row, now)
    again = level is Level.EMERGENCY
    text = house.writer.notice("again" if again else "more", about(tx, row), now, reasons=f"· {latest.text}")
    soon = policies(row.policy)[level].first_due(now)
    _send(tx, house, row, told, text, f"again:{latest.id}", now, not_before=soon)
    note(tx, row, ("told_again" if again else "told_more") if taker else "unreachable", now, person=person)


def tell_raised(tx: Session, house: House, row: EscalationRow, was: str | None, now: datetime) -> None:
    """Whoever had it, and may be on their way, hears that it is worse, with the button to have it again; who is asked
    first anyway gets the page."""
    if was is None:
        return
    specs, district = policies(row.policy)[Level(row.level)].steps[0].staff, row.district or None
    if any(who.id == was for spec in specs for who in house.team(tx).staff(spec, now, district)):
        return
    text = house.writer.notice("raised", about(tx, row), now, reasons=f"· {evidence(tx, row.id)[0].text}")
    button = {"text": house.words.text("escalations.button"), "data": f"{ACK}{row.id}"}
    _send(tx, house, row, _directly(tx, ("coordinator", was)), text, f"raised:{was}", now, buttons=[button])


def remind(tx: Session, house: House, row: EscalationRow, todo: Remind, now: datetime) -> None:
    """Whoever has it is asked how it stands, with a button that says "still on it"."""
    person = ("coordinator", todo.by)
    text = house.writer.notice("remind", about(tx, row), row.acknowledged_at or now)
    told = _directly(tx, person)
    button = {"text": house.words.text("escalations.still"), "data": f"{ACK}{row.id}"}
    _send(tx, house, row, told, text, f"remind:{todo.times}", now, buttons=[button])
    note(tx, row, "reminded" if told else "unreachable", now, person=person, detail={"times": todo.times})


def hand_over(tx: Session, house: House, row: EscalationRow, by: str, now: datetime) -> None:
    """Their duty is over and it is not closed: whoever is on duty now (else the supervisors) may take it, and they
    themselves are told so. What waited for the morning is theirs still where they are on duty again."""
    person = ("coordinator", by)
    if any(who.id == by for _rank, who in house.team(tx).duty(now, None)):
        return
    name = _staff_name(tx, house, by)
    fresh = [
        told for told in _on_duty(tx, house, row, now) or _supervisors(tx, house, row, now) if told.person != person
    ]
    button = {"text": house.words.text("escalations.take_over"), "data": f"{TAKE}{row.id}"}
    text = house.writer.notice("handed", about(tx, row), row.acknowledged_at or now, by=name)
    _send(tx, house, row, fresh, text, "handed", now, buttons=[button])
    own = house.writer.notice("duty_over", about(tx, row), row.acknowledged_at or now)
    _send(tx, house, row, _directly(tx, person), own, "duty_over", now)
    note(tx, row, "handed", now, person=person, detail={"told": len(fresh)})


def tell_free_again(tx: Session, house: House, row: EscalationRow, by: str, key: str, now: datetime) -> None:
    """Everybody who was told sees that nobody has it; whoever had it, that it was taken from them."""
    text = house.writer.notice(key, about(tx, row), now, by=_staff_name(tx, house, by))
    told = _told(tx, row.id, ("page",))
    if key == "lapsed" and ("coordinator", by) not in {t.person for t in told}:
        told += _directly(tx, ("coordinator", by))
    wanted = [t for t in told if key == "lapsed" or t.person != ("coordinator", by)]
    _send(tx, house, row, wanted, text, f"{key}:{by}", now)


def tell_of_drill(tx: Session, house: House, home: str, drill: str, now: datetime) -> None:
    """The first contact of each resident hears before a drill, so that nobody is frightened by it."""
    for person in people.residents_of_home(tx, home):
        first = next((contact.id for contact in people.contacts(tx, person.id) if contact.emergency), "")
        for way in ways(tx, "contact", first)[:1]:
            text = house.words.text("escalations.notice.drill", name=person.name, minutes=DRILL_MIN)
            order = Order(
                key=f"{drill}/told{key_part(('contact', first), way)}",
                kind="notice",
                channel=way.channel,
                address=way.address,
                body={"text": text},
                person_kind="contact",
                person_id=first,
                expires_at=now + WINDOW,  # told too late it would make a drill of what is real
            )
            post(tx, order, now)


def all_clear(tx: Session, house: House, row: EscalationRow, by: Actor, outcome: Outcome, now: datetime) -> None:
    """Everybody who was told hears how it ended."""
    said = house.writer.outcome(outcome.value)
    text = house.writer.notice(
        "closed_drill" if row.drill else "closed", about(tx, row), now, outcome=said, by=by.shown
    )
    told = _told(tx, row.id, ("page", "notice"))
    _send(tx, house, row, [t for t in told if t.person[1] != by.id], text, "closed", now)


def late_answer(tx: Session, house: House, row: EscalationRow, now: datetime) -> None:
    """Everybody who was told of a miss hears that an answer came after all. The escalation stays open for a person."""
    text = house.writer.notice("answered_late", about(tx, row), now)
    _send(tx, house, row, _told(tx, row.id, ("page",)), text, "answered_late", now, waits=False)
    note(tx, row, "answered_late", now)


def _told(tx: Session, escalation: str, kinds: tuple[str, ...]) -> list[_Told]:
    """Everybody who got (or may have got) one of these, once at each address; `ref`: the page with the button."""
    arrived = or_(DeliveryRow.state == State.SENT, col(DeliveryRow.in_flight), col(DeliveryRow.again) > 0)
    rows = tx.exec(
        select(DeliveryRow)
        .where(DeliveryRow.escalation == escalation, col(DeliveryRow.kind).in_(kinds), arrived)
        .order_by(col(DeliveryRow.posted_at), col(DeliveryRow.id))
    )
    found: dict[tuple[str, str, str], _Told] = {}
    for row in rows:
        key = (row.person_kind, row.person_id, row.address)
        before = found.get(key)
        ref = row.receipt if row.kind == "page" else (before.ref if before else None)
        found[key] = _Told((row.person_kind, row.person_id), row.channel, row.address, ref)
    return list(found.values())


def _on_duty(tx: Session, house: House, row: EscalationRow, now: datetime) -> list[_Told]:
    """Everybody on duty who can be reached."""
    district = whom.district if (whom := resident_of(tx, row)) else None
    return [
        told for _rank, who in house.team(tx).duty(now, district) for told in _directly(tx, ("coordinator", who.id))
    ]


def _supervisors(tx: Session, house: House, row: EscalationRow, now: datetime) -> list[_Told]:
    found = house.team(tx).staff("supervisor", now, row.district or None)
    return [told for who in found for told in _directly(tx, ("coordinator", who.id))]


def _directly(tx: Session, person: tuple[str, str]) -> list[_Told]:
    found = ways(tx, *person) if person[1] else ()
    return [_Told(person, way.channel, way.address, None) for way in found[:1]]


def _send(
    tx: Session,
    house: House,
    row: EscalationRow,
    told: list[_Told],
    text: str,
    about_what: str,
    now: datetime,
    edit: bool = False,
    not_before: datetime | None = None,
    buttons: Sequence[Mapping[str, str]] = (),
    waits: bool = True,
) -> None:
    """Post it to each. What can wait leaves by day, and for staff together with what else there is; but for an edit:
    it makes no sound. waits: False for what somebody on their way must hear at once."""
    policy = policies(row.policy)[Level(row.level)]
    day = by_day(now, policy.hours.timezone) if policy.calm else now
    for number, one in enumerate(told):
        kind, id = one.person
        edit_of = one.ref if edit else None
        body: dict[str, object] = {"text": text} | ({"buttons": list(buttons)} if buttons else {})
        at = not_before or day
        if edit_of:
            body |= {"edit": True, "ref": edit_of}
            at = not_before or now
        elif policy.calm and waits and kind == "coordinator":
            body["line"] = text
            at = leaves_at(tx, house, policy, id, not_before or now, _TOLD)
        whom = key_part((kind, id or str(number)), Way(one.channel, one.address))
        order = Order(
            key=f"{row.id}/{about_what}/{now.isoformat()}{whom}",
            kind="notice",
            channel=one.channel,
            address=one.address,
            body=body,
            person_kind=kind,
            person_id=id,
            escalation=row.id,
            level=Level(row.level),
            not_before=at,
        )
        post(tx, order, now)


def _staff_name(tx: Session, house: House, id: str) -> str:
    names = {who.id: who.name for who in house.team(tx).coordinators}
    return names.get(id) or house.words.text("escalations.somebody")
