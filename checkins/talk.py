"""The conversation: `step(talk, event, book)` gives the talk after it and what is said and reported. Pure.

A talk opens with a greeting and "how are you", goes through the topics due today, takes up what was said before it
asks the next thing, and ends when the resident wants. A red flag leaves the script (redflag.py); a right that the
resident claims is read back (rights.py). This file holds what all three share.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from checkins.listening import Listen
from checkins.script import Question, Script, choose
from speech.hearing.grammar import Expect
from speech.meaning import Meaning


class Phase(StrEnum):
    """Where a talk stands."""

    OPEN = "open"  # greeted and asked; the resident has said nothing understood yet
    TALKING = "talking"  # question and answer
    CONFIRMING = "confirming"  # a right was read back; a yes or no is waited for
    RED = "red"  # a red flag: out of the script, until a person has taken over
    CLOSED = "closed"  # said good-bye, or let go


@dataclass(frozen=True)
class Talk:
    """The state of a talk; JSON by `dump` and `load`.

    question: key of the open question, "sleep", "follow.mood.low", "red.call"…; prompt: its words as last asked.
    known: topics of Meaning heard of. said: advice and follow-ups of this and the last days, not to be repeated.
    turn: sentences so far, which varies the wording; unsure, silent: in a row.
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
    unsure: int = 0
    silent: int = 0
    answered: bool = False
    introduced: bool = False
    followed: bool = False
    red: str | None = None
    red_level: str | None = None
    told: str = ""
    before: str | None = None


@dataclass(frozen=True)
class Open:
    """Begin. why: "plan", "return", "silence", "resident", "late". aloud False: the resident spoke first, so the
    greeting goes before the first reply."""

    why: str
    hour: int
    aloud: bool = True


@dataclass(frozen=True)
class Again:
    """Another attempt, perhaps on another channel."""

    channel: str


@dataclass(frozen=True)
class Heard:
    """The resident said something. confidence: of the hearing, 0 to 1. relation: of the contact told in emergencies."""

    text: str
    meaning: Meaning
    confidence: float = 1.0
    relation: str | None = None


@dataclass(frozen=True)
class Silent:
    """Nothing was said for the time the script allows."""


@dataclass(frozen=True)
class Reconnected:
    """The speaker is back in the middle of a talk."""


Event = Open | Again | Heard | Silent | Reconnected


@dataclass(frozen=True)
class Say:
    """Say this. listen: an answer is waited for; slow: at a slower pace; buttons: answers for the chat; expect: what
    kind of answer is asked for, so that it is heard better."""

    text: str
    listen: bool
    buttons: tuple[str, ...] = ()
    slow: bool = False
    expect: Expect = Expect.OPEN


@dataclass(frozen=True)
class Understood:
    """What was said counts as an answer to the check-in; `scored`: and for the score (a mere "stop" does not)."""

    scored: bool = True


@dataclass(frozen=True)
class Reported:
    """A person must hear of this: `kind` of sign, such as "wish", "unclear_answer", "rights.not_family"."""

    kind: str


@dataclass(frozen=True)
class Withdrawn:
    """The resident took back these consents, and confirmed it."""

    topics: tuple[str, ...]


@dataclass(frozen=True)
class Used:
    """This advice or follow-up has been spoken; not again for a while."""

    key: str


@dataclass(frozen=True)
class Ended:
    """The talk is over. why: "done", "stop", "busy", "away", "unclear", "withdrawn", "human", "red"."""

    why: str


Outcome = Say | Understood | Reported | Withdrawn | Used | Ended
Step = tuple[Talk, tuple[Outcome, ...]]


@dataclass(frozen=True)
class Book:
    """Everything the rules read: what to say and what to listen for.

    sure: below this certainty of the hearing, understood: below this of the meaning, it is asked again.
    """

    script: Script
    listen: Listen
    sure: float = field(default=0.5)
    understood: float = field(default=0.4)


def question_of(talk: Talk, key: str, book: Book) -> Question:
    """The wordings of a question by its key."""
    script = book.script
    if key.startswith("follow."):
        follow = script.follows[key.removeprefix("follow.")]
        return Question((follow.prompt,), follow.prompt, follow.buttons, Expect.YES_NO)
    if key.startswith("red."):
        ask = script.part(f"red.ask.{key.removeprefix('red.')}")
        return Question((ask["prompt"],), ask["prompt"], tuple(ask["buttons"]), Expect.YES_NO)
    if key.startswith("rights."):
        back = script.say(f"{key}.back")
        return Question((back,), back, tuple(script.part("rights.buttons")), Expect.YES_NO)
    return script.questions[key]


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
        spoken = Say(text, True, question.buttons, slow, closed)
    return replace(talk, turn=talk.turn + 1, prefix=""), (spoken,)


def end(talk: Talk, why: str, *parts: str) -> Step:
    """Say good-bye and close; without words the talk closes silently."""
    closed = replace(talk, phase=Phase.CLOSED, question=None, prompt="", before=None)
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
    elif why in ("return", "silence", "resident", "late"):
        key = f"greeting.{why}"
    else:
        key = "greeting.morning" if hour < 11 else "greeting.day" if hour < 17 else "greeting.evening"
    return script.say(key, talk.turn, called=talk.called)


def dump(talk: Talk) -> dict[str, Any]:
    """As JSON."""
    return {**talk.__dict__, "phase": talk.phase.value}


def load(raw: Mapping[str, Any]) -> Talk:
    """From JSON, as `dump` wrote it; parts that a newer version added take their default."""
    known = {name: value for name, value in raw.items() if name in Talk.__dataclass_fields__}
    lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    return Talk(**{**known, **lists, "phase": Phase(raw["phase"])})
