"""The sweep: what is due is claimed, decided and asked in one transaction, in a handful of queries however many."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from checkins import brought, memory, missing, reach, screening, signs
from checkins.checkin import NO_CONSENT, CheckIn, Origin, State, step, what_is_due
from checkins.conversing import Conversation, let_go, move, resume
from checkins.events import Ask, Due, Missed, Outcome
from checkins.facts import Fact
from checkins.house import House
from checkins.missing import RUN_AGAIN
from checkins.opening import begin_with, met_before
from checkins.plan import quiet_until
from checkins.planning import return_checks
from checkins.posting import waited_for_room
from checkins.reach import Reach
from checkins.rows import load, save
from checkins.tables import AcquaintanceRow, CheckInRow, TalkRow
from checkins.talk import Again, Open, Silent
from escalations import outbox
from store import changed, claim, fault, release

log = structlog.get_logger(__name__)

#: a check-in that could not be decided is tried again after this.
_AFTER_FAULT = timedelta(minutes=1)
_AFTER_RACE = timedelta(seconds=5)
#: one that falls due while another talk is going on waits this long.
_MEANWHILE = timedelta(minutes=10)
#: a silence that nobody has noticed for so many real seconds: the service was down, and is sorry.
_STOOD_STILL_S = 600
#: a speaker counts as in use for so many real seconds after the last word.
_TALKING_S = 120


@dataclass
class _Batch:
    """What was loaded at once for all that is due."""

    reach: Mapping[str, Reach]
    talks: Mapping[str, TalkRow]
    known: Mapping[str, AcquaintanceRow]
    facts: Mapping[str, tuple[Fact, ...]]  # resident → what is remembered
    forms: Mapping[str, str]  # resident → the instrument that is due
    brought: Mapping[str, brought.Brought]  # resident → messages and news
    seen: Mapping[str, Collection[str]]  # resident → what the home has shown of today
    talking: dict[str, str]  # resident → the check-in whose talk is open
    at_speaker: dict[str, str]  # home → the resident its speaker is talking with just now
    said: Mapping[str, datetime | None]  # check-in whose question waited for room → when it was said, None: it waits


def sweep(house: House, tx: Session, now: datetime, real: datetime, limit: int = 500, holder: str = "clock") -> int:
    """Ask what is due, note what was missed. How many were due; call again at once while it equals limit."""
    return_checks(house, tx, now)
    rows = claim(tx, CheckInRow, now=now, real=real, holder=holder, limit=limit)
    if not rows:
        return 0
    fault.at("claim")
    try:
        with tx.begin_nested(), tx.no_autoflush:
            _work_off(house, tx, rows, now, real)
    except RUN_AGAIN:
        raise
    except IntegrityError:  # another worker was first with one of them: what it wrote can be seen now
        log.info("checkins_one_by_one", due=len(rows))
        _each_alone(house, tx, rows, now, real)
    except Exception:
        log.exception("checkins_one_by_one", due=len(rows))
        _each_alone(house, tx, rows, now, real)
    return len(rows)


def _each_alone(house: House, tx: Session, rows: Sequence[CheckInRow], now: datetime, real: datetime) -> None:
    for row in rows:
        _alone(house, tx, row, now, real)


def _alone(house: House, tx: Session, row: CheckInRow, now: datetime, real: datetime) -> None:
    """One whose fault, if it is its own, stops no other."""
    try:
        with tx.begin_nested(), tx.no_autoflush:
            _work_off(house, tx, [row], now, real)
    except RUN_AGAIN:
        raise
    except IntegrityError:  # again another was first, with another row of the same resident: no fault, only too early
        release(row, now + _AFTER_RACE)
    except Exception:
        log.exception("checkin_not_worked_off", checkin=row.id)
        _hand_over(house, tx, row, row, now)


def sweep_talks(
    house: House, tx: Session, now: datetime, real: datetime, limit: int = 100, holder: str = "clock"
) -> int:
    """Talks in which nothing has been said for long: asked once more, then closed politely."""
    talks = claim(tx, TalkRow, now=now, real=real, holder=holder, limit=limit)
    for held in talks:
        row, due = tx.get(CheckInRow, held.checkin), held.due_at or now
        if row is None or not held.open:
            release(held)
            continue
        try:
            with tx.begin_nested():
                conversation = resume(house, tx, row, held)
                stood_still = now - due > house.pace(_STOOD_STILL_S)
                made = conversation.take(Silent(cut=stood_still), now, said=_silence(conversation, now))
                house.wellbeing.take(tx, made, now)
        except RUN_AGAIN:
            raise
        except Exception:
            log.exception("talk_not_carried_on", checkin=row.id)
            _hand_over(house, tx, row, held, now)
    return len(talks)


def _hand_over(house: House, tx: Session, row: CheckInRow, at_fault: CheckInRow | TalkRow, now: datetime) -> None:
    """What the service cannot carry on is tried again, and a person asks meanwhile: once for each check-in."""
    release(at_fault, now + _AFTER_FAULT)
    tx.flush()
    try:
        with tx.begin_nested():
            house.wellbeing.take(tx, [signs.trouble(row.id, row.resident, now, house.words)], now)
    except RUN_AGAIN:
        raise
    except Exception:
        log.exception("trouble_not_told", checkin=row.id)


def _silence(conversation: Conversation, now: datetime) -> signs.Said:
    row, held = conversation.row, conversation.held
    return signs.Said(f"{row.id}:silence:{held.sentences}", row.resident, held.home, "", now, row.id)


def _work_off(house: House, tx: Session, rows: Sequence[CheckInRow], now: datetime, real: datetime) -> None:
    batch = _load(house, tx, rows, now, real)
    misses: list[tuple[CheckInRow, Missed]] = []
    for row in sorted(rows, key=lambda row: (row.state == State.ASKED.value, row.planned_at), reverse=True):
        try:
            after, outcomes = _decide(house, row, batch, now)
            if (wait := _must_wait(house, row, outcomes, batch)) is not None:
                release(row, now + wait)
                continue
            asked = _prepare(house, tx, row, after, outcomes, batch, now)
        except RUN_AGAIN:
            raise
        except Exception:  # one resident's error never stops the others
            log.exception("checkin_not_decided", checkin=row.id)
            _hand_over(house, tx, row, row, now)
            continue
        save(row, after)
        changed(tx, "checkin", row.id, now, resident=row.resident, state=row.state, attempt=row.attempt)
        if asked is not None:
            asked.act(now, "question")
            batch.talking[row.resident] = row.id
            if asked.held.channel == "speaker":
                batch.at_speaker[asked.held.home] = row.resident
        misses += [(row, o) for o in outcomes if isinstance(o, Missed)]
        if after.state in (State.MISSED, State.CANCELLED):
            _let_go(house, tx, row, batch, now)
        if after.reason == NO_CONSENT and row.resident in batch.reach:
            missing.unasked(house, tx, row, batch.reach[row.resident].resident.home, now)
    if misses:
        homes = {id: who.resident.home for id, who in batch.reach.items()}
        missing.tell(house, tx, misses, homes, now)


def _load(house: House, tx: Session, rows: Sequence[CheckInRow], now: datetime, real: datetime) -> _Batch:
    residents = sorted({row.resident for row in rows})
    talks = tx.exec(select(TalkRow).where(col(TalkRow.checkin).in_([row.id for row in rows])))
    known = tx.exec(select(AcquaintanceRow).where(col(AcquaintanceRow.resident).in_(residents)))
    open_now = select(TalkRow.resident, TalkRow.checkin).where(col(TalkRow.open).is_(True))
    found = reach.of_many(tx, residents, now, real)
    return _Batch(
        found,
        {t.checkin: t for t in talks},
        {a.resident: a for a in known},
        memory.of_many(tx, residents),
        screening.due(tx, residents, now),
        brought.of_many(house, tx, residents),
        house.seen_today(tx, residents, now),
        dict(tx.exec(open_now.where(col(TalkRow.resident).in_(residents))).all()),
        _at_speaker(house, tx, {who.resident.home for who in found.values()}, now),
        waited_for_room(tx, rows),
    )


def _at_speaker(house: House, tx: Session, homes: Collection[str], now: datetime) -> dict[str, str]:
    talks = tx.exec(
        select(TalkRow.home, TalkRow.resident, TalkRow.opened_at, TalkRow.heard_at).where(
            col(TalkRow.open).is_(True), TalkRow.channel == "speaker", col(TalkRow.home).in_(homes)
        )
    )
    since = now - house.pace(_TALKING_S)
    return {home: who for home, who, opened, heard in talks if max(opened, heard or opened) > since}


def _must_wait(house: House, row: CheckInRow, outcomes: Sequence[Outcome], batch: _Batch) -> timedelta | None:
    """One talk at a time: a planned check-in waits while another talk of the resident is open (its answer counts for
    both), and every one while the speaker is talking with somebody else of the home."""
    ask = next((o for o in outcomes if isinstance(o, Ask)), None)
    if ask is None:
        return None
    if row.state == State.PLANNED.value and batch.talking.get(row.resident, row.id) != row.id:
        return _MEANWHILE
    home = batch.reach[row.resident].resident.home
    if ask.channel == "speaker" and batch.at_speaker.get(home, row.resident) != row.resident:
        return house.pace(_TALKING_S)
    return None


def _decide(house: House, row: CheckInRow, batch: _Batch, now: datetime) -> tuple[CheckIn, tuple[Outcome, ...]]:
    checkin, who = load(row), batch.reach.get(row.resident)
    if who is None:  # not a resident any more
        return step(checkin, Due(allowed=()), now)
    quiet = quiet_until(now, who.resident.quiet_from, who.resident.quiet_to, house.zone)
    said_at = batch.said.get(row.id)
    due = Due(tuple(who.at), who.allowed, quiet, who.absent, row.id in batch.said and said_at is None, said_at)
    return step(checkin, what_is_due(checkin, due, now), now)


def _prepare(
    house: House,
    tx: Session,
    row: CheckInRow,
    after: CheckIn,
    outcomes: Sequence[Outcome],
    batch: _Batch,
    now: datetime,
) -> Conversation | None:
    """The talk with which to ask, None where nothing is asked. Raises before anything was saved."""
    ask = next((o for o in outcomes if isinstance(o, Ask)), None)
    if ask is None:
        return None
    who, held = batch.reach[row.resident], batch.talks.get(row.id)
    address = who.at[ask.channel]
    if held is not None and held.open:
        conversation = resume(house, tx, row, held)
        move(conversation, ask.channel, address)
        held.opened_at = now
        outbox.cancel(tx, now, checkin=row.id, kinds=("question",))
        return conversation.decide(Again(ask.channel))
    where = (ask.channel, address)
    known, facts = batch.known.get(row.resident), batch.facts.get(row.resident, ())
    form, more = batch.forms.get(row.resident, ""), batch.brought.get(row.resident)
    seen = batch.seen.get(row.resident, ())
    fresh = begin_with(house, tx, row, who.resident, where, who.health, now, known, held, facts, form, more, seen)
    return fresh.decide(Open(_why(after.origin, met_before(held)), house.local_hour(now)))


def _why(origin: Origin, met: bool) -> str:
    if met and origin is not Origin.SILENCE:  # that one begins with its own question
        return "again"
    return origin.value if origin in (Origin.RETURN, Origin.SILENCE) else "plan"


def _let_go(house: House, tx: Session, row: CheckInRow, batch: _Batch, now: datetime) -> None:
    held = batch.talks.get(row.id)
    if held is None or not let_go(tx, held, now):
        return
    batch.talking.pop(row.resident, None)
    if row.state == State.CANCELLED.value and row.origin == Origin.RESIDENT.value and held.heard_at is not None:
        missing.unclear(house, tx, row, held, now)
