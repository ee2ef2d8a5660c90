"""What people do with an escalation: take it, confirm it, close it."""

from datetime import datetime

from sqlmodel import Session

from escalations.actor import Actor
from escalations.errors import AlreadyClosed, AlreadyTaken, NotAllowed, NotTaken, UnknownOutcome
from escalations.escalation import State
from escalations.events import Acknowledged, Closed, ContactConfirmed, GivenBack, Outcome, TakenOver, Why
from escalations.house import House
from escalations.ledger import note
from escalations.stepping import happen
from escalations.tables import EscalationRow
from residents import service as people
from residents.people import Unknown
from store.audit import audit


def acknowledge(
    tx: Session, house: House, row: EscalationRow, by: Actor, now: datetime, take_over: bool = False
) -> None:
    """`by` has it from now on. The same person again is a sign of life: reminders begin anew, nobody is told."""
    _must_be_live(row)
    _must_be_allowed(row, by)
    until = house.team(tx).roster.duty_end(by.id, now)
    if row.state == State.ACKNOWLEDGED and row.taken_by == by.id:
        if row.reminders:
            _record(tx, row, "still_on_it", by, now)
        happen(tx, house, row, Acknowledged(by.id, until), now, by)
        return
    if row.state == State.ACKNOWLEDGED and not take_over:
        raise AlreadyTaken(row.taken_name or row.taken_by or "")
    taken_over = row.state == State.ACKNOWLEDGED
    _record(tx, row, "taken_over" if taken_over else "acknowledged", by, now)
    row.taken_name, row.acknowledged_at = by.shown, now
    happen(tx, house, row, TakenOver(by.id, until) if taken_over else Acknowledged(by.id, until), now, by)


def give_back(tx: Session, house: House, row: EscalationRow, by: Actor, now: datetime) -> None:
    """Whoever has it cannot do it after all, or a supervisor takes it from them: everybody is asked anew."""
    _must_be_live(row)
    if row.state != State.ACKNOWLEDGED:
        raise NotTaken(row.id)
    if row.taken_by != by.id and not by.may_overrule:
        raise NotAllowed(by.id)
    given_by = row.taken_by or ""
    note(tx, row, "given_back", now, person=("coordinator", given_by))
    audit(tx, who=by.id, what="escalation given back", whose=row.resident or "", now=now, detail={"id": row.id})
    happen(tx, house, row, GivenBack(given_by), now, by)


def confirm(tx: Session, house: House, row: EscalationRow, contact: str, now: datetime) -> None:
    """A contact will look. Once; the first one's word stands, a second one's is in the ledger."""
    _must_be_live(row)
    try:
        known = people.contact(tx, contact)
    except Unknown as error:
        raise NotAllowed(contact) from error
    if known.resident != row.resident:
        raise NotAllowed(contact)
    if row.confirmed_by == contact:
        return
    note(tx, row, "confirmed", now, person=("contact", contact))
    audit(tx, who=contact, what="escalation confirmed", whose=row.resident or "", now=now, detail={"id": row.id})
    first = row.confirmed_by is None
    happen(tx, house, row, ContactConfirmed(contact), now)
    if first:
        row.confirmed_by, row.confirmed_at = contact, now


def close(
    tx: Session, house: House, row: EscalationRow, by: Actor, outcome: str, words: str, why: str, now: datetime
) -> None:
    """It has ended, as `by` says. Whoever closes what nobody had has taken it too. why: of a false alarm."""
    _must_be_live(row)
    _must_be_allowed(row, by)
    try:
        said = Outcome(outcome)
        because = Why(why) if why and said is Outcome.FALSE_ALARM else None
    except ValueError as error:
        raise UnknownOutcome(outcome, why) from error
    if row.taken_by is None:
        row.taken_name, row.acknowledged_at = by.shown, now
    row.closed_at, row.closed_by, row.closed_name = now, by.id, by.shown
    row.outcome, row.note, row.why = said.value, words or None, because.value if because else None
    _record(tx, row, "closed", by, now, {"outcome": said.value} | ({"why": because.value} if because else {}))
    happen(tx, house, row, Closed(by.id, said), now, by)


def _must_be_live(row: EscalationRow) -> None:
    if row.state == State.CLOSED:
        raise AlreadyClosed(row.id)


def _must_be_allowed(row: EscalationRow, by: Actor) -> None:
    if not by.may_take(row.level):
        raise NotAllowed(by.id)


def _record(
    tx: Session, row: EscalationRow, what: str, by: Actor, now: datetime, detail: dict[str, str] | None = None
) -> None:
    note(tx, row, what, now, person=(by.kind.value, by.id), detail=detail)
    audit(
        tx,
        who=by.id,
        what=f"escalation {what}",
        whose=row.resident or "",
        now=now,
        detail={"id": row.id, **(detail or {})},
    )
