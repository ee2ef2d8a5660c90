"""Ways to a person: the chat they have linked, then the addresses noted for them, in that order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from residents.access import chat_of
from residents.addresses import MOST, channel_of, kind_of
from residents.notifiers import fault_of
from residents.people import Unknown
from residents.tables import ContactRow, CoordinatorRow
from store.audit import audit


@dataclass(frozen=True)
class Way:
    """One way to a person. channel: "telegram" | "apprise" | "webhook"; address: as that channel takes it."""

    channel: str
    address: str = field(repr=False)


def ways(tx: Session, kind: str, id: str) -> tuple[Way, ...]:
    """Every way to this person ("contact" | "coordinator" | "resident"), the first one first; empty for nobody."""
    chat = chat_of(tx, kind, id)
    row = _row(tx, kind, id)
    noted = [Way(channel_of(each), each) for each in (row.notify or [] if row else [])]
    return (Way("telegram", chat), *noted) if chat else tuple(noted)


def set_addresses(
    tx: Session, kind: str, id: str, addresses: Sequence[str], by: str, now: datetime, where: str = ""
) -> bool:
    """Note exactly these addresses for a contact or coordinator; audited by their kinds. False when nothing differs.

    Raises Unknown, and ValueError with the number of the address at fault and why.
    """
    wanted = list(dict.fromkeys(each.strip() for each in addresses if each.strip()))
    if len(wanted) > MOST:
        raise ValueError(f"at most {MOST} addresses a person")
    for number, each in enumerate(wanted, 1):
        if fault := fault_of(each):
            raise ValueError(f"address {number} {fault}")
    row = _row(tx, kind, id)
    if row is None:
        raise Unknown(f"no {kind} {id!r}")
    if wanted == (row.notify or []):
        return False
    row.notify = wanted
    tx.add(row)
    whose = row.resident if isinstance(row, ContactRow) else id
    detail = {"person": id, "kinds": [kind_of(each) for each in wanted]}
    audit(tx, who=by, what="addresses", whose=whose, where=where, now=now, detail=detail)
    return True


def addresses(tx: Session, kind: str, id: str) -> tuple[str, ...]:
    """What is noted for this person besides their chat; holds secrets: show `shown` of each."""
    row = _row(tx, kind, id)
    return tuple(row.notify or []) if row else ()


def _row(tx: Session, kind: str, id: str) -> ContactRow | CoordinatorRow | None:
    if kind == "contact":
        return tx.get(ContactRow, id)
    return tx.get(CoordinatorRow, id) if kind == "coordinator" else None
