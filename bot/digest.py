"""The calm daily digest for relatives who share in the resident's days: once an evening, never when muted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from bot import news
from bot.family import muted
from bot.house import House
from escalations.outbox import Order, post
from residents import service
from residents.people import Contact

#: local hours in which the day is told; nobody is told at night of a day that is over.
FROM_HOUR, UNTIL_HOUR = 19, 21


def is_time(house: House, now: datetime) -> bool:
    """Whether the evening's digests may leave now."""
    return FROM_HOUR <= now.astimezone(house.zone).hour < UNTIL_HOUR


def post_digests(tx: Session, house: House, residents: Sequence[str], now: datetime) -> int:
    """Post the day to the relatives of these residents; a second call on the same day posts nothing. How many were due.

    A few residents a call: it reads their scores and check-ins within one transaction.
    """
    due = [one for id in residents for one in service.contacts(tx, id) if _wanted(tx, house, one, now)]
    for contact in due:
        chat = service.chat_of(tx, "contact", contact.id)
        if chat is not None:
            post(tx, _order(tx, house, contact, chat, now), now)
    return len(due)


def _wanted(tx: Session, house: House, contact: Contact, now: datetime) -> bool:
    return bool(news.told(tx, house, contact, now)) and not muted(tx, contact.id, now)


def _order(tx: Session, house: House, contact: Contact, chat: str, now: datetime) -> Order:
    return Order(
        key=f"digest:{contact.id}:{house.today(now).isoformat()}",
        kind="digest",
        channel="telegram",
        address=chat,
        body={"text": news.today(tx, house, contact, now)},
        person_kind="contact",
        person_id=contact.id,
        expires_at=now + timedelta(hours=UNTIL_HOUR - FROM_HOUR),
    )
