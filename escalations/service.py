"""Escalations for the rest of the house: raise, acknowledge, close, sweep, read.

`Escalations` is made once by wiring and handed to whoever needs it; every method runs inside the caller's transaction
(`store.write(escalations.acknowledge, …)`) and never commits, so that state and obligation commit together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlmodel import Session, col, select

from escalations import duty, notices, raising, reading, recording, stepping, taking
from escalations.actor import Actor, ActorKind
from escalations.channel import DeliveryOut
from escalations.escalation import State
from escalations.house import House, shifts
from escalations.keeping import get
from escalations.roster import Shift
from escalations.tables import EscalationRow
from escalations.views import DeliveryShown, Detail, Listed, Recorded, Sent, Summary
from prompts import Words
from residents.sign import Level, Sign

#: when the resident was last known to be up and about, for the 119 brief; None: not known.
LastActivity = Callable[[Session, str], datetime | None]


def _unknown(_tx: Session, _resident: str) -> datetime | None:
    return None


@dataclass(frozen=True)
class Escalations:
    """words: `prompts.load()`. timezone: where shifts and working hours are read. notify_urls: apprise addresses that
    hear of every step that reaches the supervisors. last_activity: handed in by wiring."""

    words: Words
    timezone: str = "Asia/Seoul"
    notify_urls: tuple[str, ...] = field(default=(), repr=False)
    last_activity: LastActivity = field(default=_unknown)

    @cached_property
    def _house(self) -> House:
        return House(self.words, self.timezone, self.notify_urls)

    def raise_sign(self, tx: Session, sign: Sign, now: datetime) -> str:
        """Open an escalation for a sign with a level, or join one, and page whoever is first. Its id.

        The same sign id again changes nothing. Raises NoLevel.
        """
        return raising.raise_sign(tx, self._house, sign, now)

    def acknowledge(self, tx: Session, escalation: str, by: Actor, now: datetime, take_over: bool = False) -> Summary:
        """Somebody has it. The same person again: no change.

        Raises NoSuchEscalation, AlreadyTaken, AlreadyClosed, NotAllowed.
        """
        taking.acknowledge(tx, self._house, get(tx, escalation), by, now, take_over)
        return self.summary(tx, escalation)

    def confirm_by_contact(self, tx: Session, escalation: str, contact: str, now: datetime) -> Summary:
        """A contact pressed "내가 확인할게요": recorded, shown, no further contact is paged.

        Raises NoSuchEscalation, AlreadyClosed, NotAllowed (not a contact of this resident).
        """
        taking.confirm(tx, self._house, get(tx, escalation), contact, now)
        return self.summary(tx, escalation)

    def answer_page(self, tx: Session, escalation: str, by: Actor, now: datetime) -> Summary:
        """A page's button, whoever pressed it: a contact's is `confirm_by_contact`, a coordinator's `acknowledge`."""
        if by.kind is ActorKind.CONTACT:
            return self.confirm_by_contact(tx, escalation, by.id, now)
        return self.acknowledge(tx, escalation, by, now)

    def close(self, tx: Session, escalation: str, by: Actor, outcome: str, note: str, now: datetime) -> Summary:
        """Close it (acknowledges too) and tell all who were told.

        outcome: safe|helped|119|hospital|false_alarm|unreachable.

        Closed again by anybody: AlreadyClosed. Raises NoSuchEscalation, NotAllowed, UnknownOutcome.
        """
        taking.close(tx, self._house, get(tx, escalation), by, outcome, note, now)
        return self.summary(tx, escalation)

    def late_answer(self, tx: Session, escalation: str, now: datetime) -> None:
        """The missed check-in behind it was answered after all: all who were told hear of it. Closed: no effect."""
        row = get(tx, escalation)
        if row.state != State.CLOSED:
            notices.late_answer(tx, self._house, row, now)

    def sweep(self, tx: Session, now: datetime, real: datetime, limit: int = 100) -> int:
        """Take the next step of every escalation that is due. How many; call again while it equals limit."""
        return stepping.sweep(tx, self._house, now, real, limit)

    def open_for(self, tx: Session, resident: str) -> list[Summary]:
        """Unclosed escalations of a resident, the gravest first."""
        statement = select(EscalationRow).where(EscalationRow.resident == resident, EscalationRow.state != State.CLOSED)
        rows = tx.exec(statement.order_by(col(EscalationRow.gravity).desc(), col(EscalationRow.opened_at)))
        return reading.summaries(tx, self._house, list(rows))

    def listing(self, tx: Session, state: str = "all", cursor: str | None = None, limit: int = 50) -> Listed[Summary]:
        """By level, then age. state: open|acknowledged|closed|all|live (open and acknowledged).

        Raises ValueError on a bad state or cursor.
        """
        return reading.listing(tx, self._house, state, cursor, limit)

    def technical(self, tx: Session, limit: int = 1_000) -> list[Summary]:
        """What technicians have to do, the oldest first: unclosed escalations of the level `technical`."""
        statement = select(EscalationRow).where(
            EscalationRow.level == Level.TECHNICAL.value, EscalationRow.state != State.CLOSED
        )
        rows = tx.exec(statement.order_by(col(EscalationRow.opened_at)).limit(limit))
        return reading.summaries(tx, self._house, list(rows))

    def detail(self, tx: Session, escalation: str, now: datetime) -> Detail:
        """One in full, with ledger, deliveries, evidence and the 119 brief. Raises NoSuchEscalation."""
        resident = get(tx, escalation).resident
        last = self.last_activity(tx, resident) if resident else None
        return reading.detail(tx, self._house, escalation, now, last)

    def summary(self, tx: Session, escalation: str) -> Summary:
        """One as in the list. Raises NoSuchEscalation."""
        return reading.summaries(tx, self._house, [get(tx, escalation)])[0]

    def deliveries(
        self, tx: Session, state: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Listed[DeliveryShown]:
        """Deliveries, newest first. state: waiting|sent|failed|cancelled. Raises ValueError on a bad state."""
        return reading.deliveries(tx, self._house, state, cursor, limit)

    def recorded(
        self, tx: Session, resident: str | None = None, since: datetime | None = None, cursor: str | None = None
    ) -> Listed[Recorded]:
        """For an export: escalations (of a resident, opened since then), the oldest first, a page at a time."""
        return recording.recorded(tx, self._house, resident, since, cursor)

    def sent(self, tx: Session, since: datetime | None = None, cursor: str | None = None) -> Listed[Sent]:
        """For an export: deliveries that have left since then, the oldest first, a page at a time."""
        return recording.sent(tx, since, cursor)

    def on_duty(self, tx: Session, now: datetime, district: str | None = None) -> list[tuple[int, str]]:
        """(rank, coordinator id) of everybody on duty now, by rank."""
        return [(rank, who.id) for rank, who in self._house.team(tx).duty(now, district)]

    def roster(self, tx: Session) -> list[Shift]:
        """The whole roster, in the order it was given."""
        return list(shifts(tx))

    def set_roster(self, tx: Session, shifts: Sequence[Shift], now: datetime, by: str = "import") -> bool:
        """Replace the roster; False when nothing differs. Raises ValueError naming the shift and field at fault."""
        return duty.set_roster(tx, shifts, now, by)

    def holes(self, tx: Session) -> list[str]:
        """Local spans of the week in which nobody is on duty ("mon 18:00-24:00"): supervisors stand in then."""
        return duty.empty_hours(tx)

    def page_failed(self, tx: Session, delivery: DeliveryOut, now: datetime, final: bool) -> None:
        """For the sender: a page was refused (final) or is delayed; the escalation steps on at once."""
        stepping.page_failed(tx, self._house, delivery, now, final)
