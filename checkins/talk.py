"""The conversation: `step(talk, event, book)` gives the talk after it and what is said and reported. Pure.

A talk opens with a greeting and "how are you", goes through the topics due today, takes up what was said before it
asks the next thing, and ends when the resident wants. A red flag leaves the script (redflag.py); a right that the
resident claims is read back (rights.py). This file holds what all three share.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from checkins import waiting
from checkins.facts import Fact, Notice
from checkins.instrument import Forms
from checkins.listening import Listen
from checkins.outcomes import Ended, Outcome, Say
from checkins.script import Question, Script, choose, fill
from checkins.waiting import Mail
from speech.hearing.grammar import Expect
from speech.meaning import Meaning


class Phase(StrEnum):
    """Where a talk stands."""

    OPEN = "open"  # greeted and asked; the resident has said nothing understood yet
    TALKING = "talking"  # question and answer
    CONFIRMING = "confirming"  # a right was read back; a yes or no is waited for
    RED = "red"  # a red flag: out of the script, until a person has taken over
    CLOSED = "closed"  # said good-bye, or let go


class Recall(NamedTuple):
    """A remembered thing that is asked about today; question "recall.<id>". how: its wording in talk.yaml."""

    id: str
    how: str
    topic: str
    about: str


@dataclass(frozen=True)
class Talk:
    """The state of a talk; JSON by `dump` and `load`.

    agenda: keys of the questions due today, in order; each is asked at most once. question: key of the open one,
    "sleep", "recall.f-1", "follow.mood.low", "red.call"…; prompt: its words as last asked.
    known: topics of Meaning heard of, or known from the home. stated: "topic.state" heard in this talk.
    said: advice and follow-ups of this and the last days, not to be repeated. people, place: whom and where to ask
    about by name. news: what the greeting tells, of these wishes (news_of). mails: what relatives have left. turn:
    sentences so far, which varies the wording; heard: what the resident has said so far; unsure, silent: in a row.
    ended: why it did, "" while it goes on. spoken_of: remembered things spoken of last; listed: because they were read
    out. claim: what was read back.
    form: the instrument due today; points: of its items answered.
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
    points: tuple[int, ...] = ()


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
    """What is known beside the talk, where it is needed: the local time, what is remembered, with whom what is shared,
    the weekdays of the plan. Empty for plain answers."""

    at: datetime | None = None
    facts: tuple[Fact, ...] = ()
    relatives: tuple[Relative, ...] = ()
    days: tuple[int, ...] = ()


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
    """Nothing was said for the time the script allows."""


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


def question_of(talk: Talk, key: str, book: Book) -> Question:
    """The wordings of a question by its key."""
    built = _BUILT.get(key.partition(".")[0]) if "." in key else None
    if built is not None:
        return built(talk, key, book)
    return _by_name(talk, key, book.script) or book.script.questions[key]


def _follow_question(_talk: Talk, key: str, book: Book) -> Question:
    follow = book.script.follows[key.removeprefix("follow.")]
    return Question((follow.prompt,), follow.prompt, follow.buttons, Expect.YES_NO)


def _red_question(_talk: Talk, key: str, book: Book) -> Question:
    asked = book.script.part(f"red.ask.{key.removeprefix('red.')}")
    return Question((asked["prompt"],), asked["prompt"], tuple(asked["buttons"]), Expect.YES_NO)


def _rights_question(talk: Talk, key: str, book: Book) -> Question:
    back = talk.prompt if talk.claim else book.script.say(f"{key}.back")
    return Question((back,), back, tuple(book.script.part("rights.buttons")), Expect.YES_NO)


def _form_question(talk: Talk, key: str, book: Book) -> Question:
    return book.forms.question(book.forms.instruments[talk.form], key)


def _mail_question(talk: Talk, key: str, book: Book) -> Question:
    return waiting.question(talk.mails, key, book.script)


def recall_of(talk: Talk, key: str) -> Recall:
    """The remembered thing behind a question "recall.<id>"."""
    return next(recall for recall in talk.recalls if recall.id == key.removeprefix("recall."))


def _recall_question(talk: Talk, key: str, book: Book) -> Question:
    recall = recall_of(talk, key)
    raw = book.script.part(f"recall.{recall.how}")
    prompts = tuple(fill(words, about=recall.about) for words in raw["prompt"])
    return Question(prompts, fill(raw["closed"], about=recall.about), tuple(raw["buttons"]))


#: the first part of a key → how its question is made; keys without a dot stand in the script as they are.
_BUILT: Final[Mapping[str, Callable[[Talk, str, Book], Question]]] = MappingProxyType(
    {
        "follow": _follow_question,
        "recall": _recall_question,
        "mail": _mail_question,
        "red": _red_question,
        "rights": _rights_question,
        "form": _form_question,
    }
)


def _by_name(talk: Talk, key: str, script: Script) -> Question | None:
    """A question about people or places that names whom or where this resident speaks of."""
    named = {"people": talk.people, "outing": talk.place}.get(key)
    wordings = script.part(f"ask.{key}.named") if named else None
    if not named or not wordings:
        return None
    usual = script.questions[key]
    return replace(usual, prompts=tuple(fill(words, about=named) for words in wordings))


def ask(talk: Talk, key: str, book: Book, *before: str) -> Step:
    """Put one question, after what goes before it."""
    question = question_of(talk, key, book)
    words = choose(question.prompts, talk.turn)
    asked = talk.asked if key in talk.asked else (*talk.asked, key)
    after = replace(talk, question=key, prompt=words, asked=asked, closed_form=False, unsure=0, silent=0)
    return say(after, *before, words, question=question)


def say(talk: Talk, *parts: str, listen: bool = False, question: Question | None = None, slow: bool = False) -> Step:
    """Say these sentences in one breath, the greeting first where it has not been spoken yet. question: the one they
    put, with its answers; it is listened for."""
    text = " ".join(part for part in (talk.prefix, *parts) if part)
    spoken = Say(text, listen, slow=slow)
    if question is not None:
        closed = Expect.CHOICE if talk.closed_form and question.expect is Expect.OPEN else question.expect
        spoken = Say(text, True, question.buttons, slow, closed, question.sound)
    return replace(talk, turn=talk.turn + 1, prefix=""), (spoken,)


def end(talk: Talk, why: str, *parts: str) -> Step:
    """Say good-bye and close; without words the talk closes silently."""
    closed = replace(talk, phase=Phase.CLOSED, question=None, prompt="", before=None, ended=why)
    if not any(parts):
        return closed, (Ended(why),)
    said, outcomes = say(closed, *parts, listen=False)
    return said, (*outcomes, Ended(why))


def ask_again(talk: Talk, book: Book, key: str, **values: str) -> Step:
    """The open question once more, slower, inside the sentence `key` that has a place for {question}."""
    question = question_of(talk, talk.question, book) if talk.question else None
    text = book.script.say(key, talk.turn, question=talk.prompt, called=talk.called, **values)
    return say(talk, text, listen=True, question=question, slow=True)


def with_outcomes(step: Step, *more: Outcome) -> Step:
    """The same step, reporting these first."""
    talk, outcomes = step
    return talk, (*more, *outcomes)


def greeting(talk: Talk, why: str, hour: int, script: Script) -> str:
    """The first words, which say at the very first talk that this is a machine."""
    if not talk.introduced:
        key = "greeting.first_resident" if why in ("resident", "late") else "greeting.first"
    elif why in ("return", "silence", "resident", "late", "again"):
        key = f"greeting.{why}"
    else:
        key = "greeting.morning" if hour < 11 else "greeting.day" if hour < 17 else "greeting.evening"
    return script.say(key, talk.turn, called=talk.called)


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
