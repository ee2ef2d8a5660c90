"""Signs and scores between rows and values."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlmodel import Session, col, func, select

from residents.sign import Level, Part, Sign, Source
from wellbeing.score import WINDOW, Band, PartScore, Score
from wellbeing.tables import ScoreHistoryRow, ScoreRow, SignRow
from wellbeing.trend import FALL_WITHIN, MIN_COVERAGE, SETTLED_AFTER

#: ids in one query.
CHUNK = 200
#: a score older than this is made anew.
HOUR = timedelta(hours=1)
T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterable[list[T]]:
    """Lists of up to `size` items."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def known(tx: Session, ids: Sequence[str]) -> dict[str, str | None]:
    """Which signs have been taken before, and their escalations."""
    found: dict[str, str | None] = {}
    for chunk in chunks(ids):
        found |= dict(tx.exec(select(SignRow.id, SignRow.escalation).where(col(SignRow.id).in_(chunk))).all())
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


def counting_signs(tx: Session, residents: Sequence[str], now: datetime) -> dict[str, list[Sign]]:
    """The signs that may count in these residents' scores, without their (sealed) texts."""
    found: dict[str, list[Sign]] = {resident: [] for resident in residents}
    columns = (SignRow.id, SignRow.resident, SignRow.at, SignRow.source, SignRow.level, SignRow.part, SignRow.value)
    statement = select(*columns).where(  # type: ignore[call-overload]
        col(SignRow.resident).in_(residents), col(SignRow.value).is_not(None), SignRow.at > now - max(WINDOW.values())
    )
    oldest = now - max(window for part, window in WINDOW.items() if part is not Part.INSTRUMENTS)
    lasting = (SignRow.at > oldest) | (SignRow.part == Part.INSTRUMENTS)
    for id, resident, at, source, level, part, value in tx.exec(statement.where(lasting)):
        grave, of = Level(level) if level else None, Part(part) if part else None
        found[resident].append(Sign(id, resident, "", at, Source(source), "", "", grave, of, value))
    return found


def texts(tx: Session, ids: Sequence[str]) -> dict[str, str]:
    """What signs said, by id."""
    found: dict[str, str] = {}
    for chunk in chunks(ids):
        found |= dict(tx.exec(select(SignRow.id, SignRow.text).where(col(SignRow.id).in_(chunk))).all())
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


def kept(
    tx: Session, residents: Sequence[str], now: datetime
) -> dict[str, tuple[ScoreRow | None, ScoreHistoryRow | None]]:
    """Each resident's score as it stands and what this hour has kept so far; nothing of those who have neither."""
    hour = ScoreHistoryRow.hour == hour_of(now)
    of_both = (col(ScoreHistoryRow.resident) == col(ScoreRow.resident)) & hour
    both = select(ScoreRow, ScoreHistoryRow).outerjoin(ScoreHistoryRow, of_both)
    found: dict[str, tuple[ScoreRow | None, ScoreHistoryRow | None]] = {
        row.resident: (row, kept) for row, kept in tx.exec(both.where(col(ScoreRow.resident).in_(residents)))
    }
    if new := [resident for resident in residents if resident not in found]:
        alone = select(ScoreHistoryRow).where(col(ScoreHistoryRow.resident).in_(new), hour)
        found |= {row.resident: (None, row) for row in tx.exec(alone)}
    return found


def keep_history(tx: Session, resident: str, row: ScoreHistoryRow | None, score: Score, now: datetime) -> None:
    """The last score of each hour stays."""
    row = row or ScoreHistoryRow(resident=resident, hour=hour_of(now), at=now, band="", coverage=0)
    row.at, row.value, row.band, row.coverage = now, score.value, score.band.value, score.coverage
    tx.add(row)


def best_of_week(tx: Session, residents: Sequence[str], now: datetime) -> dict[str, int]:
    """The highest settled value of each resident's last week."""
    if not residents:
        return {}
    statement = (
        select(ScoreHistoryRow.resident, func.max(ScoreHistoryRow.value))
        .where(col(ScoreHistoryRow.resident).in_(residents), ScoreHistoryRow.coverage >= MIN_COVERAGE)
        .where(ScoreHistoryRow.at >= now - FALL_WITHIN, ScoreHistoryRow.at <= now - SETTLED_AFTER)
        .group_by(ScoreHistoryRow.resident)
    )
    return {resident: best for resident, best in tx.exec(statement) if best is not None}
