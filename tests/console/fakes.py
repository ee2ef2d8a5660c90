"""Stand-ins for rooms to the console's left, with the same answers each time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

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


@dataclass
class Sensors:
    states: list[Any] = field(default_factory=list)

    def device_states(self, tx: Any, now: datetime) -> list[Any]:
        return self.states

    def home_states(self, tx: Any, now: datetime) -> dict[str, str]:
        return {"home-001": "online"}

    def activity(self, tx: Any, home: str, since: datetime, until: datetime) -> list[Any]:
        return [SimpleNamespace(room="kitchen", hour=until - timedelta(hours=h), count=h) for h in range(20)]

    def quarantine(self, tx: Any, before: int | None, limit: int) -> list[Any]:
        rows = [
            SimpleNamespace(
                id=n, at=datetime.now().astimezone(), reason="unknown_device", home="home-9", topic="t", payload="<b>"
            )
            for n in range(5, 0, -1)
        ]
        return [row for row in rows if before is None or row.id < before][:limit]
