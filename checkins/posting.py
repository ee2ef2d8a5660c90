"""What a talk says, put into the outbox and on the record."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from checkins.checkin import Origin
from checkins.house import House
from checkins.outcomes import Say
from checkins.tables import CheckInRow, TalkRow, TurnRow
from escalations import outbox
from store import changed, new_id

#: what could not be said by then is not worth saying any more; in the chat, and in real seconds at the speaker.
_UNSENT_CHAT = timedelta(hours=12)
_UNSENT_SPEAKER_S = 60
_UNSENT_QUESTION_S = 20
#: somebody is worried: what is asked for them waits for no room at the speaker.
_AT_ONCE = (Origin.SILENCE, Origin.REQUEST)
_INSERT = insert(SQLModel.metadata.tables[str(TurnRow.__tablename__)])


def post(house: House, tx: Session, row: CheckInRow, held: TalkRow, say: Say, now: datetime, kind: str) -> None:
    """Put one sentence into the outbox and on the record."""
    serial = f"{row.attempt}:{held.sentences}"
    order = outbox.Order(
        key=f"{'ask' if kind == 'question' else 'talk'}:{row.id}:{serial}",
        kind=kind,
        channel=held.channel,
        address=held.address,
        body=_body(say, row),
        person_kind="resident",
        person_id=row.resident,
        checkin=row.id,
        expires_at=_expires(house, row, held.channel, kind, now),
    )
    outbox.post(tx, order, now)
    record(tx, row, "service", say.text, None, held.channel, now)
    if kind != "question":  # an attempt is a change of the check-in already
        changed(tx, "turn", row.id, now, resident=row.resident)


def waited_for_room(tx: Session, rows: Sequence[CheckInRow]) -> dict[str, datetime | None]:
    """Of these check-ins those whose running attempt found no room at the speaker → when its question was said, None
    while it still waits."""
    attempts = {f"ask:{row.id}:{row.attempt}": row.id for row in rows if row.channel == "speaker" and row.attempt}
    found = outbox.put_off(tx, list(attempts.values()), "question") if attempts else {}
    said = {key.rpartition(":")[0]: sent_at for key, sent_at in found.items()}
    return {checkin: said[attempt] for attempt, checkin in attempts.items() if attempt in said}


def record(
    tx: Session, row: CheckInRow, who: str, text: str, confidence: float | None, channel: str, now: datetime
) -> str:
    """One turn on the record; its id."""
    turn = {
        "id": new_id("t"),
        "checkin": row.id,
        "resident": row.resident,
        "at": now,
        "who": who,
        "text": text,
        "confidence": confidence,
        "channel": channel,
    }
    tx.connection().execute(_INSERT, turn)  # a tenth of a row object's cost, and thousands may be due
    return str(turn["id"])


def _body(say: Say, row: CheckInRow) -> Mapping[str, Any]:
    buttons = [{"text": text, "data": f"say:{text}"} for text in say.buttons]
    how = {"listen": say.listen, "bye": not say.listen, "slow": say.slow, "expect": say.expect.value}
    urgent = {"at_once": True} if row.origin in _AT_ONCE else {}
    sound = {"sound": say.sound} if say.sound else {}
    return {"text": say.text, **how, "buttons": buttons, **urgent, **sound}


def _expires(house: House, row: CheckInRow, channel: str, kind: str, now: datetime) -> datetime:
    if channel == "telegram":
        return row.due_at if kind == "question" and row.due_at else now + _UNSENT_CHAT
    return now + house.pace(_UNSENT_QUESTION_S if kind == "question" else _UNSENT_SPEAKER_S)
