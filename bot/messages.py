"""What relatives leave in words or in their own voice: kept, offered in the resident's next talk (else said at
its end), and answered."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from bot.tables import FamilyMessageRow, FamilyVoiceRow
from checkins.waiting import Mail
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
    rows = _unread(tx, [resident])
    for row in rows:
        row.read_at = now
        post(tx, _order(tx, words, row, channel, address, now), now)
    return len(rows)


@dataclass(frozen=True)
class FamilyMail:
    """For the check-ins: what waits is offered within a talk, and the resident's answer goes back."""

    words: Words

    def waiting(self, tx: Session, residents: Collection[str]) -> Mapping[str, Sequence[Mail]]:
        """Resident → what has not been said yet, the oldest first."""
        found: dict[str, list[Mail]] = defaultdict(list)
        for row in _unread(tx, residents):
            found[row.resident].append(_mail(tx, row))
        return found

    def read(self, tx: Session, id: str, now: datetime) -> None:
        """It has been said."""
        row = tx.get(FamilyMessageRow, id)
        if row is not None:
            row.read_at = now
            tx.add(row)

    def reply(self, tx: Session, id: str, text: str, now: datetime) -> bool:
        """Write the answer into the chat of who left it. False where they have none (any more)."""
        row = tx.get(FamilyMessageRow, id)
        chat = service.chat_of(tx, "contact", row.contact) if row is not None else None
        if row is None or chat is None:
            return False
        called = service.resident(tx, row.resident).called
        post(
            tx,
            Order(
                key=f"{_KEY}{id}:answer:{now.isoformat()}",
                kind="notice",
                channel="telegram",
                address=chat,
                body={"text": self.words.text("bot.family.answered_back", called=called, text=text)},
                person_kind="contact",
                person_id=row.contact,
            ),
            now,
        )
        return True


def _mail(tx: Session, row: FamilyMessageRow) -> Mail:
    try:
        relation = service.contact(tx, row.contact).relation
    except Unknown:
        relation = ""
    return Mail(row.id, relation, row.text, _sound(tx, row.id) or "")


def _sound(tx: Session, message: str) -> str | None:
    return tx.exec(select(FamilyVoiceRow.id).where(FamilyVoiceRow.message == message)).first()


_UNREAD = (
    select(FamilyMessageRow)
    .where(col(FamilyMessageRow.resident).in_(bindparam("residents", expanding=True)))
    .where(col(FamilyMessageRow.read_at).is_(None))
    .order_by(col(FamilyMessageRow.id))
)


def _unread(tx: Session, residents: Collection[str]) -> Sequence[FamilyMessageRow]:
    return tx.exec(_UNREAD, params={"residents": list(residents)}).all()


def unsaid(tx: Session, delivery: DeliveryOut, _now: datetime, final: bool) -> None:
    """For the sender: it did not get through, so it still waits to be read aloud. Other sentences are let go."""
    if not final or not delivery.key.startswith(_KEY):
        return
    row = tx.get(FamilyMessageRow, delivery.key.removeprefix(_KEY).partition(":")[0])
    if row is not None:
        row.read_at = None
        tx.add(row)


def _order(tx: Session, words: Words, row: FamilyMessageRow, channel: str, address: str, now: datetime) -> Order:
    spoken = _sound(tx, row.id)
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
