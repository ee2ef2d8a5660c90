"""What is remembered of a resident across talks: noticed in what they say, followed up, healed, replaced. Pure.

A fact rests on one sentence of the resident's own. What they never said is not remembered.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from checkins.script import Script, fill
from speech.meaning import TOPICS, Meaning


class Kind(StrEnum):
    """What sort of thing it is, which says whether and when it is asked about."""

    PASSING = "passing"  # an ache, a bad night: asked about at the next talks, until it is over
    CHRONIC = "chronic"  # lasts: asked about seldom, and only for change
    PERSON = "person"  # somebody in their life
    PLACE = "place"  # where they often go
    PLAN = "plan"  # something on a day to come: asked about once it is past
    WISH = "wish"  # asked for; told at the next talk what became of it


class State(StrEnum):
    """Where a fact stands. What the resident wants forgotten is deleted, not a state."""

    OPEN = "open"  # holds, as far as is known
    HEALED = "healed"  # over: not asked about any more, until it is mentioned again


#: kinds and topics that are health data: kept only with that consent.
HEALTH_TOPICS: Final = frozenset({"health", "medication"})
#: "topic.state" that makes a passing fact → how it is asked about and told ("health" becomes "pain" where it hurts).
_PASSING: Final = {
    "health.complaint": "health",
    "sleep.poor": "sleep",
    "meal.poor_appetite": "meal",
    "mood.low": "mood",
    "mood.anxious": "mood",
}


@dataclass(frozen=True)
class Fact:
    """One remembered thing.

    about: what it is called ("무릎"); with kind and topic it is the same fact again. how: the wording it is asked about
    and told in. said: the resident's sentence; turn: where it stands on record. at: last said; asked, times: when and
    how often it was asked about since. day: of a plan. id: "" until it is kept.
    """

    kind: Kind
    about: str
    topic: str
    how: str
    said: str = field(repr=False)
    since: date
    at: date
    turn: str = ""
    state: State = State.OPEN
    asked: date | None = None
    times: int = 0
    day: date | None = None
    id: str = ""

    @property
    def same(self) -> tuple[str, str, str]:
        """Two facts with the same are one; a passing ache that became chronic stays one."""
        kind = Kind.PASSING if self.kind is Kind.CHRONIC else self.kind
        return kind.value, self.topic, f"{self.about}{self.day or ''}"

    @property
    def health(self) -> bool:
        """Whether it is health data."""
        return self.topic in HEALTH_TOPICS


@dataclass(frozen=True)
class Notice:
    """memory.yaml, ready to use."""

    limits: Mapping[str, int]
    conditions: tuple[tuple[str, str], ...]
    patterns: Mapping[str, re.Pattern[str]]
    places: frozenset[str]
    days: tuple[tuple[str, int], ...]
    weekdays: Mapping[str, int]
    plans: tuple[tuple[re.Pattern[str], str, bool], ...]
    told: Mapping[str, str]

    def has(self, name: str, text: str) -> bool:
        """Whether the pattern of this name is in the text."""
        return self.patterns[name].search(text) is not None

    def words(self, fact: Fact) -> str:
        """The fact as it is told to the resident: "무릎이 아프다고 하신 것"."""
        return fill(self.told[fact.how], about=fact.about, said=fact.said)


def parse(raw: Mapping[str, Any]) -> Notice:
    """memory.yaml made ready. re.error or KeyError where it is at fault."""
    plan = raw["plan"]
    names = (
        "not_mine",
        "lasting",
        "pain",
        "same",
        "better",
        "except",
        "clause",
        "person",
        "place",
        "not_plan",
        "rather",
    )
    return Notice(
        limits=raw["limits"],
        conditions=tuple(sorted(raw["conditions"].items(), key=lambda c: -len(c[0]))),
        patterns={name: re.compile(raw[name]) for name in names},
        places=frozenset(raw["places"]),
        days=tuple(sorted(plan["days"].items(), key=lambda d: -len(d[0]))),
        weekdays=plan["weekdays"],
        plans=tuple((re.compile(p["says"]), p["about"], p.get("who", False)) for p in plan["what"]),
        told=raw["told"],
    )


def noticed(text: str, meaning: Meaning, turn: str, today: date, notice: Notice, script: Script) -> tuple[Fact, ...]:
    """The facts in one utterance that was well understood."""
    said = text[: notice.limits["source"]]

    def fact(kind: Kind, about: str, topic: str, how: str, day: date | None = None) -> Fact:
        return Fact(kind, about, topic, how, said, today, today, turn, day=day)

    found = [*_ailing(text, meaning, notice, script, fact), *_about_life(text, notice, script, fact)]
    if (plan := _planned(text, today, notice, script)) is not None:
        found.append(fact(Kind.PLAN, plan[0], "", "plan", plan[1]))
    if "request" in meaning.topics:
        found.append(fact(Kind.WISH, said, "request", "wish"))
    return tuple(found)


def _ailing(text: str, meaning: Meaning, notice: Notice, script: Script, fact: Any) -> Iterable[Fact]:
    ill = [called for written, called in notice.conditions if written in text]
    if ill and not notice.has("not_mine", text):
        yield fact(Kind.CHRONIC, ill[0], "health", "chronic")
    for topic, state in meaning.topics.items():
        how = _PASSING.get(f"{topic}.{state}")
        if how is None or (topic == "health" and ill):
            continue
        part = _part(text, notice, script) if topic == "health" else None
        if topic == "health" and part is None:
            continue  # "아파" alone: there is nothing to call it by
        lasts = topic == "health" and notice.has("lasting", text)
        hurts = "pain" if topic == "health" and notice.has("pain", text) else how
        yield fact(Kind.CHRONIC if lasts else Kind.PASSING, part or "", topic, "chronic" if lasts else hurts)


def _part(text: str, notice: Notice, script: Script) -> str | None:
    """What hurts: named where the pain is, rather than where all is well ("무릎은 괜찮은데 허리가 아파")."""
    clauses = notice.patterns["clause"].split(text)
    sore = next((c for c in clauses if notice.has("pain", c) and script.word("health", c)), text)
    return script.word("health", sore)


def _about_life(text: str, notice: Notice, script: Script, fact: Any) -> Iterable[Fact]:
    who, where = script.word("social", text), script.word("activity", text)
    if who and notice.has("person", text):
        yield fact(Kind.PERSON, who, "social", "person")
    if where in notice.places and notice.has("place", text):
        yield fact(Kind.PLACE, where, "activity", "place")


def _planned(text: str, today: date, notice: Notice, script: Script) -> tuple[str, date] | None:
    day = _day(text, today, notice)
    if day is None or notice.has("not_plan", text) or (notice.has("place", text) and script.word("activity", text)):
        return None
    who = script.word("social", text)
    for says, about, needs_who in notice.plans:
        if says.search(text) and (who or not needs_who):
            return about.format(who=who), day
    return None


def _day(text: str, today: date, notice: Notice) -> date | None:
    for word, ahead in notice.days:
        if word in text:
            weekday = next((n for w, n in notice.weekdays.items() if w in text), None) if ahead == 7 else None
            monday = today + timedelta(days=7 - today.weekday())
            return today + timedelta(days=ahead) if weekday is None else monday + timedelta(days=weekday)
    weekday = next((n for w, n in notice.weekdays.items() if w in text), None)
    return None if weekday is None else today + timedelta(days=(weekday - today.weekday()) % 7)


def merged(known: Sequence[Fact], new: Fact) -> Fact:
    """The fact to be kept where `new` was said: a known one with its newer sentence, or the new one itself."""
    before = next((fact for fact in known if fact.same == new.same), None)
    if before is None:
        return new
    lasts = Kind.CHRONIC in (before.kind, new.kind)
    again = before.state is State.HEALED
    return replace(
        new,
        id=before.id,
        kind=Kind.CHRONIC if lasts else new.kind,
        how="chronic" if lasts else new.how,
        since=new.since if again and not lasts else before.since,
        asked=None if again else before.asked,
        times=0 if again else before.times,
    )


def healed_by(known: Sequence[Fact], text: str, meaning: Meaning, notice: Notice, script: Script) -> tuple[Fact, ...]:
    """The passing facts that are over by what was said: "무릎은 다 나았어", or "아픈 데 없어" for all of that topic."""
    if notice.has("except", text):
        return ()
    well = {topic for topic, state in meaning.topics.items() if state == TOPICS[topic][-1]}
    parts = [
        w for c in notice.patterns["clause"].split(text) if _is_well(c, notice) and (w := script.word("health", c))
    ]
    over = [
        fact
        for fact in known
        if fact.kind is Kind.PASSING
        and fact.state is State.OPEN
        and (fact.about in parts if fact.about and parts else fact.topic in well)
    ]
    return tuple(replace(fact, state=State.HEALED) for fact in over)


def _is_well(clause: str, notice: Notice) -> bool:
    return notice.has("better", clause) and not notice.has("same", clause)


def grown_old(fact: Fact, today: date, notice: Notice) -> Fact:
    """A passing ache that did not pass in weeks is chronic from now on."""
    long = today - fact.since >= timedelta(days=notice.limits["chronic_after"])
    if fact.kind is Kind.PASSING and fact.topic == "health" and fact.times >= 3 and long:
        return replace(fact, kind=Kind.CHRONIC, how="chronic")
    return fact


def is_due(fact: Fact, today: date, notice: Notice) -> bool:
    """Whether to ask about it in today's talk."""
    limits = notice.limits
    if fact.state is not State.OPEN or fact.at >= today:
        return False
    last = max(fact.at, fact.asked or fact.at)
    if fact.kind is Kind.PLAN:
        past = today - fact.day if fact.day else timedelta(0)
        return fact.asked is None and timedelta(0) < past <= timedelta(days=limits["plan_days"])
    if fact.kind is Kind.CHRONIC:
        return today - last >= timedelta(days=limits["chronic_days"])
    if fact.kind is Kind.PASSING:
        gap = min(limits["first_days"] * 2 ** max(fact.times - 1, 0), limits["chronic_days"])
        return today - last >= timedelta(days=gap) and today - fact.at <= timedelta(days=limits["fades"])
    return False


def to_ask(known: Sequence[Fact], today: date, notice: Notice) -> tuple[Fact, ...]:
    """What to ask about today, what hurts first; at most as many as a talk takes."""
    order = {"pain": 0, "health": 0, "plan": 1, "chronic": 3}
    due = [fact for fact in known if is_due(fact, today, notice)]
    due.sort(key=lambda fact: (order.get(fact.how, 2), -fact.at.toordinal(), fact.id))
    return tuple(due[: notice.limits["in_a_talk"]])


def verdict(text: str, meaning: Meaning, topic: str, notice: Notice) -> str | None:
    """ "better" or "same" on something asked about again; None where the answer does not say."""
    if notice.has("same", text):
        return "same"
    if notice.has("better", text):
        return "better"
    state = meaning.topics.get(topic)
    if state is None:
        return None
    return "better" if state == TOPICS[topic][-1] else "same"
