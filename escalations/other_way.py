"""The next way to the same person, where one is refused or slow: from the chat to e-mail, from e-mail to SMS."""

from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, select

from escalations.channel import DeliveryOut
from escalations.outbox import Order, post
from escalations.tables import DeliveryRow
from residents.reach import Way, ways
from residents.sign import Level


def key_part(person: tuple[str, str], way: Way) -> str:
    """What tells deliveries of one step apart: the person, and of their addresses which."""
    kind, id = person
    number = "" if way.channel == "telegram" else f"-{sha256(way.address.encode()).hexdigest()[:12]}"
    return f"/{kind}:{id}/{way.channel}{number}"


def go_another_way(tx: Session, failed: DeliveryOut, now: datetime) -> str | None:
    """Post the same to this person by the next way that was not tried for it; its channel, None where none is left."""
    if not failed.person_id or failed.person_kind == "resident":
        return None
    person = (failed.person_kind, failed.person_id)
    stem = failed.key.removesuffix(key_part(person, Way(failed.channel, failed.address)))
    for way in ways(tx, *person):
        key = stem + key_part(person, way)
        known = tx.exec(select(DeliveryRow.id).where(DeliveryRow.idempotency_key == key)).first()
        if known is None and (way.channel, way.address) != (failed.channel, failed.address):
            post(tx, _again(failed, key, way), now)
            return way.channel
    return None


def refused(tx: Session, delivery: DeliveryOut, now: datetime, final: bool) -> None:
    """For the sender: a notice was refused for good; the same person hears of it by their next way."""
    if final:
        go_another_way(tx, delivery, now)


def _again(failed: DeliveryOut, key: str, way: Way) -> Order:
    body = {name: value for name, value in failed.body.items() if name not in ("edit", "ref")}
    return Order(
        key=key,
        kind=failed.kind,
        channel=way.channel,
        address=way.address,
        body=body,
        person_kind=failed.person_kind,
        person_id=failed.person_id,
        escalation=failed.escalation,
        checkin=failed.checkin,
        level=Level(failed.level) if failed.level else None,
        expires_at=failed.expires_at,
        step=failed.step,
    )
