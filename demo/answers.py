"""What somebody of the demo answers to a question: the first group whose words stand in it. Pure."""

import random
import re
from collections.abc import Sequence
from typing import Any

from demo.life import Temper
from prompts import Words

#: what was said before the question itself is no question.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
#: whose words each temper answers with.
_VOICES = {Temper.ACHY: "achy", Temper.CURT: "curt", Temper.CHEST: "chest", Temper.SILENT: "achy"}


def answer(words: Words, temper: Temper, question: str, rng: random.Random) -> str:
    """One answer of this temper to a question."""
    groups = words.data(f"demo.answers.{_VOICES.get(temper, 'cheerful')}")
    return rng.choice(_sayings(groups, _SENTENCE_END.split(question.strip())[-1]))


def _sayings(groups: Sequence[dict[str, Any]], question: str) -> list[str]:
    for group in groups:
        if any(word in question for word in group["words"]):
            return list(group["say"])
    return list(groups[-1]["say"])
