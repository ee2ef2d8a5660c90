"""A short standard questionnaire: its items as worded, what answers mean in points, and its published score. Pure.

Items, wordings and patterns are data (prompts: instruments.yaml, instruments/*.yaml), each with its source and licence.
An answer is a number or free words; what could mean two things is no answer, so that nothing is ever inferred.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from checkins.listening import normal
from checkins.script import Question, choose, fill
from speech.hearing.grammar import Expect


class BadInstrument(ValueError):
    """An instrument's file is at fault; the message names the file and the field."""


@dataclass(frozen=True)
class Choice:
    """One answer that can be given. say: as it is read aloud; heard: patterns of the same said freely."""

    say: str
    score: int
    heard: tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class Item:
    """One question, as worded."""

    ask: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Scored:
    """What a filled-in instrument comes to. value: 0 (worst possible) to 1 (best) for the wellbeing score."""

    points: int
    positive: bool
    value: float


@dataclass(frozen=True)
class Instrument:
    """key: its file's name. source, licence: where the items come from and on which terms they are used.

    times: what the sum of the items is multiplied by; at_least or below: the published cut-off of a positive screen.
    """

    key: str
    name: str
    title: str
    version: str
    source: str
    licence: str
    translation: str
    every: timedelta
    first_after: timedelta
    intro: str
    items: tuple[Item, ...]
    times: int
    high_is_bad: bool
    at_least: int | None
    below: int | None
    ordinals: tuple[re.Pattern[str], ...]

    def answer(self, number: int, text: str) -> int | None:
        """Points of an answer to item `number`; None for one that does not say which choice is meant."""
        said, choices = normal(text), self.items[number].choices
        nth = [at for at, pattern in enumerate(self.ordinals[: len(choices)]) if pattern.fullmatch(said)]
        if nth:
            return choices[nth[0]].score
        reach = {choice: _longest(choice, said) for choice in choices}
        best = max(reach.values())
        found = {choice.score for choice, length in reach.items() if length == best}
        return found.pop() if best and len(found) == 1 else None

    def scored(self, answers: Sequence[int]) -> Scored:
        """The published score. ValueError unless every item was answered."""
        if len(answers) != len(self.items):
            raise ValueError(f"{self.key}: {len(answers)} of {len(self.items)} items were answered")
        points = sum(answers) * self.times
        low, high = (self.times * sum(pick(i) for i in self.items) for pick in (_lowest, _highest))
        share = (points - low) / (high - low)
        positive = points >= self.at_least if self.at_least is not None else points < (self.below or 0)
        return Scored(points, positive, 1 - share if self.high_is_bad else share)


@dataclass(frozen=True)
class Forms:
    """All instruments by key, and the words with which they are asked (instruments.yaml)."""

    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)

    def say(self, key: str, turn: int = 0, **values: str) -> str:
        """One wording of a sentence."""
        found = self.words[key]
        return fill(choose([found] if isinstance(found, str) else found, turn), **values)

    def question(self, form: Instrument, key: str) -> Question:
        """The question "form.ask", or "form.<number of the item>"."""
        if key == "form.ask":
            asked = self.say("ask", title=form.title, count=self.words["numbers"][len(form.items)])
            return Question((asked,), asked, tuple(self.words["buttons"]), Expect.YES_NO)
        item = form.items[int(key.removeprefix("form."))]
        buttons = tuple(choice.say for choice in item.choices)
        return Question((item.ask,), item.ask, buttons, Expect.YES_NO if len(buttons) == 2 else Expect.OPEN)

    def choices(self, item: Item) -> str:
        """The answers as they are read out, each with its number."""
        numbered = zip(self.words["numbers_spoken"], item.choices, strict=False)
        return ", ".join(self.say("spoken", n=number, say=choice.say) for number, choice in numbered)

    def how(self, form: Instrument, channel: str) -> str:
        """How to answer, said once before the first item; "" where yes or no will do, or buttons show it."""
        same = all(item.choices == form.items[0].choices for item in form.items)
        return self.say("how", choices=self.choices(form.items[0])) if same and channel == "speaker" else ""


def parse(words: Mapping[str, Any], files: Mapping[str, Any]) -> Forms:
    """instruments.yaml and the files of instruments/ by their paths. Raises BadInstrument."""
    choices = {name: tuple(_choice(one) for one in group) for name, group in words["choices"].items()}
    ordinals = tuple(re.compile(f"(?:{pattern})(?:{words['polite']})?") for pattern in words["ordinals"])
    named = {path.rpartition("/")[2]: raw for path, raw in files.items()}
    return Forms({key: _instrument(key, raw, choices, ordinals) for key, raw in named.items()}, words)


def _instrument(
    key: str, raw: Mapping[str, Any], choices: Mapping[str, tuple[Choice, ...]], ordinals: tuple[re.Pattern[str], ...]
) -> Instrument:
    try:
        positive = raw["scoring"]["positive"]
        items = tuple(_item(item, raw["choices"], choices) for item in raw["items"])
        high, worst = sum(_highest(item) for item in items) * raw["scoring"]["sum"], raw["scoring"]["worst"]
        made = Instrument(
            key=key,
            **{name: raw[name] for name in ("name", "title", "version", "source", "licence", "translation", "intro")},
            every=timedelta(days=raw["every_days"]),
            first_after=timedelta(days=raw["first_after_days"]),
            items=items,
            times=raw["scoring"]["sum"],
            high_is_bad=worst == high,
            at_least=positive.get("at_least"),
            below=positive.get("below"),
            ordinals=ordinals,
        )
    except KeyError as missing:
        raise BadInstrument(f"instruments/{key}.yaml: {missing} is missing or unknown") from missing
    if not made.items or (made.at_least is None) == (made.below is None):
        raise BadInstrument(f"instruments/{key}.yaml: items, and one of at_least and below, are needed")
    return made


def _item(raw: str | Mapping[str, Any], usual: str, choices: Mapping[str, tuple[Choice, ...]]) -> Item:
    return Item(raw, choices[usual]) if isinstance(raw, str) else Item(raw["ask"], choices[raw.get("choices", usual)])


def _choice(raw: Mapping[str, Any]) -> Choice:
    patterns = (*raw["heard"], re.escape(raw["say"]))
    return Choice(raw["say"], raw["score"], tuple(re.compile(pattern) for pattern in patterns))


def _longest(choice: Choice, said: str) -> int:
    return max((len(m.group()) for pattern in choice.heard for m in pattern.finditer(said)), default=0)


def _lowest(item: Item) -> int:
    return min(choice.score for choice in item.choices)


def _highest(item: Item) -> int:
    return max(choice.score for choice in item.choices)
