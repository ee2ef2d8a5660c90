"""What a relative may hear of a day or a week: only what the resident shares with this one, and never what was said."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from bot.house import House
from bot.week import Day, Week
from checkins.reading import CheckInShown
from residents import service
from residents.people import Consent, Contact, Resident, Topic
from wellbeing.score import GOOD, MIXED, Score

#: which parts of the score belong to which shared topic.
PARTS = {
    Topic.ACTIVITY: ("activity", "social"),
    Topic.MOOD: ("mood",),
    Topic.HEALTH: ("health", "meals", "sleep", "medicine", "vitals"),
}
#: a check-in in one of these states was put to the resident.
_ASKED = ("asked", "answered", "missed")


def shared(tx: Session, contact: Contact) -> frozenset[str]:
    """The topics this contact may hear of now: none without the resident's consent to share with family."""
    agreed = service.has_consent(tx, contact.resident, Consent.FAMILY)
    return frozenset(contact.topics) if agreed else frozenset()


def today(tx: Session, house: House, contact: Contact, now: datetime) -> str:
    """The calm digest of the day."""
    resident = service.resident(tx, contact.resident)
    topics = shared(tx, contact)
    lines = [house.text("family.being_looked_after")] if _looked_after(tx, house, contact, topics) else []
    if not topics:
        return "\n".join([*lines, house.text("family.nothing_shared", called=resident.called)])
    head = house.text("family.head", called=resident.called, time=house.clock_time(now))
    found = told(tx, house, contact, now)
    return "\n".join([head, *lines, *(found or [house.text("family.nothing_known")])])


def told(tx: Session, house: House, contact: Contact, now: datetime) -> list[str]:
    """What there is to tell this contact of today; empty where nothing is shared or nothing is known."""
    return list(_told(tx, house, service.resident(tx, contact.resident), shared(tx, contact), now))


def _told(tx: Session, house: House, resident: Resident, topics: frozenset[str], now: datetime) -> Iterator[str]:
    away = service.absence(tx, resident.id, now)
    if away is not None and topics & {Topic.WHEREABOUTS, Topic.ACTIVITY}:
        yield away_line(house, away.reason if Topic.WHEREABOUTS in topics else "", away.end)
    answered = True
    if Topic.ACTIVITY in topics and away is None:
        asked = _asked(tx, house, resident.id, _midnight(house, house.today(now)), now)
        answered = any(_answered(one) for one in asked)
        yield _answer_line(house, asked)
    tiers = list(_tiers(house.wellbeing.score_of(tx, resident.id), topics))
    if tiers and answered and away is None and all(tier == "good" for _, tier in tiers):
        yield house.text("family.well")
    yield from (house.text(f"family.parts.{part}.{tier}") for part, tier in tiers)


def away_line(house: House, reason: str, end: datetime) -> str:
    """Until when somebody is away; why, only where the reason is shared and one of those the chat offers."""
    until = house.day((end - timedelta(seconds=1)).astimezone(house.zone).date())
    reasons = house.words.data("away.reasons").values()
    shown = next((one["shown"] for one in reasons if one["name"] == reason), house.words.text("away.unsaid"))
    return house.text("family.away", until=until, reason=shown)


def _answer_line(house: House, asked: Sequence[CheckInShown]) -> str:
    answered = [one.answered_at or one.due_at for one in asked if _answered(one)]
    if answered:
        return house.text("family.answered", time=house.clock_time(max(answered)))
    return house.text("family.not_answered" if asked else "family.not_asked")


def _asked(tx: Session, house: House, resident: str, since: datetime, now: datetime) -> list[CheckInShown]:
    found = house.checkins.of_day(tx, since, now + timedelta(minutes=1), [resident])
    return [one for one in found if one.state in _ASKED]


def _answered(one: CheckInShown) -> bool:
    return one.state == "answered"


def _tiers(score: Score, topics: frozenset[str]) -> Iterator[tuple[str, str]]:
    values = {reason.part: reason.value for reason in score.reasons}
    for topic, parts in PARTS.items():
        for part in parts if topic in topics else ():
            if part in values:
                yield part, "good" if values[part] >= GOOD else "fair" if values[part] >= MIXED else "low"


def _looked_after(tx: Session, house: House, contact: Contact, topics: frozenset[str]) -> bool:
    levels = {one.level for one in house.escalations.open_for(tx, contact.resident)}
    return ("emergency" in levels and contact.emergency) or ("urgent" in levels and Topic.HEALTH in topics)


def week(tx: Session, house: House, contact: Contact, now: datetime) -> Week | None:
    """The last seven days for the picture; None where nothing of it is shared."""
    topics = shared(tx, contact)
    # the score is made of health and mood together: who may hear of one only must not read the other out of it
    with_score, with_answers = {Topic.HEALTH, Topic.MOOD} <= topics, Topic.ACTIVITY in topics
    if not with_score and not with_answers:
        return None
    called = service.resident(tx, contact.resident).called
    days = [house.today(now) - timedelta(days=ago) for ago in range(6, -1, -1)]
    since = _midnight(house, days[0])
    scores = _scores(tx, house, contact.resident, since) if with_score else {}
    asked = _asked(tx, house, contact.resident, since, now) if with_answers else ()
    return Week(
        house.text("family.week_title", called=called),
        house.text("family.week_caption", called=called),
        house.text("family.week_scores") if with_score else None,
        house.text("family.week_answers") if with_answers else None,
        tuple(_day(house, day, scores, asked) for day in days),
    )


def _scores(tx: Session, house: House, resident: str, since: datetime) -> dict[date, float]:
    """The last known score of each local day."""
    kept = house.wellbeing.history(tx, resident, since)
    return {house.today(one.at): float(one.score.value) for one in kept if one.score.value is not None}


def _day(house: House, day: date, scores: dict[date, float], asked: Sequence[CheckInShown]) -> Day:
    of_day = [one for one in asked if house.today(one.due_at) == day]
    label = f"{day.month}/{day.day}({house.words.options('bot.weekdays')[day.weekday()]})"
    return Day(day, label, scores.get(day), sum(_answered(one) for one in of_day), len(of_day))


def _midnight(house: House, day: date) -> datetime:
    return datetime.combine(day, time(), house.zone)
