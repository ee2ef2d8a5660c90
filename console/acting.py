"""What a caller changes: acknowledge, close, ask how somebody is, note an absence. Faults become problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlmodel import Session

from console import checkins_read, escalations_read, residents_read, shapes
from console.access import Caller
from console.gate import must_act
from console.ports import ConsolePorts
from console.problems import Problem
from escalations.errors import AlreadyClosed, AlreadyTaken, NoSuchEscalation, NotAllowed, NotTaken, UnknownOutcome
from residents import service as people
from residents.sign import Level


def acknowledge(
    tx: Session, ports: ConsolePorts, caller: Caller, id: str, take_over: bool, where: str, now: datetime
) -> shapes.Escalation:
    """The caller has it. Raises 403, 404, 409."""
    _must_take_something(caller)
    _must_take(caller, escalations_read.one(tx, ports, caller, id).level)
    with told(ports):
        tx.info["where"] = where
        return escalations_read.shown(ports, ports.escalations.acknowledge(tx, id, caller.actor(), now, take_over))


def close(
    tx: Session, ports: ConsolePorts, caller: Caller, id: str, said: shapes.Close, where: str, now: datetime
) -> shapes.Escalation:
    """Close it with an outcome. Raises 403, 404, 409, 422."""
    _must_take_something(caller)
    _must_take(caller, escalations_read.one(tx, ports, caller, id).level)
    with told(ports):
        tx.info["where"] = where
        done = ports.escalations.close(tx, id, caller.actor(), said.outcome, said.note, now, said.why)
        return escalations_read.shown(ports, done)


def give_back(
    tx: Session, ports: ConsolePorts, caller: Caller, id: str, where: str, now: datetime
) -> shapes.Escalation:
    """Whoever has it cannot do it: everybody is asked anew. Raises 403, 404, 409."""
    _must_take_something(caller)
    _must_take(caller, escalations_read.one(tx, ports, caller, id).level)
    with told(ports):
        tx.info["where"] = where
        return escalations_read.shown(ports, ports.escalations.give_back(tx, id, caller.actor(), now))


@contextmanager
def told(ports: ConsolePorts) -> Iterator[None]:
    """The escalations' faults as problems, with a sentence for the person at the screen."""

    def say(key: str, **values: object) -> str:
        return ports.words.text(f"console.escalation.{key}", **values)

    try:
        yield
    except NoSuchEscalation:
        raise Problem(404, "no-such-escalation", "There is no such escalation.") from None
    except AlreadyTaken as fault:
        detail = "Somebody else has taken it; say take_over to take it from them."
        raise Problem(
            409, "already-taken", detail, acknowledged_by=fault.by, said=say("taken_by", name=fault.by)
        ) from None
    except NotTaken:
        raise Problem(409, "not-taken", "Nobody has this escalation.", said=say("not_taken")) from None
    except AlreadyClosed:
        raise Problem(409, "already-closed", "This escalation has been closed.", said=say("already_closed")) from None
    except NotAllowed:
        raise Problem(403, "not-allowed", "This role cannot take it.", said=say("not_allowed")) from None
    except UnknownOutcome:
        raise Problem(422, "unknown-outcome", "The outcome is unknown.", said=say("bad_outcome")) from None


def _must_take_something(caller: Caller) -> None:
    """Whoever can take nothing learns nothing, not even whether it exists."""
    if not any(caller.may_take(level) for level in Level):
        raise Problem(403, "not-allowed", "This role cannot take it.")


def _must_take(caller: Caller, level: str) -> None:
    if not caller.may_take(level):
        must_act(caller)
        raise Problem(403, "not-allowed", "This role cannot take it.")


def start_checkin(
    tx: Session, ports: ConsolePorts, caller: Caller, id: str, where: str, now: datetime
) -> shapes.CheckIn:
    """Ask a resident now. Raises 403, 404, and 409 while one runs."""
    must_act(caller)
    found = residents_read.resident_of(tx, caller, id)
    tx.info["where"] = where
    return checkins_read.start(tx, ports, found.id, caller.id, now)


def set_absence(
    tx: Session, ports: ConsolePorts, caller: Caller, id: str, reason: str, end: datetime, where: str, now: datetime
) -> None:
    """The resident is away from now until `end`. Raises 403, 404, and ValueError for an end that has passed."""
    must_act(caller)
    residents_read.resident_of(tx, caller, id)
    tx.info["where"] = where
    people.set_absence(tx, id, reason, now, end, caller.id, now)
    ports.checkins.cancel_for_absence(tx, id, now)


def end_absence(tx: Session, caller: Caller, id: str, where: str, now: datetime) -> None:
    """The resident is back. Raises 403, 404."""
    must_act(caller)
    residents_read.resident_of(tx, caller, id)
    tx.info["where"] = where
    people.end_absence(tx, id, caller.id, now)
