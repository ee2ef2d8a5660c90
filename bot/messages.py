"""What relatives leave in words or in their own voice: kept, and said once at the end of the resident's next talk."""

import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.tables import FamilyMessageRow, FamilyVoiceRow
from escalations.channel import DeliveryOut
from escalations.outbox import Order, post
from prompts import Words
from residents import service
from residents.people import Unknown
from speech.kept import Packed
from store import new_id

_KEY = "family-message:"
#: what could not be said by then (the speaker is gone) is said at the next talk instead.
_UNSAID = timedelta(minutes=10)


def keep(tx: Session, resident: str, contact: str, text: str, now: datetime) -> str:
    """Keep a message for the next talk; its id."""
    row = FamilyMessageRow(id=new_id("fm"), resident=resident, contact=contact, text=text, at=now)
    tx.add(row)
    return row.id


def keep_voice(tx: Session, resident: str, contact: str, voice: Packed, now: datetime) -> str:
    """The same for what they have spoken."""
    id = keep(tx, resident, contact, "", now)
    tx.add(FamilyVoiceRow(id=secrets.token_hex(32), message=id, seconds=voice.seconds, sound=voice.ogg))
    return id


def voice(tx: Session, id: str) -> Packed | None:
    """The sound behind the id that a delivery's `sound` names; None where there is none any more."""
    row = tx.get(FamilyVoiceRow, id)
    return None if row is None else Packed(row.sound, row.seconds)


def read_aloud(tx: Session, words: Words, resident: str, channel: str, address: str, now: datetime) -> int:
    """Say what is waiting where the resident talks just now; call it when a talk ends. How many were said."""
    rows = tx.exec(
        select(FamilyMessageRow)
        .where(FamilyMessageRow.resident == resident, col(FamilyMessageRow.read_at).is_(None))
        .order_by(col(FamilyMessageRow.id))
    ).all()
    for row in rows:
        row.read_at = now
        post(tx, _order(tx, words, row, channel, address, now), now)
    return len(rows)


def unsaid(tx: Session, delivery: DeliveryOut, _now: datetime, final: bool) -> None:
    """For the sender: it did not get through, so it still waits to be read aloud. Other sentences are let go."""
    if not final or not delivery.key.startswith(_KEY):
        return
    row = tx.get(FamilyMessageRow, delivery.key.removeprefix(_KEY).partition(":")[0])
    if row is not None:
        row.read_at = None
        tx.add(row)


def _order(tx: Session, words: Words, row: FamilyMessageRow, channel: str, address: str, now: datetime) -> Order:
    spoken = tx.exec(select(FamilyVoiceRow.id).where(FamilyVoiceRow.message == row.id)).first()
    body: dict[str, object] = {"text": _sentence(tx, words, row, "voice" if spoken else "message"), "listen": False}
    return Order(
        key=f"{_KEY}{row.id}:{now.isoformat()}",
        kind="say",
        channel=channel,
        address=address,
        body=body | {"sound": spoken} if spoken else body,
        person_kind="resident",
        person_id=row.resident,
        expires_at=now + _UNSAID,
    )


def _sentence(tx: Session, words: Words, row: FamilyMessageRow, kind: str) -> str:
    try:
        contact = service.contact(tx, row.contact)
    except Unknown:
        return words.text(f"bot.family.{kind}_read_unnamed", text=row.text)
    return words.text(f"bot.family.{kind}_read", name=contact.name, relation=contact.relation, text=row.text)
