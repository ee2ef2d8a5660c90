"""What the resident wants of the talk itself: stop, repeat, yes, no, a right. Whole sentences only; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MARKS = re.compile(r"[.,!~…·\"'“”‘’()]+|\.{2,}")
_SPACES = re.compile(r"\s+")
_SHORT = 20
_ASKS_BACK = re.compile(r"\s*(네|예|응|엉|어|뭐|에|뭣|뭔|잉)\s*\?+\s*")


@dataclass(frozen=True)
class Listen:
    """The patterns of listen.yaml, ready to use."""

    fillers: re.Pattern[str]
    answers: Mapping[str, re.Pattern[str]]
    intents: Mapping[str, re.Pattern[str]]
    need: re.Pattern[str]
    leaning: Mapping[str, re.Pattern[str]]

    def intent(self, text: str) -> str | None:
        """The first intent that the whole sentence is, such as "stop" or "not_family"; None for plain talk."""
        if _ASKS_BACK.fullmatch(text):  # "네?" asks back, "네" agrees
            return "repeat"
        return self._first(self.intents, text)

    def answer(self, text: str) -> str | None:
        """Yes, no, fine, so_so or thanks where the sentence is nothing else; None for anything with content."""
        return self._first(self.answers, text)

    def needs(self, text: str) -> bool:
        """Whether something is named that is broken, used up or wanted; asked only where wishes were asked for."""
        return self.answer(text) is None and self.need.search(text) is not None

    def leans(self, text: str) -> str | None:
        """ "yes" or "no" to a closed question, also where a few words follow it ("응 많이"); None for a story."""
        if (plain := self.answer(text)) is not None:
            return "no" if plain == "fine" else plain
        short = normal(text)
        leanings = (name for name, pattern in self.leaning.items() if pattern.fullmatch(short))
        return next(leanings, None) if len(short) <= _SHORT else None

    def _first(self, patterns: Mapping[str, re.Pattern[str]], text: str) -> str | None:
        plain = normal(text)
        short = self._without_filler(plain)
        for name, pattern in patterns.items():
            if pattern.fullmatch(plain) or (short and pattern.fullmatch(short)):
                return name
        return None

    def _without_filler(self, text: str) -> str:
        before = None
        while before != text:
            before, text = text, self.fillers.sub("", text, count=1)
        return text


def normal(text: str) -> str:
    """The sentence without marks and doubled spaces."""
    return _SPACES.sub(" ", _MARKS.sub(" ", text).replace("?", " ")).strip()


def parse(raw: Mapping[str, Any]) -> Listen:
    """listen.yaml made ready. re.error or KeyError where it is at fault."""
    answers = {name: _any(raw[name]) for name in ("fine", "so_so", "thanks", "yes", "no")}
    intents = {name: _any(patterns) for name, patterns in raw["intents"].items()}
    leaning = {name: _any(patterns) for name, patterns in raw["leaning"].items()}
    fillers = re.compile("^(?:" + "|".join(raw["filler"]) + r")\s+")
    return Listen(fillers, answers, intents, _any(raw["need"]), leaning)


def _any(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns))
