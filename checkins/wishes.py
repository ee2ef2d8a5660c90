"""Wishes as tasks: who sees to it until when, what became of it, and that the resident is told at the next talk.

A wish is also a fact ("wish"), and its sign a task in the queue.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from checkins import scripts, signs
from checkins.facts import Fact, State
from checkins.house import House
from checkins.script import Script
from checkins.tables import FactRow, WishRow
from residents.service import resident as known_resident
from store import changed
from store.audit import audit

#: a wish is seen to within so many days, unless a person sets another day.
_DAYS = 3
#: the sentence and the answer are cut to what can be said in one breath.
_SAID, _ANSWER = 60, 200


class Outcome(StrEnum):
    """What became of a wish."""

    OPEN = "open"  # somebody is seeing to it
    DONE = "done"  # it was done
    NOT_POSSIBLE = "not_possible"  # it cannot be done, and a person explains


@dataclass(frozen=True)
class WishShown:
    """A wish as the control centre shows it. answer: what the resident is told; told_at: None until they were."""

    id: str
    said: str
    asked_at: datetime
    due_on: date
    owner: str
    outcome: Outcome
    answer: str
    told_at: datetime | None
    escalation: str | None
    overdue: bool


@dataclass(frozen=True)
class News:
    """What the greeting tells of wishes, and of which."""

    text: str = ""
    wishes: tuple[str, ...] = ()


def opened(house: House, tx: Session, fact: Fact, resident: str, escalation: str | None, now: datetime) -> None:
    """A wish was heard: it is due in a few days, and whoever is on duty first owns it until another does."""
    if tx.get(WishRow, fact.id) is not None:
        return
    person = known_resident(tx, resident)
    duty = house.wellbeing.escalations.on_duty(tx, now, person.district or None)
    due = house.local_day(now) + timedelta(days=_DAYS)
    owner = duty[0][1] if duty else ""
    tx.add(
        WishRow(
            fact=fact.id, resident=resident, asked_at=now, due_on=due.isoformat(), owner=owner, escalation=escalation
        )
    )


def of_resident(house: House, tx: Session, resident: str, now: datetime) -> list[WishShown]:
    """A resident's wishes, the newest first."""
    rows = tx.exec(
        select(WishRow, FactRow)
        .join(FactRow, col(FactRow.id) == col(WishRow.fact))
        .where(WishRow.resident == resident)
        .order_by(col(WishRow.asked_at).desc())
    ).all()
    today = house.local_day(now)
    return [_shown(wish, fact.said, today) for wish, fact in rows]


def settle(
    house: House,
    tx: Session,
    resident: str,
    wish: str,
    outcome: str,
    answer: str,
    due_on: date | None,
    by: str,
    now: datetime,
) -> bool:
    """A person notes what became of a wish, or another day or owner (themselves). False where there is no such wish.

    outcome: open|done|not_possible. Raises ValueError for another one.
    """
    row = tx.get(WishRow, wish)
    if row is None or row.resident != resident:
        return False
    row.outcome = Outcome(outcome).value
    row.answer, row.owner = answer.strip()[:_ANSWER], by
    row.due_on = due_on.isoformat() if due_on else row.due_on
    row.settled_at = None if outcome == Outcome.OPEN else now
    row.told_at = None
    tx.add(row)
    audit(tx, who=by, what="wish", whose=resident, now=now, detail={"wish": wish, "outcome": outcome})
    changed(tx, "resident", resident, now, wish=outcome)
    return True


_UNTOLD = (
    select(WishRow, FactRow)
    .join(FactRow, col(FactRow.id) == col(WishRow.fact))
    .where(col(WishRow.resident).in_(bindparam("residents", expanding=True)))
    .where(col(WishRow.told_at).is_(None), WishRow.outcome != Outcome.OPEN)
    .order_by(col(WishRow.asked_at))
)


def news_of(house: House, tx: Session, residents: Collection[str]) -> dict[str, News]:
    """Resident → what to tell at the next talk; who has nothing to hear is not in it. One query for many."""
    rows = tx.exec(_UNTOLD, params={"residents": list(residents)}).all()
    found: dict[str, News] = {}
    for wish, fact in rows:
        before = found.get(wish.resident, News())
        if len(before.wishes) < 2:
            script = scripts.book(house, tx, scripts.number(tx)).script
            text = f"{before.text} {_told(wish, fact.said, script)}".strip()
            found[wish.resident] = News(text, (*before.wishes, wish.fact))
    return found


def told(tx: Session, wishes: Sequence[str], now: datetime) -> None:
    """The resident has heard what became of them."""
    for id in wishes:
        row = tx.get(WishRow, id)
        if row is not None and row.told_at is None:
            row.told_at = now
            tx.add(row)
            if (fact := tx.get(FactRow, id)) is not None:
                fact.state = State.HEALED.value
                tx.add(fact)


def remind(house: House, tx: Session, now: datetime, limit: int = 100) -> int:
    """Wishes whose day has passed without an outcome become a task once. How many there were."""
    today = house.local_day(now).isoformat()
    late = select(WishRow, FactRow).join(FactRow, col(FactRow.id) == col(WishRow.fact))
    late = late.where(WishRow.outcome == Outcome.OPEN, WishRow.due_on < today, col(WishRow.reminded_at).is_(None))
    rows = tx.exec(late.limit(limit)).all()
    for wish, fact in rows:
        wish.reminded_at = now
        tx.add(wish)
        home = known_resident(tx, wish.resident).home
        said = signs.Said(f"{wish.fact}:late", wish.resident, home, fact.said, now, wish.fact)
        house.wellbeing.take(tx, [signs.reported(said, "wish_late", house.words)], now)
    return len(rows)


def _told(wish: WishRow, said: str, script: Script) -> str:
    key = f"news.{wish.outcome}" + ("_answer" if wish.answer else "")
    short = said if len(said) <= _SAID else said[:_SAID].rsplit(" ", 1)[0] + "…"
    answer = wish.answer if wish.answer.endswith((".", "!", "?", "…")) or not wish.answer else f"{wish.answer}."
    return script.say(key, 0, said=short.rstrip(" .!?"), answer=answer)


def _shown(wish: WishRow, said: str, today: date) -> WishShown:
    due, outcome = date.fromisoformat(wish.due_on), Outcome(wish.outcome)
    return WishShown(
        id=wish.fact,
        said=said,
        asked_at=wish.asked_at,
        due_on=due,
        owner=wish.owner,
        outcome=outcome,
        answer=wish.answer,
        told_at=wish.told_at,
        escalation=wish.escalation,
        overdue=outcome is Outcome.OPEN and due < today,
    )
