"""Moving an escalation: decide, carry out, save, all in the caller's transaction."""

from datetime import datetime

import structlog
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, select

from escalations.actor import SERVICE, Actor
from escalations.channel import DeliveryOut
from escalations.delivery import State as DeliveryState
from escalations.escalation import Escalation, State, decide
from escalations.events import (
    AllClear,
    AskAgain,
    Event,
    HandOver,
    Lapsed,
    Page,
    PageFailed,
    Raised,
    Remind,
    StepDue,
    StopPages,
    TellConfirmed,
    TellGivenBack,
    TellPaged,
    TellTaker,
    Todo,
)
from escalations.house import House
from escalations.keeping import load, save, show
from escalations.ledger import note
from escalations.notices import (
    all_clear,
    hand_over,
    remind,
    tell_confirmed,
    tell_free_again,
    tell_paged,
    tell_raised,
    tell_taker,
)
from escalations.other_way import go_another_way
from escalations.outbox import cancel
from escalations.paging import take_step
from escalations.tables import DeliveryRow, EscalationRow
from residents import service as people
from residents.sign import Level
from store import claim, fault
from store.leases import LEASE

log = structlog.get_logger(__name__)

#: who holds the rows of a sweep; they are decided and saved in the claiming transaction, so a name is enough.
SWEEP = "sweep"


def happen(tx: Session, house: House, row: EscalationRow, event: Event, now: datetime, by: Actor = SERVICE) -> None:
    """An event for one escalation: the new state, what is to be done, and every step that is then due."""
    state, todo = decide(load(row), event, now)
    save(tx, row, state)
    for each in todo:
        carry_out(tx, house, row, each, now, by)
    run_due(tx, house, row, state, now)
    show(tx, row, now)


def run_due(tx: Session, house: House, row: EscalationRow, state: Escalation, now: datetime) -> None:
    """Take every step that is due. A step that reaches nobody is followed by the next at once; a round's end waits."""
    while state.state is not State.CLOSED and state.due_at is not None and state.due_at <= now:
        state, todo = decide(state, StepDue(), now)
        save(tx, row, state)
        for each in todo:
            if not carry_out(tx, house, row, each, now, SERVICE):
                state, _ = decide(state, PageFailed(state.serial), now)
        save(tx, row, state)


def carry_out(tx: Session, house: House, row: EscalationRow, todo: Todo, now: datetime, by: Actor) -> bool:
    """Do one thing. False only for a step that reached nobody."""
    match todo:
        case Page():
            return take_step(tx, house, row, todo, now)
        case AskAgain():
            note(tx, row, "round", now)
        case Raised():
            note(tx, row, "raised", now, detail={"level": todo.level.value})
            tell_raised(tx, house, row, todo.was, now)
        case StopPages():
            _stop_pages(tx, row, todo, now)
        case TellPaged():
            tell_paged(tx, house, row, by, todo.was, now)
        case TellTaker():
            tell_taker(tx, house, row, now)
        case Remind():
            remind(tx, house, row, todo, now)
        case HandOver():
            hand_over(tx, house, row, todo.by, now)
        case Lapsed():
            note(tx, row, "lapsed", now, person=("coordinator", todo.by))
            tell_free_again(tx, house, row, todo.by, "lapsed", now)
        case TellGivenBack():
            tell_free_again(tx, house, row, todo.by, "given_back", now)
        case TellConfirmed():
            tell_confirmed(tx, house, row, people.contact(tx, todo.by), now)
        case AllClear():
            all_clear(tx, house, row, by, todo.outcome, now)
    return True


def _stop_pages(tx: Session, row: EscalationRow, todo: StopPages, now: datetime) -> None:
    if not todo.contacts_only:
        cancel(tx, now, escalation=row.id, kinds=("page",))
        return
    waiting = select(DeliveryRow.person_id).where(
        DeliveryRow.escalation == row.id, DeliveryRow.person_kind == "contact", DeliveryRow.kind == "page"
    )
    for contact in set(tx.exec(waiting)):
        cancel(tx, now, escalation=row.id, kinds=("page",), person=("contact", contact))


def sweep(tx: Session, house: House, now: datetime, real: datetime, limit: int) -> int:
    """Take the due steps of up to `limit` escalations. One that fails is held back 30 s and stops no other."""
    rows = claim(tx, EscalationRow, now=now, real=real, holder=SWEEP, limit=limit)
    tx.flush()
    if rows:
        fault.at("step")
    for row in rows:
        try:
            with tx.begin_nested():
                run_due(tx, house, row, load(row), now)
                show(tx, row, now)
        except StaleDataError:
            raise  # somebody else saved it first: the whole sweep is run again
        except Exception:
            log.exception("escalation step failed", escalation=row.id, again_after_s=LEASE.total_seconds())
    return len(rows)


def page_failed(tx: Session, house: House, delivery: DeliveryOut, now: datetime, final: bool) -> None:
    """A page was refused (final) or is slow: the same person is paged by their next way. Where there is none and the
    step reaches nobody else, the next step is taken at once; a slow page holds up only emergencies."""
    row = tx.get(EscalationRow, delivery.escalation) if delivery.escalation else None
    if row is None or row.state == State.CLOSED:
        return
    person = (delivery.person_kind, delivery.person_id)
    other = go_another_way(tx, delivery, now) if row.state == State.OPEN else None
    if other is not None:
        note(tx, row, "other_way", now, person=person, channel=other, detail={"instead_of": delivery.channel})
        return
    if not final and row.level != Level.EMERGENCY:
        return
    what = "page_failed" if final else "page_delayed"
    note(tx, row, what, now, person=person, channel=delivery.channel, detail={"attempt": delivery.attempt})
    if delivery.step is not None and not _somebody_else(tx, delivery):
        happen(tx, house, row, PageFailed(delivery.step), now)


def _somebody_else(tx: Session, failed: DeliveryOut) -> bool:
    """Whether the step still has hope without this one: another page of it that has arrived or is on a first attempt.

    A contact who was paged beside staff is no reason to wait, nor is a failed one a reason to go on.
    """
    rows = tx.exec(
        select(DeliveryRow).where(
            DeliveryRow.escalation == failed.escalation, DeliveryRow.step == failed.step, DeliveryRow.kind == "page"
        )
    ).all()
    staff = [row for row in rows if row.person_kind == "coordinator"]
    if staff and failed.person_kind != "coordinator":
        return True
    waited_for = staff or [row for row in rows if row.person_kind == "contact"]
    hopeful = (DeliveryState.SENT, DeliveryState.WAITING)
    return any(row.state in hopeful and row.last_error is None for row in waited_for if row.id != failed.id)
