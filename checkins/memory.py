"""What is remembered of a resident, kept and read. The rules stand in facts.py; rows are sealed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from checkins.facts import Fact, Kind, Notice, State, grown_old, healed_by, merged, noticed
from checkins.house import House
from checkins.script import Script
from checkins.tables import FactRow, TalkRow, TurnRow, WishRow
from speech.meaning import Meaning
from store import changed, new_id
from store.audit import audit

_FACTS = select(FactRow).where(FactRow.resident == bindparam("resident")).order_by(col(FactRow.id).desc())


def facts_of(tx: Session, resident: str) -> tuple[Fact, ...]:
    """All that is remembered, the newest first."""
    return tuple(_fact(row) for row in tx.exec(_FACTS, params={"resident": resident}))


def of_many(tx: Session, residents: Iterable[str]) -> dict[str, tuple[Fact, ...]]:
    """The same for many at once; who has nothing is not in it."""
    found: dict[str, list[Fact]] = defaultdict(list)
    ids = select(FactRow).where(col(FactRow.resident).in_(list(residents))).order_by(col(FactRow.id).desc())
    for row in tx.exec(ids):
        found[row.resident].append(_fact(row))
    return {resident: tuple(facts) for resident, facts in found.items()}


def take_in(
    tx: Session,
    resident: str,
    text: str,
    meaning: Meaning,
    turn: str,
    today: date,
    now: datetime,
    notice: Notice,
    script: Script,
    health: bool,
) -> tuple[Fact, ...]:
    """What an utterance adds, replaces and ends. The facts it spoke of. health: whether health data may be kept."""
    known = facts_of(tx, resident)
    over = healed_by(known, text, meaning, notice, script)
    new = [merged(known, fact) for fact in noticed(text, meaning, turn, today, notice, script)]
    kept = [fact for fact in new if health or not fact.health]
    return tuple(keep(tx, resident, fact, now) for fact in (*over, *kept))


def keep(tx: Session, resident: str, fact: Fact, now: datetime) -> Fact:
    """Write a fact down, anew or over its row; with its id."""
    row = tx.get(FactRow, fact.id) if fact.id else None
    if row is None:
        row = FactRow(id=fact.id or new_id("f"), resident=resident, kind="", topic="", how="", since="", said_at=now)
    if row.turn != fact.turn:
        row.said_at = now
    row.kind, row.topic, row.how, row.about, row.said = fact.kind.value, fact.topic, fact.how, fact.about, fact.said
    row.state, row.turn, row.times = fact.state.value, fact.turn, fact.times
    row.since, row.last = fact.since.isoformat(), fact.at.isoformat()
    row.asked, row.day = _text(fact.asked), _text(fact.day)
    row.held_by = "health" if fact.health else ""
    tx.add(row)
    return replace(fact, id=row.id)


def asked_about(tx: Session, fact_id: str, verdict: str | None, today: date, notice: Notice) -> None:
    """It was asked about. verdict: "better" heals it, None where the answer did not say."""
    row = tx.get(FactRow, fact_id)
    if row is None:
        return
    fact = _fact(row)
    if fact.asked != today:
        fact = replace(fact, asked=today, times=fact.times + 1)
    if (verdict == "better" and fact.kind is Kind.PASSING) or (fact.kind is Kind.PLAN and verdict):
        fact = replace(fact, state=State.HEALED)
    if verdict == "same":
        fact = replace(fact, at=today)
    keep(tx, row.resident, grown_old(fact, today, notice), row.said_at)


def forget(house: House, tx: Session, resident: str, ids: Iterable[str], by: str, now: datetime) -> int:
    """Delete these facts of a resident, the sentences they rest on, and the signs made of these; audited. How many
    there were. A sentence of a talk about a danger, and a sign that a person was told of, stay: others act on them."""
    blank = house.words.text("checkins.forgotten")
    rows = [row for id in ids if (row := tx.get(FactRow, id)) is not None and row.resident == resident]
    for row in rows:
        _blank(tx, row.turn, blank)
        if (wish := tx.get(WishRow, row.id)) is not None:
            tx.delete(wish)
        tx.delete(row)
    if rows:
        house.wellbeing.forget(tx, resident, [row.turn for row in rows if row.turn], now)
        kinds = sorted({row.kind for row in rows})
        audit(tx, who=by, what="memory deleted", whose=resident, now=now, detail={"kinds": kinds, "count": len(rows)})
        changed(tx, "resident", resident, now, memory="deleted")
    return len(rows)


def correct(tx: Session, resident: str, fact_id: str, about: str, said: str, now: datetime) -> None:
    """The resident says what it is really called; audited."""
    row = tx.get(FactRow, fact_id)
    if row is not None and row.resident == resident:
        row.about, row.said = about, said
        tx.add(row)
        audit(tx, who=resident, what="memory corrected", whose=resident, now=now, detail={"kind": row.kind})


def shown(facts: Sequence[Fact], notice: Notice) -> list[str]:
    """As they are told to the resident."""
    return [notice.words(fact) for fact in facts]


def _blank(tx: Session, turn: str, blank: str) -> None:
    row = tx.get(TurnRow, turn) if turn else None
    if row is None:
        return
    talk = tx.get(TalkRow, row.checkin)
    if talk is None or not talk.state.get("red"):
        row.text = blank
        tx.add(row)


def _fact(row: FactRow) -> Fact:
    return Fact(
        kind=Kind(row.kind),
        about=row.about,
        topic=row.topic,
        how=row.how,
        said=row.said,
        since=date.fromisoformat(row.since),
        at=date.fromisoformat(row.last),
        turn=row.turn,
        state=State(row.state),
        asked=_date(row.asked),
        times=row.times,
        day=_date(row.day),
        id=row.id,
    )


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
