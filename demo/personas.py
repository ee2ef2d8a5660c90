"""Made-up residents who answer in words: what each of them says to a question, day by day. Pure; the words stand in
prompts (personas.yaml), and nothing here knows the service but by what it says aloud."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zlib import crc32

from prompts import Words

SILENCE: Final = "…"
#: what was said before the question itself is no question.
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
#: "말씀해 주셔도 돼요" after a question belongs to it; a question mark is what counts.
_QUESTION: Final = re.compile(r"[^.!?]*\?")


@dataclass(frozen=True)
class Saying:
    """What is said. sure: how well it is heard, 0 to 1. means: "red", "unclear", "again", "stop", "wish", "right",
    "other", or "" for a plain answer."""

    text: str
    sure: float | None = None
    means: str = ""

    @property
    def silent(self) -> bool:
        """Whether nothing is said."""
        return self.text == SILENCE


@dataclass(frozen=True)
class Persona:
    """One made-up resident. says: topic of a question → answers in turn; days: the same for one day, counted from 1;
    seed: 0 for answers in their order, another one for another order of them."""

    id: str
    title: str
    called: str
    channel: str
    says: Mapping[str, Sequence[Saying]]
    days: Mapping[int, Mapping[str, Sequence[Saying]]]
    plain: Mapping[str, Sequence[Saying]]
    cues: Mapping[str, Sequence[str]]
    misheard_cues: Sequence[str]
    seed: int = 0

    def answer(self, said: str, day: int, turn: int) -> Saying:
        """What is answered to what the service said; another answer each day. turn: answers given in this talk."""
        if (topic := self.topic(said)) is None:
            return Saying(SILENCE)
        today = self.days.get(day, {})
        own = (today.get("first") if turn == 0 else None) or today.get(topic) or self.says.get(topic)
        found = own or self.plain.get(topic) or self.says.get("else") or self.plain["else"]
        shift = crc32(f"{self.seed} {self.id} {topic} {day}".encode()) if self.seed else day - 1
        return found[(shift + (0 if own else turn)) % len(found)]

    def again(self, said: str, day: int, before: Saying) -> Saying:
        """What is answered to a question that is put once more: not the same again."""
        spare = self.says.get("again") or [s for s in self._answers(said, day) if not s.means and not s.silent]
        usable = [saying for saying in spare if saying != before] or self.plain["else"]
        return usable[day % len(usable)]

    def of_day(self, day: int) -> list[Saying]:
        """What is said on this day alone."""
        return [saying for says in self.days.get(day, {}).values() for saying in says]

    def misheard(self, said: str) -> bool:
        """Whether the service says that it did not understand."""
        return any(cue in said for cue in self.misheard_cues)

    def topic(self, said: str) -> str | None:
        """What was asked for; "else" for a question nobody thought of, None where nothing was asked."""
        asked = _QUESTION.findall(said)
        question = asked[-1] if asked else _SENTENCE_END.split(said.strip())[-1]
        found = self._cue(question) or (self._cue(said) if asked else None)
        return found or "else" if asked or found == "what_wish" else None

    def _cue(self, said: str) -> str | None:
        return next((topic for topic, cues in self.cues.items() if any(cue in said for cue in cues)), None)

    def _answers(self, said: str, day: int) -> Sequence[Saying]:
        topic = self.topic(said) or "else"
        return self.says.get(topic) or self.plain.get(topic) or self.plain["else"]


def personas(words: Words, seed: int = 0) -> list[Persona]:
    """Everybody in personas.yaml."""
    raw = words.data("personas")
    plain = _sayings(raw["plain"])
    return [replace(_persona(id, one, plain, raw), seed=seed) for id, one in raw["people"].items()]


def _persona(id: str, one: Mapping[str, Any], plain: Mapping[str, Sequence[Saying]], raw: Any) -> Persona:
    days = {int(day): _sayings(says) for day, says in one.get("days", {}).items()}
    channel = one.get("channel", "speaker")
    says = _sayings(one["says"])
    return Persona(id, one["title"], one["called"], channel, says, days, plain, raw["cues"], raw["misheard"])


def _sayings(raw: Mapping[str, Any]) -> Mapping[str, Sequence[Saying]]:
    return {topic: [_saying(one) for one in said] for topic, said in raw.items()}


def _saying(raw: str | Mapping[str, Any]) -> Saying:
    if isinstance(raw, str):
        return Saying(raw)
    return Saying(raw["say"], raw.get("sure"), raw.get("is", ""))
