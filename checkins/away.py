"""Reading an absence: "병원 3일", "여행 11월 30일까지". An end is mandatory. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

#: the longest absence one message may set; a longer one is renewed, so that nobody is forgotten.
LONGEST = timedelta(days=92)

_NO_SOUND = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Away:
    """Why and through which day (inclusive). What is missing has to be asked. start: None for at once."""

    reason: str | None
    until: date | None
    start: date | None = None


def read(text: str, words: Mapping[str, Any], today: date) -> Away:
    """What the text says. `words`: `away` of the prompts, in which each key is explained."""
    start = _start(text, words, today)
    until = _end(text, words, today, start or today)
    if until is not None and not (start or today) <= until <= today + LONGEST:
        until = None
    return Away(_reason(text, words), until, start)


def _start(text: str, words: Mapping[str, Any], today: date) -> date | None:
    """The day it begins, where that is said to be a later one."""
    said = bare(text)
    until = words["until"]
    ahead = next((n for word, n in words["starts"].items() if word in said and f"{word}{until}" not in said), None)
    return None if ahead is None else today + timedelta(days=ahead)


def _reason(text: str, words: Mapping[str, Any]) -> str | None:
    said = bare(text)
    return next((key for key, one in words["reasons"].items() if any(bare(p) in said for p in one["says"])), None)


def _end(text: str, words: Mapping[str, Any], today: date, start: date) -> date | None:
    if found := re.search(words["date"], text):
        return _date(found, today)
    if found := re.search(words["day_of_month"], text):
        return _next_day_of_month(int(found["day"]), today)
    if found := re.search(words["span"], text):
        return _after(int(found["n"]), words["units"][found["unit"]], start)
    said = bare(text)
    word, days = next(((w, n) for w, n in words["spans"].items() if bare(w) in said), ("", None))
    if days is None:
        return None
    return (today if words["until"] in word else start) + timedelta(days=days - 1)  # "until tomorrow" counts from today


def _date(found: re.Match[str], today: date) -> date | None:
    year = int(found["year"] or today.year)
    try:
        day = date(year, int(found["month"]), int(found["day"]))
        return day.replace(year=year + 1) if not found["year"] and day < today else day
    except ValueError:
        return None


def _next_day_of_month(number: int, today: date) -> date | None:
    for ahead in range(62):
        if (day := today + timedelta(days=ahead)).day == number:
            return day
    return None


def _after(n: int, unit: Mapping[str, Any], start: date) -> date | None:
    """The last day of a span; of nights it is the morning after the last."""
    days = n * unit["days"] - (0 if unit.get("nights") else 1)
    return None if days < 0 else start + timedelta(days=days)


def bare(text: str) -> str:
    """Letters and digits only: spaces and marks make no difference."""
    return _NO_SOUND.sub("", text).lower()
