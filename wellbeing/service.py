"""Signs in, a score with reasons out; a worrying sign or score opens an escalation.

`Wellbeing` is made once by wiring; every method runs inside the caller's transaction and never commits.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, select

from escalations.service import Escalations
from prompts import Words
from residents.sign import Level, Sign, Source
from store import changed, fault
from wellbeing import keeping
from wellbeing.score import NOTHING, VERSION, Band, Score, score
from wellbeing.tables import ScoreHistoryRow, ScoreRow, SignRow
from wellbeing.trend import Low, Watched, Worry, is_watched, watch
from wellbeing.wording import needed, why, worded

log = structlog.get_logger(__name__)

_UNSAID: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Taken:
    """What became of one sign. escalation: the one it opened or joined; new: False when it had been taken before."""

    sign: Sign
    escalation: str | None = None
    new: bool = True


@dataclass(frozen=True)
class ScoreAt:
    """A score as it was kept at a time (without its reasons)."""

    at: datetime
    score: Score


@dataclass(frozen=True)
class Wellbeing:
    """The one door for signs. Hand it to every room that sees something."""

    escalations: Escalations
    words: Words

    def take(self, tx: Session, signs: Sequence[Sign], now: datetime) -> list[Taken]:
        """Keep new signs, escalate those with a level, recompute the scores touched. One Taken per sign, in order."""
        with tx.no_autoflush:  # what was taken before is flushed below
            before = keeping.known(tx, [sign.id for sign in signs])
        taken = [self._take_one(tx, sign, before, now) for sign in signs]
        tx.flush()
        fault.at("score")
        touched = {t.sign.resident for t in taken if t.new and t.sign.part is not None and t.sign.value is not None}
        said = {t.sign.id: t.sign.text for t in taken if t.new}
        self._rescore(tx, sorted(resident for resident in touched if resident), now, said)
        return taken

    def score_of(self, tx: Session, resident: str) -> Score:
        """The current score (value None, no reasons, before the first sign)."""
        row = tx.get(ScoreRow, resident)
        return keeping.score_of(row) if row else NOTHING

    def scores(self, tx: Session, residents: Sequence[str]) -> dict[str, Score]:
        """Current scores of many residents."""
        found = dict.fromkeys(residents, NOTHING)
        for chunk in keeping.chunks(residents):
            for row in tx.exec(select(ScoreRow).where(col(ScoreRow.resident).in_(chunk))):
                found[row.resident] = keeping.score_of(row)
        return found

    def history(self, tx: Session, resident: str, since: datetime, until: datetime | None = None) -> list[ScoreAt]:
        """Kept scores, oldest first, at most one per hour."""
        statement = select(ScoreHistoryRow).where(ScoreHistoryRow.resident == resident, ScoreHistoryRow.at >= since)
        if until is not None:
            statement = statement.where(ScoreHistoryRow.at < until)
        rows = tx.exec(statement.order_by(col(ScoreHistoryRow.at)))
        return [ScoreAt(row.at, Score(row.value, Band(row.band), row.coverage)) for row in rows]

    def signs_of(
        self, tx: Session, resident: str, since: datetime | None = None, until: datetime | None = None, limit: int = 500
    ) -> list[Sign]:
        """A resident's signs, newest first."""
        statement = select(SignRow).where(SignRow.resident == resident)
        if since is not None:
            statement = statement.where(SignRow.at >= since)
        if until is not None:
            statement = statement.where(SignRow.at < until)
        rows = tx.exec(statement.order_by(col(SignRow.at).desc(), col(SignRow.id)).limit(limit))
        return [keeping.sign_of(row) for row in rows]

    def acted_on(self, tx: Session, resident: str, turns: Collection[str]) -> frozenset[str]:
        """Of these turns of talks, those that a person was told of by a sign."""
        return keeping.told(tx, resident, turns)

    def forget(self, tx: Session, resident: str, turns: Collection[str], now: datetime) -> None:
        """Delete the signs made of these turns, and score anew without them. What a person was told of stays."""
        if keeping.forget(tx, resident, turns):
            tx.flush()
            self._rescore(tx, [resident], now)

    def recompute(
        self, tx: Session, residents: Sequence[str], now: datetime, said: Mapping[str, str] = _UNSAID
    ) -> None:
        """Scores anew: recency changes them even when nothing happens. said: texts of signs that are at hand."""
        for chunk in keeping.chunks(residents):
            signs = keeping.counting_signs(tx, chunk, now)
            fresh = {resident: score(signs[resident], now) for resident in chunk}
            best = keeping.best_of_week(tx, [who for who, found in fresh.items() if is_watched(found)], now)
            unread = [id for found in fresh.values() for id in needed(found) if id not in said]
            texts = {**said, **keeping.texts(tx, unread)}
            kept = keeping.kept(tx, chunk, now)
            for resident, found in fresh.items():
                row, hour = kept.get(resident, (None, None))
                told = worded(found, self.words, texts)
                keeping.keep_history(tx, resident, hour, told, now)
                self._keep(tx, resident, row, told, best.get(resident), now)

    def sweep(self, tx: Session, now: datetime, limit: int = 200) -> int:
        """Recompute the scores that are older than an hour. How many were done; call again while it equals limit."""
        statement = select(ScoreRow.resident).where(ScoreRow.at <= now - keeping.HOUR)
        old = list(tx.exec(statement.order_by(col(ScoreRow.at)).limit(limit)))
        self._rescore(tx, old, now)
        return len(old)

    def _rescore(self, tx: Session, residents: Sequence[str], now: datetime, said: Mapping[str, str] = _UNSAID) -> None:
        """`recompute`, whose fault undoes no sign and no escalation, and stops no other resident's score."""
        if not residents or self._recomputed(tx, residents, now, said):
            return
        for resident in residents:
            if not self._recomputed(tx, [resident], now, said) and (row := tx.get(ScoreRow, resident)) is not None:
                row.at = now  # tried again in an hour

    def _recomputed(self, tx: Session, residents: Sequence[str], now: datetime, said: Mapping[str, str]) -> bool:
        try:
            with tx.begin_nested():
                self.recompute(tx, residents, now, said)
        except (StaleDataError, OperationalError):
            raise  # somebody else was first: the whole work is run again
        except Exception:
            log.exception("not_scored", residents=list(residents[:5]), count=len(residents))
            return False
        return True

    def _take_one(self, tx: Session, sign: Sign, before: dict[str, str | None], now: datetime) -> Taken:
        if sign.id in before:
            return Taken(sign, before[sign.id], new=False)
        row = keeping.sign_row(sign, now)
        if sign.level is not None:
            row.escalation = self.escalations.raise_sign(tx, sign, now)
        before[sign.id] = row.escalation
        tx.add(row)
        changed(tx, "sign", sign.id, now, resident=sign.resident, sign=sign.kind)
        return Taken(sign, row.escalation)

    def _keep(
        self, tx: Session, resident: str, row: ScoreRow | None, found: Score, best: int | None, now: datetime
    ) -> None:
        row = row or ScoreRow(resident=resident, at=now, band=Band.UNKNOWN.value, coverage=0)
        moved = (row.value, row.band) != (found.value, found.band.value)
        said = Watched(Band(row.low) if row.low else None, row.falling)
        watched, worries = watch(said, found, best)
        keeping.write(row, found, now)
        row.low, row.falling = watched.low.value if watched.low else None, watched.falling
        tx.add(row)
        if moved:
            changed(tx, "score", resident, now, value=found.value, band=found.band.value)
        if worries:
            self.take(tx, [self._sign(resident, worry, found, now) for worry in worries], now)

    def _sign(self, resident: str, worry: Worry, found: Score, now: datetime) -> Sign:
        kind = "low_band" if isinstance(worry, Low) else "falling_score"
        facts = {"band": worry.band.value} if isinstance(worry, Low) else {"before": worry.before}
        key = "low" if isinstance(worry, Low) else "falling"
        return Sign(
            id=f"{kind}:{resident}:{now.isoformat()}",
            resident=resident,
            kind=kind,
            at=now,
            source=Source.SERVICE,
            text=self.words.text(f"wellbeing.{key}", value=worry.value, why=why(found), **facts).strip(),
            rule=VERSION,
            level=Level.WATCH,
            evidence={"value": worry.value, "coverage": found.coverage, **facts},
        )
