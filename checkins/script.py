"""What the service says in a talk, read from prompts (talk.yaml) and checked before the first use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from checkins.particles import Noun
from speech.hearing.grammar import Expect

#: question → the topic of a Meaning that answers it.
ANSWERED_BY: Final = MappingProxyType(
    {
        "sleep": "sleep",
        "meals": "meal",
        "health": "health",
        "medicine": "medication",
        "mood": "mood",
        "outing": "activity",
        "people": "social",
        "wishes": "request",
    }
)
_NEEDED: Final = ("how", "safe", "what_wish", "more", *ANSWERED_BY)


class BadScript(ValueError):
    """The words of a talk are not complete; the message names what is missing."""


@dataclass(frozen=True)
class Question:
    """prompts: several wordings of it; closed: the same as a yes/no question; buttons: answers for the chat; expect:
    what kind of answer it asks for; sound: the id of what is played behind it."""

    prompts: tuple[str, ...]
    closed: str
    buttons: tuple[str, ...] = ()
    expect: Expect = Expect.OPEN
    sound: str = ""


@dataclass(frozen=True)
class Follow:
    """One closed question after a topic's state; `sign` is the kind of sign that a yes makes."""

    prompt: str
    buttons: tuple[str, ...]
    yes: str
    no: str
    sign: str


@dataclass(frozen=True)
class Ack:
    """Sentences that take up what was said: `named` with the word in it, `soft` for a heavy heart, `shades` by what
    else the words say (listen.yaml), and one advice, seldom repeated."""

    plain: tuple[str, ...]
    named: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()
    shades: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    advice: str | None = None


@dataclass(frozen=True)
class Due:
    """A topic of a script: asked every `every` days (on the day `on` of them), where `needs` is given."""

    topic: str
    every: int = 1
    on: int = 0
    needs: str | None = None


@dataclass(frozen=True)
class Script:
    """All words of a talk. `texts` holds the rest by dotted key ("flow.repeat"); see `say`."""

    questions: Mapping[str, Question]
    follows: Mapping[str, Follow]
    acks: Mapping[str, Ack]
    scripts: Mapping[str, tuple[Due, ...]]
    named: Mapping[str, tuple[tuple[str, str], ...]]
    limits: Mapping[str, Any]
    texts: Mapping[str, Any]

    def say(self, key: str, turn: int = 0, **values: str) -> str:
        """One wording of a sentence, another one each turn. BadScript for an unknown key."""
        found = self._find(key)
        wordings = [found] if isinstance(found, str) else found
        return fill(wordings[turn % len(wordings)], **values)

    def part(self, key: str) -> Any:
        """What stands under a dotted key, or {} where there is nothing."""
        try:
            return self._find(key)
        except BadScript:
            return {}

    def agenda(self, script: str, day: date, has: frozenset[str]) -> tuple[str, ...]:
        """The topics due on a day. `has`: what the resident has of "health" (consent) and "medicines"."""
        dues = self.scripts.get(script, self.scripts["daily"])
        return tuple(d.topic for d in dues if day.toordinal() % d.every == d.on and (d.needs is None or d.needs in has))

    def word(self, topic: str, text: str) -> str | None:
        """How to call what the resident named ("무릎이 아파" → "무릎"), the longest word first; None for none."""
        return next((called for written, called in self.named.get(topic, ()) if written in text), None)

    def _find(self, key: str) -> Any:
        found: Any = self.texts
        for step in key.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        if found is None:
            raise BadScript(f"talk.yaml: {key} is missing")
        return found


def parse(raw: Mapping[str, Any]) -> Script:
    """The script in talk.yaml. BadScript names what is missing or unknown."""
    try:
        script = _parse(raw)
    except (KeyError, TypeError, AttributeError) as fault:
        raise BadScript(f"talk.yaml: {fault!r}") from fault
    _check(script)
    return script


def fill(sentence: str, **values: str) -> str:
    """A sentence with its words put in; particles fit by themselves."""
    return sentence.format(**{name: Noun(value) for name, value in values.items()})


def choose(options: Sequence[str], turn: int) -> str:
    """One of several wordings, another one each turn."""
    return options[turn % len(options)]


def _parse(raw: Mapping[str, Any]) -> Script:
    return Script(
        questions={k: _question(q) for k, q in raw["ask"].items()},
        follows={k: Follow(**{**f, "buttons": tuple(f["buttons"])}) for k, f in raw["follow"].items()},
        acks={k: _ack(a) for k, a in raw["ack"].items()},
        scripts={name: tuple(Due(**d) for d in dues) for name, dues in raw["scripts"].items()},
        named={k: tuple(sorted(v.items(), key=lambda w: -len(w[0]))) for k, v in raw["named"].items()},
        limits=raw["limits"],
        texts=raw,
    )


def _question(raw: Mapping[str, Any]) -> Question:
    expect = raw.get("expect", Expect.OPEN.value)
    if expect not in list(Expect):
        raise BadScript(f"talk.yaml: no question can expect {expect}")
    return Question(tuple(raw["prompt"]), raw["closed"], tuple(raw["buttons"]), Expect(expect))


def _ack(raw: Mapping[str, Any]) -> Ack:
    shades = {name: tuple(wordings) for name, wordings in raw.get("shades", {}).items()}
    return Ack(tuple(raw["plain"]), tuple(raw.get("named", ())), tuple(raw.get("soft", ())), shades, raw.get("advice"))


def _check(script: Script) -> None:
    if missing := [q for q in _NEEDED if q not in script.questions]:
        raise BadScript(f"talk.yaml: ask.{missing[0]} is missing")
    if "daily" not in script.scripts:
        raise BadScript("talk.yaml: scripts.daily is missing")
    for name, dues in script.scripts.items():
        for due in dues:
            if due.topic not in ANSWERED_BY or not 0 <= due.on < due.every:
                raise BadScript(f"talk.yaml: scripts.{name} asks for {due.topic}, which cannot be asked so")
