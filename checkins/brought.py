"""What is brought to a talk: what relatives left, and what became of wishes. Loaded for many at once."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from checkins import wishes
from checkins.house import House
from checkins.waiting import Mail

NOTHING = wishes.News()
#: more would make a talk long; the rest waits for the next one.
_MAILS = 2


@dataclass(frozen=True)
class Brought:
    """For one resident."""

    mails: tuple[Mail, ...] = ()
    news: wishes.News = NOTHING


def of_many(house: House, tx: Session, residents: Collection[str]) -> dict[str, Brought]:
    """Resident → what is brought, in two queries; who has nothing is not in it."""
    mails, news = house.family.waiting(tx, residents), wishes.news_of(house, tx, residents)
    return {
        id: Brought(tuple(mails.get(id, ())[:_MAILS]), news.get(id, wishes.News()))
        for id in residents
        if id in mails or id in news
    }
