"""Stand-ins for rooms to the console's left, with the same answers each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from wellbeing.score import Band, PartScore, Score
from wellbeing.service import ScoreAt, Wellbeing

SCORE = Score(54, Band.CARE, 0.78, (PartScore("mood", 32, 0.4, "기운이 없다고 하셨습니다.", ("s-9",)),))


@dataclass(frozen=True)
class KnownScore(Wellbeing):
    """Takes signs as the real one does, and always has the same score to show."""

    def score_of(self, tx: Session, resident: str) -> Score:
        return SCORE

    def scores(self, tx: Session, residents: Sequence[str]) -> dict[str, Score]:
        return dict.fromkeys(residents, SCORE)

    def history(self, tx: Session, resident: str, since: datetime, until: datetime | None = None) -> list[ScoreAt]:
        return [ScoreAt(since + timedelta(days=d), SCORE) for d in range(29)]
