"""Stand-ins for rooms to the console's left, with the same answers each time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from wellbeing.score import Band, PartScore, Score
from wellbeing.service import ScoreAt

SCORE = Score(54, Band.CARE, 0.78, (PartScore("mood", 32, 0.4, "기운이 없다고 하셨습니다.", ("s-9",)),))


class Wellbeing:
    def score_of(self, tx: Any, resident: str) -> Score:
        return SCORE

    def scores(self, tx: Any, residents: Sequence[str]) -> dict[str, Score]:
        return dict.fromkeys(residents, SCORE)

    def history(self, tx: Any, resident: str, since: datetime, until: datetime | None = None) -> list[ScoreAt]:
        return [ScoreAt(since + timedelta(days=d), SCORE) for d in range(29)]

    def signs_of(self, tx: Any, resident: str, since: Any = None, until: Any = None, limit: int = 500) -> list[Any]:
        return []


class Checkins:
    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.rows: list[Any] = []

    def of_resident(self, tx: Any, resident: str, since: Any, until: Any, limit: int) -> list[Any]:
        return [c for c in self.rows if c.resident == resident][:limit]

    def of_day(self, tx: Any, start: datetime, end: datetime) -> list[Any]:
        return self.rows

    def start_now(self, tx: Any, resident: str, by: str, now: datetime) -> Any:
        if any(c.resident == resident and c.state == "asked" for c in self.rows):
            raise RuntimeError("one runs already")
        started = SimpleNamespace(
            id=f"k-{len(self.rows)}",
            resident=resident,
            due_at=now,
            state="asked",
            channel="speaker",
            attempts=1,
            turns=[],
        )
        self.rows.append(started)
        return started


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
