"""The scripts' sentences as people have changed them: kept, taken back, and read for a talk. The rules: wordings.py.

Changes are numbered and never altered: a talk notes the number it began with, and so keeps its words until its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from checkins import script
from checkins.house import House
from checkins.tables import WordingRow
from checkins.talk import Book
from checkins.wordings import BadWordings, Fault, Rules, Sentence, faults, laid_over, sentences_of
from prompts import Words, said
from prompts.formal import parse as parse_formal
from store import changed
from store.audit import audit

#: so many books are kept: talks go on for minutes, in which somebody may change one sentence after the other.
_BOOKS = 32


class Overtaken(Exception):
    """Somebody else has changed this sentence meanwhile."""


@dataclass(frozen=True)
class Change:
    """What somebody made of a sentence; see WordingRow. wordings: none where the shipped ones were put back."""

    number: int
    key: str
    wordings: tuple[str, ...]
    shipped: tuple[str, ...]
    at: datetime
    by: str
    why: str


@dataclass(frozen=True)
class Standing:
    """A sentence as it stands: last, the last change of it; faults: why that cannot be said any more."""

    sentence: Sentence
    last: Change | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether it is said otherwise than shipped."""
        return self.last is not None and bool(self.last.wordings) and not self.faults

    @property
    def wordings(self) -> tuple[str, ...]:
        """What is said."""
        return self.last.wordings if self.last is not None and self.changed else self.sentence.shipped

    @property
    def moved(self) -> bool:
        """Whether the shipped wordings are others than those that were changed."""
        return self.last is not None and bool(self.last.wordings) and self.last.shipped != self.sentence.shipped


def number(tx: Session) -> int:
    """The number of the last change, 0 for none. Asked once in a transaction, however many talks begin in it."""
    if "scripts" not in tx.info:
        tx.info["scripts"] = _last_number(tx)
    return int(tx.info["scripts"])


def book(house: House, tx: Session, at: int) -> Book:
    """What a talk says that began after change number `at`."""
    if not at:
        return house.book
    if (known := house.edited.get(at)) is not None:
        return known
    made = replace(house.book, script=script.parse(in_force(tx, house.words, at)))
    for old in sorted(house.edited)[: max(0, len(house.edited) - _BOOKS + 1)]:  # other threads do so too
        house.edited.pop(old, None)
    house.edited[at] = made
    return made


def in_force(tx: Session, words: Words, at: int | None = None) -> Mapping[str, Any]:
    """talk.yaml with the changes in it, all of them or those up to number `at`."""
    made = {key: change.wordings for key, change in _last_changes(tx, at).items() if change.wordings}
    talk: Mapping[str, Any] = words.data("talk")
    return laid_over(talk, made, rules(words)) if made else talk


def said_now(tx: Session, words: Words) -> list[tuple[said.Sentence, bool]]:
    """Everything the service says, as it is in force, and whether somebody has changed it; at the end the more formal
    way of speaking, where it differs."""
    own = {f"talk.{key}" for key, one in standing(tx, words).items() if one.changed}
    laid, formal = Words({**words.files(), "talk": in_force(tx, words)}), parse_formal(words.data("polite"))
    usual = [(one, bool(own & {one.key, one.key.rpartition(".")[0]})) for one in said.sentences(laid)]
    other = (
        (said.Sentence(f"{one.key} (formal)", formal.said(one.text)), changed)
        for one, changed in usual
        if one.key.startswith("talk.")
    )
    known = {one.text for one, _ in usual}
    return [*usual, *((one, changed) for one, changed in other if one.text not in known)]


def rules(words: Words) -> Rules:
    """What is kept to when sentences are changed."""
    return Rules.of(words.data("editing"))


def standing(tx: Session, words: Words) -> dict[str, Standing]:
    """Every sentence by its key, as it stands."""
    last, kept_to = _last_changes(tx), rules(words)
    found = {}
    for key, sentence in sentences_of(words.data("talk")).items():
        change = last.get(key)
        wrong = faults(sentence, change.wordings, kept_to) if change and change.wordings else ()
        found[key] = Standing(sentence, change, tuple(wrong))
    return found


def left_over(tx: Session, words: Words) -> list[Change]:
    """Changes of sentences that an update has taken away."""
    known = sentences_of(words.data("talk"))
    return [change for key, change in _last_changes(tx).items() if key not in known and change.wordings]


def history(tx: Session, key: str) -> list[Change]:
    """All changes of a sentence, the newest first."""
    rows = tx.exec(select(WordingRow).where(WordingRow.key == key).order_by(col(WordingRow.number).desc()))
    return [_change(row) for row in rows]


def change(
    tx: Session, words: Words, key: str, wordings: Sequence[str], seen: int, why: str, by: str, now: datetime
) -> int:
    """Say a sentence so from the next talk on; the number of this change. wordings: none for the shipped ones. seen:
    the number of the last change that was seen of it.

    Raises KeyError for no such sentence, BadWordings, Overtaken.
    """
    sentence, last = sentences_of(words.data("talk"))[key], _last_changes(tx, only=key).get(key)
    if (last.number if last else 0) != seen:
        raise Overtaken
    if wordings and (wrong := faults(sentence, wordings, rules(words))):
        raise BadWordings(wrong)
    kept = () if tuple(wordings) == sentence.shipped else tuple(wordings)
    if kept == (last.wordings if last else ()):
        return seen
    row = WordingRow(number=_last_number(tx) + 1, key=key, wordings=list(kept), shipped=[], at=now, by=by, why=why)
    row.shipped = list(sentence.shipped)
    tx.add(row)
    detail = {"sentence": key, "number": row.number, "is": list(kept or sentence.shipped)}
    audit(tx, who=by, what="script", now=now, detail=detail)
    changed(tx, "script", key, now)
    return row.number


def _last_number(tx: Session) -> int:
    return tx.exec(select(func.max(WordingRow.number))).one() or 0


def _last_changes(tx: Session, at: int | None = None, only: str = "") -> dict[str, Change]:
    rows = select(WordingRow).order_by(col(WordingRow.number))
    if at is not None:
        rows = rows.where(col(WordingRow.number) <= at)
    if only:
        rows = rows.where(WordingRow.key == only)
    return {row.key: _change(row) for row in tx.exec(rows)}


def _change(row: WordingRow) -> Change:
    return Change(row.number, row.key, tuple(row.wordings), tuple(row.shipped), row.at, row.by, row.why)
