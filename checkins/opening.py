"""A fresh talk for a check-in: what is due today, what is remembered, and what somebody has left."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from checkins import memory, screening, scripts
from checkins.brought import Brought
from checkins.brought import of_many as brought_to
from checkins.checkin import Origin
from checkins.conversing import Conversation, acquaintance
from checkins.facts import Fact, Kind, to_ask
from checkins.house import House
from checkins.script import ANSWERED_BY
from checkins.seen import SPOKEN_OF, Spared, spared
from checkins.tables import AcquaintanceRow, CheckInRow, TalkRow
from checkins.talk import Recall, Talk
from checkins.waiting import offers
from checkins.wishes import News
from residents.people import Resident

#: talks that take up what was said before; a silent home and a coordinator ask for today alone.
_REMEMBERING = frozenset({"plan", "return", "request", "resident"})


def begin(
    house: House, tx: Session, row: CheckInRow, person: Resident, where: tuple[str, str], health: bool, now: datetime
) -> Conversation:
    """A fresh talk for a check-in (again where an earlier one of it was closed)."""
    known = acquaintance(tx, person.id)
    facts = memory.facts_of(tx, person.id)
    more = brought_to(house, tx, [person.id]).get(person.id)
    # only what such a talk may need is asked for: nothing is due in one that the resident begins
    form = screening.due(tx, [person.id], now).get(person.id, "") if row.origin == Origin.PLAN.value else ""
    seen = house.seen_today(tx, [person.id], now).get(person.id, ()) if row.origin != Origin.RESIDENT.value else ()
    held = tx.get(TalkRow, row.id)
    return begin_with(house, tx, row, person, where, health, now, known, held, facts, form, more, seen)


def begin_with(
    house: House,
    tx: Session,
    row: CheckInRow,
    person: Resident,
    where: tuple[str, str],
    health: bool,
    now: datetime,
    known: AcquaintanceRow | None,
    held: TalkRow | None,
    facts: tuple[Fact, ...] = (),
    form: str = "",
    brought: Brought | None = None,
    seen: Collection[str] = (),
) -> Conversation:
    """The same with what a sweep has already loaded for many. form: the instrument that is due; seen: what the home has
    shown of today."""
    channel, address = where
    form = form if health and row.origin == Origin.PLAN.value and form in house.book.forms.instruments else ""
    recalls = _recalls(house, facts, now) if row.origin in _REMEMBERING else ()
    news = brought.news if brought and row.origin in _REMEMBERING else News()
    mails = brought.mails if brought and row.origin in _REMEMBERING else ()
    today = house.local_day(now).toordinal() + sum(person.id.encode())  # other wordings each day, for each person
    due = _due(house, row, person, health, now, "short" if form else row.script, known, seen)
    fresh = Talk(
        called=person.called or person.name,
        channel=channel,
        agenda=(*_agenda(due.topics, recalls), *offers(mails)),
        skipped=due.skipped,
        mails=mails,
        news=news.text,
        news_of=news.wishes,
        recalls=recalls,
        people=_someone(facts, Kind.PERSON, now),
        place=_someone(facts, Kind.PLACE, now),
        said=_lately(house, known, now),
        form=form,
        formal=person.formal,
        turn=today,
        day=today,
        introduced=(known is not None and known.introduced_at is not None) or met_before(held),
    )
    held = held or TalkRow(checkin=row.id, resident=row.resident, state={}, opened_at=now)
    held.scripts = scripts.number(tx)
    held.channel, held.address, held.home, held.open, held.opened_at = channel, address, person.home, True, now
    return Conversation(house, tx, row, held, fresh)


def met_before(held: TalkRow | None) -> bool:
    """Whether an earlier talk of this check-in was heard by the resident, who so knows who is speaking."""
    if held is None or not held.sentences or held.heard_at is None:
        return False
    return bool(held.state.get("introduced")) and held.state.get("ended") != "someone_else"


def _due(
    house: House,
    row: CheckInRow,
    person: Resident,
    health: bool,
    now: datetime,
    script: str,
    known: AcquaintanceRow | None,
    seen: Collection[str],
) -> Spared:
    """The topics due today, without those that the home has shown."""
    if row.origin == "resident":
        return Spared((), ())
    has = {"health"} if health else set()
    if health and person.medicines:
        has.add("medicines")
    words, today = house.book.script, house.local_day(now)
    topics = words.agenda(script, today, frozenset(has))
    return spared(topics, seen, known.said if known else {}, today, words.part("seen"))


def _agenda(topics: Sequence[str], recalls: tuple[Recall, ...]) -> tuple[str, ...]:
    """The questions of these topics, in order: what is remembered in place of its topic, or before all; wishes last."""
    of_topic = {recall.topic: f"recall.{recall.id}" for recall in recalls if not recall.about}
    first = tuple(f"recall.{recall.id}" for recall in recalls if recall.about)
    told = [of_topic.pop(ANSWERED_BY[topic], topic) for topic in topics if topic != "wishes"]
    return (*first, *of_topic.values(), *told, *(topic for topic in topics if topic == "wishes"))


def _recalls(house: House, facts: tuple[Fact, ...], now: datetime) -> tuple[Recall, ...]:
    due = to_ask(facts, house.local_day(now), house.book.notice)
    today = house.local_day(now)
    return tuple(Recall(fact.id, fact.how, fact.topic, fact.about, (today - fact.at).days) for fact in due)


def _someone(facts: tuple[Fact, ...], kind: Kind, now: datetime) -> str:
    """One of the people, or places, that are known of; another one each day; "" for none."""
    named = sorted({fact.about for fact in facts if fact.kind is kind})
    return named[now.toordinal() % len(named)] if named else ""


def _lately(house: House, known: AcquaintanceRow | None, now: datetime) -> tuple[str, ...]:
    since = house.local_day(now) - timedelta(days=int(house.book.script.limits["advice_days"]))
    said = known.said.items() if known else ()
    return tuple(key for key, day in said if day > since.isoformat() and not key.startswith(SPOKEN_OF))
