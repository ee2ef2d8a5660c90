"""The real words of a talk, and meanings written by hand, so that these tests rest on no reader."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from checkins import facts, listening, script
from checkins.talk import Book
from prompts import Words
from speech.meaning import Meaning, RiskLevel, Sentiment

FOLDER = Path(__file__).parents[2] / "prompts" / "ko"


@cache
def raw(name: str) -> Any:
    """One YAML file of prompts/ko."""
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


@cache
def book() -> Book:
    """What the service says and listens for."""
    talk = script.parse(raw("talk"))
    notice, limits = facts.parse(raw("memory")), talk.limits
    return Book(talk, listening.parse(raw("listen")), notice, raw("away"), limits["sure"], limits["understood"])


@cache
def words() -> Words:
    """The files that check-ins and the rooms behind them need."""
    names = ("talk", "listen", "memory", "away", "checkins", "escalations", "wellbeing", "instruments", "polite")
    forms = [f"instruments/{file.stem}" for file in (FOLDER / "instruments").glob("*.yaml")]
    return Words({name: raw(name) for name in (*names, *forms) if (FOLDER / f"{name}.yaml").exists()})


def meaning(
    *stated: str,
    feel: str = "neutral",
    confidence: float = 0.9,
    risk: tuple[str, str] | None = None,
    **risks: str,
) -> Meaning:
    """meaning("sleep.poor", feel="negative", fall="urgent")."""
    if risk:
        risks[risk[0]] = risk[1]
    topics = dict(s.split(".") for s in stated)
    return Meaning(Sentiment(feel), topics, {k: RiskLevel(v) for k, v in risks.items()}, confidence)
