"""Reading an absence: "병원 3일", "여행 11월 30일까지". An end is mandatory. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

#: the longest absence one message may set; a longer one is renewed, so that nobody is forgotten.
LONGEST = timedelta(days=92)

_DATE = re.compile(
    r"(?:(?P<year>20\d\d)[-./년]\s*)?(?P<month>1[0-2]|0?[1-9])\s*[-./월]\s*(?P<day>3[01]|[12]\d|0?[1-9])"
)
_DAY = re.compile(r"(?P<day>3[01]|[12]\d|0?[1-9])\s*일\s*까지")
_NO_SOUND = re.compile(r"[\W_]+")
_SPAN = re.compile(r"(?P<n>\d{1,3})\s*(?P<unit>일|박|주일|주|달|개월)")


@dataclass(frozen=True)
class Away:
    """Why and through which day (inclusive). What is missing has to be asked. start: None for at once."""

    reason: str | None
    until: date | None
    start: date | None = None


def read(text: str, words: Mapping[str, Any], today: date) -> Away:
    """What the text says. `words`: `reasons` → {key: {says: […]}}, `spans` and `starts` → {word: days}."""
    start = _start(text, words, today)
    until = _end(text, words, today, start or today)
    if until is not None and not (start or today) <= until <= today + LONGEST:
        until = None
    return Away(_reason(text, words), until, start)


def _start(text: str, words: Mapping[str, Any], today: date) -> date | None:
    """The day it begins, where that is said to be a later one."""
    said = bare(text)
    ahead = next((n for word, n in words["starts"].items() if word in said and f"{word}까지" not in said), None)
    return None if ahead is None else today + timedelta(days=ahead)


def _reason(text: str, words: Mapping[str, Any]) -> str | None:
    said = bare(text)
    return next((key for key, one in words["reasons"].items() if any(bare(p) in said for p in one["says"])), None)


def _end(text: str, words: Mapping[str, Any], today: date, start: date) -> date | None:
    if found := _DATE.search(text):
        return _date(found, today)
    if found := _DAY.search(text):
        return _next_day_of_month(int(found["day"]), today)
    if found := _SPAN.search(text):
        return _after(int(found["n"]), found["unit"], start)
    said = bare(text)
    word, days = next(((w, n) for w, n in words["spans"].items() if bare(w) in said), ("", None))
    if days is None:
        return None
    return (today if "까지" in word else start) + timedelta(days=days - 1)  # "until tomorrow" counts from today


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


def _after(n: int, unit: str, today: date) -> date | None:
    """The last day of a span that begins today; of nights it is the morning after the last."""
    days = {"일": n - 1, "박": n, "주": n * 7 - 1, "주일": n * 7 - 1, "달": n * 30 - 1, "개월": n * 30 - 1}[unit]
    return None if days < 0 else today + timedelta(days=days)


def bare(text: str) -> str:
    """Letters and digits only: spaces and marks make no difference."""
    return _NO_SOUND.sub("", text).lower()
