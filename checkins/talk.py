"""The conversation: `step(talk, event, book)` gives the talk after it and what is said and reported. Pure.

A talk opens with a greeting and "how are you", goes through the topics due today, takes up what was said before it
asks the next thing, and ends when the resident wants. A red flag leaves the script (redflag.py); a right that the
resident claims is read back (rights.py). This file holds the state they share, saying.py what is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from checkins.facts import Fact, Notice
from checkins.instrument import Forms
from checkins.listening import Listen
from checkins.outcomes import Outcome
from checkins.script import Script
from checkins.waiting import Mail
from speech.meaning import Meaning


class Phase(StrEnum):
    """Where a talk stands."""

    OPEN = "open"  # greeted and asked; the resident has said nothing understood yet
    TALKING = "talking"  # question and answer
    CONFIRMING = "confirming"  # a right was read back; a yes or no is waited for
    RED = "red"  # a red flag: out of the script, until a person has taken over
    CLOSED = "closed"  # said good-bye, or let go


class Recall(NamedTuple):
    """A remembered thing that is asked about today; question "recall.<id>". how: its wording in talk.yaml; days: since
    it was said."""

    id: str
    how: str
    topic: str
    about: str
    days: int = 0


@dataclass(frozen=True)
class Talk:
    """The state of a talk; JSON by `dump` and `load`.

    agenda: keys of the questions due today, in order; each is asked at most once. question: key of the open one,
    "sleep", "recall.f-1", "follow.mood.low", "red.call"…; prompt: its words as last asked.
    known: topics of Meaning heard of, or known from the home. stated: "topic.state" heard in this talk.
    said: advice and follow-ups of this and the last days, not to be repeated. people, place: whom and where to ask
    about by name. news: what the greeting tells, of these wishes (news_of). mails: what relatives have left. turn:
    sentences so far, day: of the talk, both of which vary the wording; heard: what the resident has said so far;
    unsure, silent: in a row. ended: why it did, "" while it goes on. spoken_of: remembered things spoken of last;
    listed: because they were read out. claim: what was read back.
    formal: the resident likes the more formal way of speaking.
    form: the instrument due today; points: of its items answered. skipped: "topic:what was seen", not asked for
    today. asides: questions of theirs in a row; slowly: speak
    slowly from now on; doubts: how often they were not understood; declined: they would rather not say; acked: the
    "topic.state"s taken up, in order.
    """

    called: str
    channel: str = "speaker"
    agenda: tuple[str, ...] = ()
    phase: Phase = Phase.OPEN
    question: str | None = None
    prompt: str = ""
    closed_form: bool = False
    asked: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    prefix: str = ""
    turn: int = 0
    day: int = 0
    heard: int = 0
    ended: str = ""
    unsure: int = 0
    silent: int = 0
    answered: bool = False
    introduced: bool = False
    followed: bool = False
    red: str | None = None
    red_level: str | None = None
    told: str = ""
    before: str | None = None
    recalls: tuple[Recall, ...] = ()
    stated: tuple[str, ...] = ()
    spoken_of: tuple[str, ...] = ()
    listed: bool = False
    clashed: bool = False
    claim: tuple[str, ...] = ()
    people: str = ""
    place: str = ""
    news: str = ""
    news_of: tuple[str, ...] = ()
    mails: tuple[Mail, ...] = ()
    form: str = ""
    formal: bool = False
    points: tuple[int, ...] = ()
    skipped: tuple[str, ...] = ()
    asides: int = 0
    slowly: bool = False
    doubts: int = 0
    declined: bool = False
    acked: tuple[str, ...] = ()

    @property
    def heavy(self) -> bool:
        """Whether a heavy heart was spoken of: nothing is said brightly after that."""
        return not {"mood.low", "mood.anxious"}.isdisjoint(self.stated)


@dataclass(frozen=True)
class Open:
    """Begin. why: "plan", "return", "silence", "resident", "late", "again" (after one that came to nothing). aloud
    False: the resident spoke first, so the greeting goes before the first reply."""

    why: str
    hour: int
    aloud: bool = True


@dataclass(frozen=True)
class Again:
    """Another attempt, perhaps on another channel."""

    channel: str


@dataclass(frozen=True)
class Relative:
    """Somebody something is shared with. topics: what is."""

    id: str
    relation: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Around:
    """What is known beside the talk, where it is needed: the local time, what is remembered and, of that, what a person
    was told of (`told`, ids), with whom what is shared, the weekdays of the plan, the consents that hold, and those
    that were taken back. Empty for plain answers."""

    at: datetime | None = None
    facts: tuple[Fact, ...] = ()
    relatives: tuple[Relative, ...] = ()
    days: tuple[int, ...] = ()
    told: frozenset[str] = frozenset()
    agreed: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Heard:
    """The resident said something. confidence: of the hearing, 0 to 1. relation: of the contact told in emergencies."""

    text: str
    meaning: Meaning
    confidence: float = 1.0
    relation: str | None = None
    around: Around = Around()


@dataclass(frozen=True)
class Silent:
    """Nothing was said for the time the script allows. cut: for the service stood still, and nobody was listening."""

    cut: bool = False


@dataclass(frozen=True)
class Reconnected:
    """The speaker is back in the middle of a talk."""


Event = Open | Again | Heard | Silent | Reconnected


Step = tuple[Talk, tuple[Outcome, ...]]


@dataclass(frozen=True)
class Book:
    """Everything the rules read: what to say and what to listen for.

    sure: below this certainty of the hearing, understood: below this of the meaning, it is asked again.
    """

    script: Script
    listen: Listen
    notice: Notice
    away: Mapping[str, Any]
    sure: float = field(default=0.5)
    understood: float = field(default=0.4)
    forms: Forms = field(default_factory=Forms)


def dump(talk: Talk) -> dict[str, Any]:
    """As JSON."""
    return {**talk.__dict__, "phase": talk.phase.value, **_lists(talk)}


def load(raw: Mapping[str, Any]) -> Talk:
    """From JSON, as `dump` wrote it; parts that a newer version added take their default."""
    known = {name: value for name, value in raw.items() if name in Talk.__dataclass_fields__}
    lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    recalls = tuple(Recall(*recall) for recall in raw.get("recalls", ()))
    mails = tuple(Mail(*mail) for mail in raw.get("mails", ()))
    return Talk(**{**known, **lists, "phase": Phase(raw["phase"]), "recalls": recalls, "mails": mails})


def _lists(talk: Talk) -> dict[str, Any]:
    """Parts with names of their own, as JSON keeps them."""
    return {"recalls": [list(one) for one in talk.recalls], "mails": [list(one) for one in talk.mails]}
