"""What the resident decided in a talk, carried out at once and audited: memory, sharing, absence, fewer check-ins."""

from datetime import datetime, time, timedelta

from sqlmodel import Session

from checkins import memory, planning, signs
from checkins.house import House
from checkins.outcomes import (
    Corrected,
    Fewer,
    Forgotten,
    Given,
    GoneAway,
    MailRead,
    Outcome,
    Recalled,
    Replied,
    Unshared,
)
from checkins.plan import WEEKDAYS
from checkins.signs import Said
from checkins.tables import PlanRow
from residents import service as people
from residents.sign import Sign
from store.audit import audit


def carry_out(
    house: House, tx: Session, resident: str, outcome: Outcome, said: Said | None, now: datetime
) -> list[Sign]:
    """Obey one outcome of a talk; what a person must hear of it. Others are not this module's."""
    match outcome:
        case Recalled():
            memory.asked_about(tx, outcome.fact, outcome.verdict, house.local_day(now), house.book.notice)
        case Forgotten():
            memory.forget(house, tx, resident, outcome.facts, resident, now)
        case Given() if said:
            return [_given(house, tx, outcome, said, now)]
        case Corrected():
            memory.correct(tx, resident, outcome.fact, outcome.about, said.text if said else "", now)
        case Unshared():
            _unshared(tx, outcome, resident, now)
        case GoneAway():
            _gone_away(house, tx, resident, outcome, now)
        case MailRead():
            house.family.read(tx, outcome.mail, now)
        case Replied() if said and not house.family.reply(tx, outcome.mail, outcome.text, now):
            return [signs.reported(said, "family_reply", house.words)]
        case Fewer():
            _fewer(house, tx, resident, outcome, now)
    return []


def _given(house: House, tx: Session, outcome: Given, said: Said, now: datetime) -> Sign:
    for topic in outcome.topics:
        people.set_consent(tx, said.resident, topic, True, by=said.resident, now=now)
    names = house.book.script.part("rights.topic")
    return signs.given(said, outcome.topics, ", ".join(names[topic] for topic in outcome.topics), house.words)


def _unshared(tx: Session, outcome: Unshared, resident: str, now: datetime) -> None:
    shared = people.contact(tx, outcome.contact).topics
    left = [topic for topic in shared if topic not in outcome.topics]
    people.set_topics(tx, outcome.contact, left, by=resident, now=now)


def _gone_away(house: House, tx: Session, resident: str, outcome: GoneAway, now: datetime) -> None:
    """Away from the first day (from now, where that is today) to the end of the last. What is being asked goes on to
    its good-bye: they are talking just now."""
    start = max(now, datetime.combine(outcome.first, time(), house.zone))
    end = datetime.combine(outcome.last + timedelta(days=1), time(), house.zone)
    people.set_absence(tx, resident, outcome.reason, start, end, by=resident, now=now)


def _fewer(house: House, tx: Session, resident: str, outcome: Fewer, now: datetime) -> None:
    row = tx.get(PlanRow, resident)
    plan = {**(row.plan if row else {}), "days": [WEEKDAYS[day] for day in outcome.days]}
    if planning.set_plan(house, tx, resident, plan, now):
        audit(tx, who=resident, what="plan", whose=resident, now=now, detail={"plan": plan})
