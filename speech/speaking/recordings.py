"""Sentences in a real voice: kept sealed, found by their text, for one resident or for everybody."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from speech.speaking.script_lines import normal
from speech.tables import RecordingRow
from store.audit import audit

#: stands for "everybody" where a resident's id would.
EVERYBODY = ""
#: the longest recording that is played, in seconds.
MAX_SECONDS = 20.0


@dataclass(frozen=True)
class Recorded:
    """What is known of a recording without its sound. voice: whose it is. sentence: what it is found by."""

    id: str
    resident: str
    sentence: str
    text: str = field(repr=False)
    voice: str = field(repr=False)
    seconds: float
    at: datetime


@dataclass(frozen=True)
class Recordings:
    """Functions of a transaction. secret: makes of a sentence what it is found by, so that nobody can guess it."""

    secret: bytes

    def sentence(self, text: str) -> str:
        """What a text is found by: the same for every spacing of it."""
        said = normal(text).encode("utf-8", "replace")
        return hmac.new(self.secret, said, hashlib.sha256).hexdigest()

    def find(self, tx: Session, resident: str | None, texts: Sequence[str]) -> Mapping[str, str]:
        """text → id of its recording, the resident's own before everybody's; what is not recorded is left out."""
        wanted = {self.sentence(text): text for text in texts}
        statement = (
            select(RecordingRow.sentence, RecordingRow.id)
            .where(col(RecordingRow.sentence).in_(wanted), col(RecordingRow.resident).in_({EVERYBODY, resident or ""}))
            .order_by(col(RecordingRow.resident))
        )
        return {wanted[sentence]: id for sentence, id in tx.exec(statement)}

    def sound(self, tx: Session, id: str) -> bytes | None:
        """A recording as a WAV file, None where there is none."""
        row = tx.get(RecordingRow, id)
        return None if row is None else row.sound

    def one(self, tx: Session, id: str) -> Recorded | None:
        """What is known of one, None where there is none."""
        row = tx.get(RecordingRow, id)
        return None if row is None else _recorded(row)

    def of(self, tx: Session, resident: str) -> list[Recorded]:
        """All of one resident, or EVERYBODY's, by time."""
        columns = [getattr(RecordingRow, name) for name in Recorded.__dataclass_fields__]
        found = tx.exec(select(*columns).where(RecordingRow.resident == resident).order_by(col(RecordingRow.at)))
        return [Recorded(*row) for row in found]

    def keep(
        self, tx: Session, resident: str, text: str, voice: str, wav: bytes, seconds: float, by: str, now: datetime
    ) -> Recorded:
        """Keep one instead of the one before; audited. The id is new each time: an older one may still be cached."""
        sentence = self.sentence(text)
        for old in _of_sentence(tx, resident, sentence):
            tx.delete(old)
        tx.flush()
        row = RecordingRow(
            id=secrets.token_hex(32),
            resident=resident,
            sentence=sentence,
            text=text,
            voice=voice,
            seconds=round(seconds, 2),
            at=now,
            by=by,
            sound=wav,
        )
        tx.add(row)
        audit(tx, who=by, what="recording kept", whose=resident, now=now, detail={"recording": row.id[:12]})
        return _recorded(row)

    def delete(self, tx: Session, ids: Sequence[str], by: str, now: datetime) -> int:
        """Delete these, at once and for good; audited. How many there were."""
        rows = tx.exec(select(RecordingRow).where(col(RecordingRow.id).in_(ids))).all()
        for row in rows:
            audit(tx, who=by, what="recording deleted", whose=row.resident, now=now, detail={"recording": row.id[:12]})
            tx.delete(row)
        return len(rows)


def _of_sentence(tx: Session, resident: str, sentence: str) -> Sequence[RecordingRow]:
    return tx.exec(
        select(RecordingRow).where(RecordingRow.resident == resident, RecordingRow.sentence == sentence)
    ).all()


def _recorded(row: RecordingRow) -> Recorded:
    return Recorded(**{name: getattr(row, name) for name in Recorded.__dataclass_fields__})
