"""Check-ins as they are read: by the API, the console, the auditor."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from checkins.checkin import State
from checkins.house import House
from checkins.tables import CheckInRow, TalkRow, TurnRow


@dataclass(frozen=True)
class TurnShown:
    """One thing said. who: "service" or "resident"; confidence None for typed and for spoken-by-the-service text;
    id: by which its sound is found, where that is kept."""

    at: datetime
    who: str
    text: str
    confidence: float | None
    channel: str = ""
    id: str = ""


@dataclass(frozen=True)
class SkippedShown:
    """A topic that was due and not asked for; text: why, in Korean."""

    topic: str
    text: str


@dataclass(frozen=True)
class CheckInShown:
    """A check-in as in the API. due_at: its slot's time; attempts: how many have begun; origin: plan, return, request,
    silence or resident; reason: a Korean sentence for one that was cancelled or missed."""

    id: str
    resident: str
    due_at: datetime
    state: str
    channel: str | None
    attempts: int
    origin: str
    late: bool
    reason: str | None
    asked_at: datetime | None
    answered_at: datetime | None
    next_at: datetime | None
    escalation: str | None
    turns: tuple[TurnShown, ...] = ()
    skipped: tuple[SkippedShown, ...] = ()


def of_resident(
    house: House,
    tx: Session,
    resident: str,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    before: str | None = None,
) -> list[CheckInShown]:
    """A resident's check-ins due in a span, the newest row first; `before`: the last id of the page before."""
    statement = select(CheckInRow).where(CheckInRow.resident == resident).order_by(col(CheckInRow.id).desc())
    if since is not None:
        statement = statement.where(col(CheckInRow.planned_at) >= since)
    if until is not None:
        statement = statement.where(col(CheckInRow.planned_at) < until)
    if before is not None:
        statement = statement.where(col(CheckInRow.id) < before)
    rows = tx.exec(statement.limit(limit)).all()
    ids = [row.id for row in rows]
    said, skipped = _turns(tx, ids), _skipped(house, tx, ids)
    return [shown(house, row, said.get(row.id, ()), skipped.get(row.id, ())) for row in rows]


def one(house: House, tx: Session, checkin: str) -> CheckInShown | None:
    """One check-in with its turns."""
    row = tx.get(CheckInRow, checkin)
    if row is None:
        return None
    said, skipped = _turns(tx, [row.id]), _skipped(house, tx, [row.id])
    return shown(house, row, said.get(row.id, ()), skipped.get(row.id, ()))


def of_day(
    house: House, tx: Session, since: datetime, until: datetime, residents: Sequence[str] | None = None
) -> list[CheckInShown]:
    """Check-ins due in a span (of these residents), by time, without their turns: a day's list."""
    statement = select(CheckInRow).where(col(CheckInRow.planned_at) >= since, col(CheckInRow.planned_at) < until)
    if residents is not None:
        statement = statement.where(col(CheckInRow.resident).in_(residents))
    return [shown(house, row) for row in tx.exec(statement.order_by(col(CheckInRow.planned_at)))]


def last_answer(tx: Session, resident: str, since: datetime) -> tuple[datetime, str] | None:
    """When the latest answer after `since` came, by which channel; what was unclear, or in a talk of a danger, is
    none."""
    heard = (
        select(TalkRow, CheckInRow)
        .join(CheckInRow, col(CheckInRow.id) == col(TalkRow.checkin))
        .where(TalkRow.resident == resident, col(TalkRow.heard_at) > since)
    )
    talks = tx.exec(heard).all()
    if any(held.state.get("red") for held, _ in talks):
        return None
    answers = [(_answer(held, row), held.channel) for held, row in talks]
    return max(((at, channel) for at, channel in answers if at is not None and at > since), default=None)


def _answer(held: TalkRow, row: CheckInRow) -> datetime | None:
    """When the check-in was answered first; in a talk that was understood to its end, what was said last."""
    if row.answered_at is None:
        return None
    return row.answered_at if held.state.get("unsure") else held.heard_at


def counts(house: House, tx: Session, now: datetime) -> dict[str, int]:
    """Today's check-ins (of the residents' day) by state."""
    start = house.midnight(now)
    found = tx.exec(
        select(CheckInRow.state, func.count())
        .where(col(CheckInRow.planned_at) >= start, col(CheckInRow.planned_at) < start + timedelta(days=1))
        .group_by(CheckInRow.state)
    )
    return {state.value: 0 for state in State} | dict(found.all())


def without_next_step(tx: Session, now: datetime, grace: timedelta) -> list[str]:
    """For the auditor: unfinished check-ins with no next step, or one that is overdue by more than `grace`; and those
    whose talk is open while neither of the two has a next step."""
    unfinished = col(CheckInRow.state).in_([State.PLANNED.value, State.ASKED.value])
    due = col(CheckInRow.due_at)
    lost = list(tx.exec(select(CheckInRow.id).where(unfinished, or_(due.is_(None), due < now - grace))))
    talks = select(TalkRow.checkin).join(CheckInRow, col(CheckInRow.id) == TalkRow.checkin)
    endless = talks.where(col(TalkRow.open).is_(True), col(TalkRow.due_at).is_(None), due.is_(None))
    return [*lost, *(id for id in tx.exec(endless) if id not in lost)]


def _turns(tx: Session, checkins: Sequence[str]) -> dict[str, tuple[TurnShown, ...]]:
    found: dict[str, list[TurnShown]] = defaultdict(list)
    rows = tx.exec(select(TurnRow).where(col(TurnRow.checkin).in_(checkins)).order_by(col(TurnRow.at), col(TurnRow.id)))
    for row in rows:
        found[row.checkin].append(TurnShown(row.at, row.who, row.text, row.confidence, row.channel, row.id))
    return {id: tuple(turns) for id, turns in found.items()}


def _skipped(house: House, tx: Session, checkins: Sequence[str]) -> dict[str, tuple[SkippedShown, ...]]:
    talks = tx.exec(select(TalkRow.checkin, TalkRow.state).where(col(TalkRow.checkin).in_(checkins)))
    return {checkin: tuple(_why(house, one) for one in state.get("skipped", ())) for checkin, state in talks}


def _why(house: House, skipped: str) -> SkippedShown:
    topic, _, seen = skipped.partition(":")
    return SkippedShown(topic, house.words.text(f"checkins.skipped.{seen}"))


def shown(
    house: House, row: CheckInRow, turns: tuple[TurnShown, ...] = (), skipped: tuple[SkippedShown, ...] = ()
) -> CheckInShown:
    """One row as it is read."""
    return CheckInShown(
        id=row.id,
        resident=row.resident,
        due_at=row.planned_at,
        state=row.state,
        channel=row.channel or (row.channels[0] if row.channels else None),
        attempts=row.attempt,
        origin=row.origin,
        late=row.late,
        reason=house.words.text(f"checkins.reasons.{row.reason}") if row.reason else None,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        next_at=row.due_at,
        escalation=row.escalation,
        turns=turns,
        skipped=skipped,
    )
