"""Which topics need not be asked today, because the home has shown enough of them. Pure.

What is seen is not what is felt: a topic that has not been spoken of for long is asked all the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

#: a topic was spoken of: kept beside the advice that was given, by this key and its day.
SPOKEN_OF: Final = "topic."


@dataclass(frozen=True)
class Spared:
    """The topics still to be asked; of each that is not, "topic:what was seen"."""

    topics: tuple[str, ...]
    skipped: tuple[str, ...]


def spared(
    topics: Sequence[str], seen: Collection[str], said: Mapping[str, str], today: date, rules: Mapping[str, Any]
) -> Spared:
    """rules: topic → {by: what shows it, days: how long it may not have been spoken of}. said: key → day, as kept. What
    was never spoken of is asked."""
    skipped = {
        topic: rule["by"]
        for topic, rule in rules.items()
        if topic in topics and rule["by"] in seen and _lately(said.get(f"{SPOKEN_OF}{topic}"), today, rule["days"])
    }
    left = tuple(topic for topic in topics if topic not in skipped)
    return Spared(left, tuple(f"{topic}:{by}" for topic, by in skipped.items()))


def _lately(day: str | None, today: date, days: int) -> bool:
    return day is not None and today - date.fromisoformat(day) <= timedelta(days=days)
