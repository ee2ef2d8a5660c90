"""Signs and scores between rows and values."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, func, or_, select

from residents.sign import Level, Part, Sign, Source
from wellbeing.score import WINDOW, Band, PartScore, Score
from wellbeing.tables import ScoreHistoryRow, ScoreRow, SignRow
from wellbeing.trend import FALL_WITHIN, MIN_COVERAGE, SETTLED_AFTER

#: ids in one query.
CHUNK = 200
#: a score older than this is made anew.
HOUR = timedelta(hours=1)
T = TypeVar("T")


_THESE = col(SignRow.id).in_(bindparam("ids", expanding=True))
_ESCALATIONS = select(SignRow.id, SignRow.escalation).where(_THESE)
_TEXTS = select(SignRow.id, SignRow.text).where(_THESE)


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterable[list[T]]:
    """Lists of up to `size` items."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def known(tx: Session, ids: Sequence[str]) -> dict[str, str | None]:
    """Which signs have been taken before, and their escalations."""
    found: dict[str, str | None] = {}
    for chunk in chunks(ids):
        found |= dict(tx.exec(_ESCALATIONS, params={"ids": chunk}).all())
    return found


def sign_row(sign: Sign, now: datetime) -> SignRow:
    """A sign's row."""
    return SignRow(
        id=sign.id,
        resident=sign.resident,
        home=sign.home,
        kind=sign.kind,
        at=sign.at,
        taken_at=now,
        source=sign.source.value,
        text=sign.text,
        rule=sign.rule,
        level=sign.level.value if sign.level else None,
        part=sign.part.value if sign.part else None,
        value=sign.value,
        evidence=dict(sign.evidence),
    )


def sign_of(row: SignRow) -> Sign:
    """A row's sign."""
    return Sign(
        id=row.id,
        resident=row.resident,
        kind=row.kind,
        at=row.at,
        source=Source(row.source),
        text=row.text,
        rule=row.rule,
        level=Level(row.level) if row.level else None,
        part=Part(row.part) if row.part else None,
        value=row.value,
        home=row.home,
        evidence=row.evidence,
    )


#: instruments count longer than everything else.
_OTHERS = max(window for part, window in WINDOW.items() if part is not Part.INSTRUMENTS)
_COUNTING: Any = (
    select(SignRow.id, SignRow.resident, SignRow.at, SignRow.source, SignRow.level, SignRow.part, SignRow.value)  # type: ignore[call-overload]
    .where(col(SignRow.resident).in_(bindparam("residents", expanding=True)), col(SignRow.value).is_not(None))
    .where(SignRow.at > bindparam("since"), (SignRow.at > bindparam("lately")) | (SignRow.part == Part.INSTRUMENTS))
)


def counting_signs(tx: Session, residents: Sequence[str], now: datetime) -> dict[str, list[Sign]]:
    """The signs that may count in these residents' scores, without their (sealed) texts."""
    found: dict[str, list[Sign]] = {resident: [] for resident in residents}
    since = {"since": now - max(WINDOW.values()), "lately": now - _OTHERS}
    for id, resident, at, source, level, part, value in tx.exec(
        _COUNTING, params={"residents": list(residents), **since}
    ):
        grave, of = Level(level) if level else None, Part(part) if part else None
        found[resident].append(Sign(id, resident, "", at, Source(source), "", "", grave, of, value))
    return found


def told(tx: Session, resident: str, turns: Collection[str]) -> frozenset[str]:
    """Those of these turns of which a sign has told a person. A sign's id begins with its turn."""
    ids = tx.exec(select(SignRow.id).where(SignRow.resident == resident, col(SignRow.level).is_not(None)))
    return frozenset(turns) & {id.partition(":")[0] for id in ids}


def forget(tx: Session, resident: str, turns: Collection[str]) -> int:
    """Delete the signs of these turns of which nobody was told. How many there were."""
    of_them = or_(*(col(SignRow.id).startswith(f"{turn}:") for turn in turns))
    mine = delete(SignRow).where(col(SignRow.resident) == resident, col(SignRow.level).is_(None))
    return tx.exec(mine.where(of_them)).rowcount if turns else 0


def texts(tx: Session, ids: Sequence[str]) -> dict[str, str]:
    """What signs said, by id."""
    found: dict[str, str] = {}
    for chunk in chunks(ids):
        found |= dict(tx.exec(_TEXTS, params={"ids": chunk}).all())
    return found


def score_of(row: ScoreRow) -> Score:
    """A row's score."""
    reasons = tuple(PartScore(**{**reason, "signs": tuple(reason["signs"])}) for reason in row.reasons)
    return Score(row.value, Band(row.band), row.coverage, reasons)


def write(row: ScoreRow, score: Score, now: datetime) -> None:
    """Put a score into its row."""
    row.at, row.value, row.band, row.coverage = now, score.value, score.band.value, score.coverage
    row.reasons = [asdict(reason) for reason in score.reasons]


def hour_of(now: datetime) -> datetime:
    """The hour a kept score belongs to."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


_THIS_HOUR = col(ScoreHistoryRow.hour) == bindparam("hour")
_BOTH: Any = (
    select(ScoreRow, ScoreHistoryRow)
    .outerjoin(ScoreHistoryRow, (col(ScoreHistoryRow.resident) == col(ScoreRow.resident)) & _THIS_HOUR)
    .where(col(ScoreRow.resident).in_(bindparam("residents", expanding=True)))
)


def kept(
    tx: Session, residents: Sequence[str], now: datetime
) -> dict[str, tuple[ScoreRow | None, ScoreHistoryRow | None]]:
    """Each resident's score as it stands and what this hour has kept so far; nothing of those who have neither."""
    asked = {"residents": list(residents), "hour": hour_of(now)}
    found: dict[str, tuple[ScoreRow | None, ScoreHistoryRow | None]] = {
        row.resident: (row, kept) for row, kept in tx.exec(_BOTH, params=asked)
    }
    if new := [resident for resident in residents if resident not in found]:
        alone = select(ScoreHistoryRow).where(col(ScoreHistoryRow.resident).in_(new), _THIS_HOUR)
        alone = alone.params(hour=asked["hour"])
        found |= {row.resident: (None, row) for row in tx.exec(alone)}
    return found


def keep_history(tx: Session, resident: str, row: ScoreHistoryRow | None, score: Score, now: datetime) -> None:
    """The last score of each hour stays."""
    row = row or ScoreHistoryRow(resident=resident, hour=hour_of(now), at=now, band="", coverage=0)
    row.at, row.value, row.band, row.coverage = now, score.value, score.band.value, score.coverage
    tx.add(row)


_BEST: Any = (
    select(ScoreHistoryRow.resident, func.max(ScoreHistoryRow.value))
    .where(col(ScoreHistoryRow.resident).in_(bindparam("residents", expanding=True)))
    .where(ScoreHistoryRow.coverage >= MIN_COVERAGE)
    .where(ScoreHistoryRow.at >= bindparam("since"), ScoreHistoryRow.at <= bindparam("until"))
    .group_by(col(ScoreHistoryRow.resident))
)


def best_of_week(tx: Session, residents: Sequence[str], now: datetime) -> dict[str, int]:
    """The highest settled value of each resident's last week."""
    if not residents:
        return {}
    span = {"since": now - FALL_WITHIN, "until": now - SETTLED_AFTER}
    rows = tx.exec(_BEST, params={"residents": list(residents), **span})
    return {resident: best for resident, best in rows if best is not None}
