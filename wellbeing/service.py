"""Signs in, a score with reasons out; a worrying sign or score opens an escalation.

`Wellbeing` is made once by wiring; every method runs inside the caller's transaction and never commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from escalations.service import Escalations
from prompts import Words
from residents.sign import Sign
from wellbeing.score import Score


@dataclass(frozen=True)
class Taken:
    """What became of one sign. escalation: the one it opened or joined; new: False when it had been taken before."""

    sign: Sign
    escalation: str | None = None
    new: bool = True


@dataclass(frozen=True)
class ScoreAt:
    """A score as it was kept at a time."""

    at: datetime
    score: Score = field()


@dataclass(frozen=True)
class Wellbeing:
    """The one door for signs. Hand it to every room that sees something."""

    escalations: Escalations
    words: Words

    def take(self, tx: Session, signs: Sequence[Sign], now: datetime) -> list[Taken]:
        """Keep new signs, escalate those with a level, recompute the scores touched. One Taken per sign, in order."""
        raise NotImplementedError

    def score_of(self, tx: Session, resident: str) -> Score:
        """The current score (value None, no reasons, before the first sign)."""
        raise NotImplementedError

    def scores(self, tx: Session, residents: Sequence[str]) -> dict[str, Score]:
        """Current scores of many residents in one query."""
        raise NotImplementedError

    def history(self, tx: Session, resident: str, since: datetime, until: datetime | None = None) -> list[ScoreAt]:
        """Kept scores, oldest first, at most one per hour."""
        raise NotImplementedError

    def signs_of(
        self, tx: Session, resident: str, since: datetime | None = None, until: datetime | None = None, limit: int = 500
    ) -> list[Sign]:
        """A resident's signs, newest first."""
        raise NotImplementedError

    def recompute(self, tx: Session, residents: Sequence[str], now: datetime) -> None:
        """Scores anew: recency changes them even when nothing happens."""
        raise NotImplementedError

    def sweep(self, tx: Session, now: datetime, limit: int = 200) -> int:
        """Recompute the scores that are older than an hour. How many were done; call again while it equals limit."""
        raise NotImplementedError
