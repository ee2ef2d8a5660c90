"""Check-ins for the rest of the house: plan, ask, hear, read.

`Checkins` is made once by wiring; every method runs inside the caller's transaction (`store.write(checkins.hear, …)`)
and never commits. Words in and out are Korean; times are aware; ids are the town file's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from checkins import asking, memory, planning, reading, talking, wishes
from checkins.checkin import Origin, State
from checkins.conversing import let_go
from checkins.events import Cancelled
from checkins.facts import Fact
from checkins.house import House
from checkins.plan import BadPlan, Plan, Slot
from checkins.reading import CheckInShown, TurnShown
from checkins.rows import advance
from checkins.tables import CheckInRow, TalkRow
from checkins.talking import Result
from escalations.channel import DeliveryOut
from residents.service import resident as known_resident
from speech.meaning import Meaning
from store import new_id, wake
from store.audit import audit

__all__ = ["AlreadyRunning", "BadPlan", "CheckInShown", "Checkins", "Result", "TurnShown"]

#: what the sweep waits for besides its clock: something new is due at once.
TOPIC = "checkins"


class AlreadyRunning(RuntimeError):
    """A check-in of this resident is being asked or a talk is going on; `checkin` is its id."""

    def __init__(self, checkin: str) -> None:
        self.checkin = checkin
        super().__init__("a check-in of this resident is running")


@dataclass(frozen=True)
class Checkins(House):
    """The one door to plans, check-ins and talks."""

    def set_plan(self, tx: Session, resident: str, plan: Mapping[str, Any] | None, now: datetime) -> bool:
        """Keep a plan as in the town file; it starts with its next slot. None: no more check-ins. False when nothing
        changed. Raises BadPlan (with `.field`)."""
        return planning.set_plan(self, tx, resident, plan, now)

    def plan_of(self, tx: Session, resident: str) -> Plan | None:
        """The plan in force, None where there is none."""
        return planning.plan_of(tx, resident)

    def plan_ahead(self, tx: Session, now: datetime, limit: int = 500) -> int:
        """Write down the coming day and a half. Every minute or so, and at start before the first sweep; again at once
        while it equals limit. Wishes whose day has passed become a task."""
        wishes.remind(self, tx, now)
        return planning.plan_ahead(self, tx, now, limit)

    def sweep(self, tx: Session, now: datetime, real: datetime, limit: int = 500, holder: str = "clock") -> int:
        """Ask what is due and note what was missed. Every second, and when "checkins" is woken; again at once while it
        equals limit."""
        return asking.sweep(self, tx, now, real, limit, holder)

    def sweep_talks(self, tx: Session, now: datetime, real: datetime, limit: int = 100, holder: str = "clock") -> int:
        """Carry on talks that have fallen silent. Every few seconds."""
        return asking.sweep_talks(self, tx, now, real, limit, holder)

    def start(
        self,
        tx: Session,
        resident: str,
        by: str,
        now: datetime,
        channel: str | None = None,
        reason: str | None = None,
    ) -> CheckInShown:
        """Ask now, also in quiet hours (the next sweep does it). by: who wants it; reason "silence": the home is silent
        and the first question is whether everything is all right. Raises Unknown, AlreadyRunning."""
        known_resident(tx, resident)
        if running := self.running(tx, resident):
            raise AlreadyRunning(running)
        plan = planning.plan_of(tx, resident) or Plan()
        origin = Origin.SILENCE if reason == "silence" else Origin.REQUEST
        slot = Slot(self.local_day(now), new_id(origin.value), now)
        row = planning.new_row(resident, plan, slot, origin, (channel,) if channel else None)
        row.by = by
        tx.add(row)
        audit(tx, who=by, what="check-in started", whose=resident, now=now, detail={"reason": reason or ""})
        wake(tx, TOPIC)
        return reading.shown(self, row)

    def start_now(self, tx: Session, resident: str, by: str, now: datetime) -> CheckInShown:
        """`start` as a person of the control centre does it. Raises Unknown, AlreadyRunning (a RuntimeError)."""
        return self.start(tx, resident, by, now)

    def running(self, tx: Session, resident: str) -> str | None:
        """The id of the check-in that is being asked or talked about, None where none is."""
        talk = tx.exec(select(TalkRow.checkin).where(TalkRow.resident == resident, col(TalkRow.open).is_(True))).first()
        asked = col(CheckInRow.state) == State.ASKED.value
        asked_for = (col(CheckInRow.state) == State.PLANNED.value) & col(CheckInRow.origin).in_(["request", "silence"])
        statement = select(CheckInRow.id).where(CheckInRow.resident == resident, asked | asked_for)
        return talk or tx.exec(statement).first()

    def start_by_resident(self, tx: Session, resident: str, channel: str, address: str, now: datetime) -> CheckInShown:
        """The resident pressed the button or sent a greeting. Counts as the day's pending check-in."""
        return reading.shown(self, talking.start_by_resident(self, tx, resident, channel, address, now))

    def hear(
        self,
        tx: Session,
        resident: str,
        channel: str,
        address: str,
        text: str,
        confidence: float | None,
        meaning: Meaning,
        now: datetime,
        room: bool = True,
    ) -> Result:
        """One utterance: kept, answered through the outbox on the same channel and address, signs taken. confidence:
        None for typed text. Sound without words: text "" and confidence 0. Without an open talk it begins one;
        where there is no `room` for that and nothing urgent was said, it is taken in all the same and nobody answers.
        Take `prompt_of` and understand the text before, outside of this transaction."""
        return talking.hear(self, tx, resident, channel, address, text, confidence, meaning, now, room)

    def prompt_of(self, tx: Session, resident: str) -> str:
        """The question now open, "" where none is."""
        return talking.prompt_of(tx, resident)

    def whose_turn(self, tx: Session, candidates: Sequence[str], address: str) -> str | None:
        """Which of the residents sharing a speaker ("home/device") it is talking with."""
        return talking.whose_turn(tx, list(candidates), address)

    def repeat_question(self, tx: Session, resident: str, channel: str, address: str, now: datetime) -> bool:
        """The speaker is back: put the question open there once more. False where none is."""
        return talking.repeat_question(self, tx, resident, channel, address, now)

    def end_by_resident(self, tx: Session, resident: str, now: datetime) -> bool:
        """The resident ended the talk by the button. False where none was open."""
        return talking.end_by_resident(self, tx, resident, now)

    def not_reached(self, tx: Session, delivery: DeliveryOut, now: datetime) -> None:
        """For the sender: a question failed or expired unsent; it is asked at once on the next reachable channel."""
        talking.not_reached(tx, delivery, now)

    def cancel_for_absence(self, tx: Session, resident: str, now: datetime) -> None:
        """An absence begins: what is being asked is let go. (What falls into it is cancelled when due; the return check
        comes by itself.)"""
        rows = tx.exec(
            select(CheckInRow).where(CheckInRow.resident == resident, CheckInRow.state == State.ASKED.value)
        ).all()
        for row in rows:
            advance(tx, row, Cancelled("absence"), now)
            if held := tx.get(TalkRow, row.id):
                let_go(tx, held, now)

    def remembered(self, tx: Session, resident: str) -> tuple[Fact, ...]:
        """All that is remembered of a resident, with the sentences it rests on, the newest first."""
        return memory.facts_of(tx, resident)

    def forget(self, tx: Session, resident: str, fact: str, by: str, now: datetime) -> bool:
        """Delete one remembered thing, the sentence it rests on and its signs; audited. False where there is none (any
        more)."""
        return memory.forget(self, tx, resident, [fact], by, now) > 0

    def wishes_of(self, tx: Session, resident: str, now: datetime) -> list[wishes.WishShown]:
        """A resident's wishes as tasks, the newest first."""
        return wishes.of_resident(self, tx, resident, now)

    def settle_wish(
        self,
        tx: Session,
        resident: str,
        wish: str,
        outcome: str,
        answer: str,
        due_on: date | None,
        by: str,
        now: datetime,
    ) -> bool:
        """Note what became of a wish (open|done|not_possible) and what the resident is to hear of it at the next talk.
        False where there is no such wish; raises ValueError for another outcome."""
        return wishes.settle(self, tx, resident, wish, outcome, answer, due_on, by, now)

    def of_resident(
        self,
        tx: Session,
        resident: str,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> list[CheckInShown]:
        """A resident's check-ins (due in a span) with what was said, the newest row first; `before`: an id to go on
        from."""
        return reading.of_resident(self, tx, resident, since, until, limit, before)

    def last_answer(self, tx: Session, resident: str, since: datetime) -> tuple[datetime, str] | None:
        """When and by which channel the resident, asked or not, last said something since then that was understood.
        After talk of a danger it is None: that goes its own way."""
        return reading.last_answer(tx, resident, since)

    def one(self, tx: Session, checkin: str) -> CheckInShown | None:
        """One check-in, None where there is none."""
        return reading.one(self, tx, checkin)

    def of_day(
        self, tx: Session, since: datetime, until: datetime, residents: Sequence[str] | None = None
    ) -> list[CheckInShown]:
        """Check-ins due in a span, by time, without turns."""
        return reading.of_day(self, tx, since, until, residents)

    def counts(self, tx: Session, now: datetime) -> dict[str, int]:
        """Today's check-ins by state, every state named."""
        return reading.counts(self, tx, now)

    def without_next_step(self, tx: Session, now: datetime, grace_s: float = 120.0) -> list[str]:
        """For the auditor: due check-ins that nothing has carried on for so many real seconds."""
        return reading.without_next_step(tx, now, self.pace(grace_s))
