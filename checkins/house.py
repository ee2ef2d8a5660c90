"""What the check-ins are given once by the wiring, and share."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlmodel import Session

from checkins import facts, instrument, listening, script
from checkins.talk import Book
from checkins.waiting import Mail
from prompts import Words
from prompts.formal import Formal
from prompts.formal import parse as parse_formal
from wellbeing.service import Wellbeing

#: what the sensors know of a resident's home: {"silent": bool, "lost": bool (contact with the home lost),
#: "text": "부엌 움직임 09:12"}; None where they know nothing.
QuietHome = Callable[[Session, str, datetime], Mapping[str, Any] | None]
#: a late answer came to a miss that had been told: (tx, escalation, resident, now).
LateAnswer = Callable[[Session, str, str, datetime], None]


#: what each home has shown of today, of those who agreed to sensors: resident → some of "kitchen", "night", "out".
SeenToday = Callable[[Session, Collection[str], datetime], Mapping[str, Collection[str]]]


class Family(Protocol):
    """What the check-ins ask of the room that keeps what relatives leave."""

    def waiting(self, tx: Session, residents: Collection[str], /) -> Mapping[str, Sequence[Mail]]:
        """Resident → what has not been read yet, the oldest first; who has nothing is not in it."""

    def read(self, tx: Session, id: str, now: datetime, /) -> None:
        """It has been said."""

    def reply(self, tx: Session, id: str, text: str, now: datetime, /) -> bool:
        """The resident's answer goes back to who left it. False where they cannot be reached."""


class NoFamily:
    """Nobody leaves anything."""

    def waiting(self, _tx: Session, _residents: Collection[str], /) -> Mapping[str, Sequence[Mail]]:
        """Nothing."""
        return {}

    def read(self, _tx: Session, _id: str, _now: datetime, /) -> None:
        """Nothing to do."""

    def reply(self, _tx: Session, _id: str, _text: str, _now: datetime, /) -> bool:
        """Nobody to reach."""
        return False


def _knows_nothing(_tx: Session, _resident: str, _now: datetime) -> None:
    return None


def _sees_nothing(_tx: Session, _residents: Collection[str], _now: datetime) -> Mapping[str, Collection[str]]:
    return {}


def _tells_nobody(_tx: Session, _escalation: str, _resident: str, _now: datetime) -> None:
    return None


@dataclass(frozen=True)
class House:
    """words: `prompts.load()`. zone: whose days and hours count. speed: how many times faster service time runs; a
    conversation keeps real pace, so its silences are stretched by it. The rest: from other rooms."""

    words: Words
    wellbeing: Wellbeing
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Seoul"))
    speed: float = 1.0
    quiet_home: QuietHome = field(default=_knows_nothing)
    late_answer: LateAnswer = field(default=_tells_nobody)
    family: Family = field(default_factory=NoFamily)
    seen_today: SeenToday = field(default=_sees_nothing)

    @cached_property
    def book(self) -> Book:
        """The words of a talk, parsed once. BadScript, BadInstrument or re.error where they are at fault: no start."""
        talk = script.parse(self.words.data("talk"))
        return Book(
            talk,
            listening.parse(self.words.data("listen")),
            facts.parse(self.words.data("memory")),
            self.words.data("away"),
            float(talk.limits["sure"]),
            float(talk.limits["understood"]),
            instrument.parse(self.words.data("instruments"), self.words.files("instruments")),
        )

    @cached_property
    def formal(self) -> Formal:
        """The more formal way of speaking."""
        return parse_formal(self.words.data("polite"))

    @cached_property
    def edited(self) -> dict[int, Book]:
        """The book as it was after a change of the scripts, by its number: filled by `scripts.book`."""
        return {}

    def local_day(self, now: datetime) -> date:
        """The residents' calendar day."""
        return now.astimezone(self.zone).date()

    def local_hour(self, now: datetime) -> int:
        """The hour on the residents' clock."""
        return now.astimezone(self.zone).hour

    def pace(self, real_s: float) -> timedelta:
        """Service time that passes in so many real seconds: people talk at their own speed."""
        return timedelta(seconds=real_s * self.speed)

    def midnight(self, now: datetime) -> datetime:
        """The start of the residents' day."""
        local = now.astimezone(self.zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
