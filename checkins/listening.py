"""What the resident wants of the talk itself: stop, repeat, yes, no, a right. Whole sentences only; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MARKS = re.compile(r"[.,!~…·\"'“”‘’()]+|\.{2,}")
_SPACES = re.compile(r"\s+")
_ENDS = re.compile(r"[.!?~…]+")
_SHORT = 20


@dataclass(frozen=True)
class Listen:
    """The patterns of listen.yaml, ready to use."""

    fillers: re.Pattern[str]
    answers: Mapping[str, re.Pattern[str]]
    intents: Mapping[str, re.Pattern[str]]
    need: re.Pattern[str]
    doubtful: re.Pattern[str]
    leaning: Mapping[str, re.Pattern[str]]
    asks_back: re.Pattern[str]
    everything: re.Pattern[str]
    shades: Mapping[str, re.Pattern[str]]
    by_words: Mapping[str, Mapping[str, re.Pattern[str]]]
    sharing: Mapping[str, re.Pattern[str]]
    times_a_week: Mapping[int, re.Pattern[str]]

    def intent(self, text: str) -> str | None:
        """The first intent that the whole sentence is, such as "stop" or "not_family"; None for plain talk."""
        if self.asks_back.fullmatch(text.strip()):  # "네?" asks back, "네" agrees
            return "repeat"
        return self._first(self.intents, text) or self._last_of_several(text)

    def answer(self, text: str) -> str | None:
        """Yes, no, fine, so_so or thanks where the sentence is nothing else; None for anything with content."""
        return self._first(self.answers, text)

    def doubts(self, text: str) -> bool:
        """Whether they doubt it themselves, take it back in the same breath, or say it bitterly: that is no answer."""
        return self.doubtful.search(normal(text)) is not None

    def needs(self, text: str) -> bool:
        """Whether something is named that is broken, used up or wanted; asked only where wishes were asked for."""
        return self.answer(text) is None and self.need.search(text) is not None

    def all_of_it(self, text: str) -> bool:
        """Whether the answer to "which of these?" is all of them."""
        return self.everything.search(text) is not None

    def shade(self, name: str, text: str) -> bool:
        """Whether the words have this shade, such as "thankful" or "rather_not"."""
        return self.shades[name].search(normal(text)) is not None

    def told(self, question: str, text: str) -> str | None:
        """Yes, no or so_so to a question by the words alone; None where they say nothing of it, or both."""
        said, ways = normal(text), self.by_words.get(question)
        if ways is None:
            return None
        if "so_so" in ways and ways["so_so"].search(said):
            return "so_so"
        no, yes = ways["no"].search(said), ways["yes"].search(ways["no"].sub("", said))
        return None if bool(no) == bool(yes) else "no" if no else "yes"

    def opening(self, text: str) -> str | None:
        """The plain answer that the first of several sentences is: "그냥 그래. 낙이 없어."."""
        parts = [part for part in _ENDS.split(text) if part.strip()]
        return self.answer(parts[0]) if len(parts) > 1 else None

    def answered_louder(self, text: str) -> str | None:
        """The answer in "괜찮아. 크게 좀 말해.": short sentences of which one answers and another asks to speak up."""
        parts = [part for part in _ENDS.split(text) if part.strip()]
        asked = [part for part in parts if self._first(self.intents, part) == "repeat"]
        rest = [part for part in parts if part not in asked]
        return rest[0] if asked and len(rest) == 1 and self.answer(rest[0]) in ("fine", "so_so") else None

    def leans(self, text: str) -> str | None:
        """ "yes" or "no" to a closed question, also where a few words follow it ("응 많이"); None for a story."""
        if (plain := self.answer(text)) is not None:
            return "no" if plain == "fine" else plain
        short = normal(text)
        leanings = (name for name, pattern in self.leaning.items() if pattern.fullmatch(short))
        return next(leanings, None) if len(short) <= _SHORT else None

    def _last_of_several(self, text: str) -> str | None:
        """ "안 들려. 다시 말해줘.": of several short sentences the last wish, where none of them says anything else.
        "괜찮아. 크게 좀 말해." has answered: the same question again would go on for ever."""
        parts = [part for part in _ENDS.split(text) if part.strip()]
        found = [self._first(self.intents, part) for part in parts]
        answers = [None if intent else self.answer(part) for intent, part in zip(found, parts, strict=True)]
        only = all(intent or answer for intent, answer in zip(found, answers, strict=True))
        last = next((intent for intent in reversed(found) if intent), None) if only and len(parts) > 1 else None
        return None if last == "repeat" and {"fine", "so_so"} & set(answers) else last

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
    return Listen(
        fillers,
        answers,
        intents,
        _any(raw["need"]),
        _any(raw["doubtful"]),
        leaning,
        asks_back=_any(raw["asks_back"]),
        everything=_any(raw["everything"]),
        shades={name: re.compile(pattern) for name, pattern in raw["shades"].items()},
        by_words={key: {way: re.compile(p) for way, p in ways.items()} for key, ways in raw["by_words"].items()},
        sharing={name: _any(patterns) for name, patterns in raw["sharing"].items()},
        times_a_week={int(times): _any(patterns) for times, patterns in raw["times_a_week"].items()},
    )


def _any(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns))
