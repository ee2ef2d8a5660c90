"""The raw text the encoder learns Korean from, and the split that keeps a tenth of the film reviews unseen."""

import csv
import hashlib
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path

#: Every tenth review, by a hash of its text, is never trained on; so no review can stand on both sides.
HELD_OUT = 10
#: The published film-review corpus takes 1 to 4 for negative and 9 to 10 for positive, and leaves the middle out.
NEGATIVE, POSITIVE = range(1, 5), range(9, 11)


@dataclass(frozen=True)
class Review:
    """One film review: its text and its rating, 1 to 10."""

    text: str
    rating: int


def tidy(text: str) -> str:
    """One line, single spaces: what both training and reading see."""
    return " ".join(text.split())


def held_out(text: str) -> bool:
    """Whether a review belongs to the tenth that is only measured on."""
    return int.from_bytes(hashlib.sha256(tidy(text).encode()).digest()[:4]) % HELD_OUT == 0


@cache
def reviews(data: Path) -> tuple[Review, ...]:
    """All film reviews below `data`/nsmc, each text once. Raises FileNotFoundError."""
    seen: dict[str, Review] = {}
    with lzma.open(data / "nsmc" / "reviews.tsv.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            parts = line.rstrip("\n").split("\t")
            if len(parts) == 3 and parts[1].isdigit() and (text := tidy(parts[2])):
                seen.setdefault(text, Review(text, int(parts[1])))
    return tuple(seen.values())


def leaning(data: Path) -> float:
    """How much commoner good reviews are than bad ones where the model learned, as a logarithm."""
    marks = [review.rating for review in reviews(data) if not held_out(review.text)]
    return log(sum(mark in POSITIVE for mark in marks) / sum(mark in NEGATIVE for mark in marks))


def polar(data: Path, unseen: bool) -> tuple[list[str], list[int]]:
    """Clear reviews, as many bad (0) as good (1), from the unseen tenth or from the rest."""
    sides: tuple[list[str], list[str]] = ([], [])
    for review in reviews(data):
        if held_out(review.text) == unseen and (review.rating in NEGATIVE or review.rating in POSITIVE):
            sides[review.rating in POSITIVE].append(review.text)
    size = min(map(len, sides))
    return [*sides[0][:size], *sides[1][:size]], [0] * size + [1] * size


@dataclass(frozen=True)
class Comment:
    """One comment with the feelings that readers found in it (numbers into the list of 44)."""

    text: str
    feelings: tuple[int, ...]


def comments(data: Path) -> list[Comment]:
    """The comments with feelings below `data`/kote."""
    found = []
    for name in ("val.tsv", "test.tsv"):
        for line in (data / "kote" / name).read_text(encoding="utf-8").splitlines():
            parts = line.split("\t")
            if len(parts) == 3 and tidy(parts[1]):
                found.append(Comment(tidy(parts[1]), tuple(int(n) for n in parts[2].split(","))))
    return found


def exchanges(data: Path) -> Iterator[tuple[str, str]]:
    """Everyday questions and their answers below `data`/chatbot_ko."""
    with (data / "chatbot_ko" / "ChatbotData.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield tidy(row["Q"]), tidy(row["A"])
