"""Escalations for the rest of the house: raise, acknowledge, close, sweep, read.

`Escalations` is made once by wiring and handed to whoever needs it; every method runs inside the caller's transaction
(`store.write(escalations.acknowledge, …)`) and never commits, so that state and obligation commit together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, select

from escalations import (
    catching_up,
    counting,
    drills,
    duty,
    erasing,
    notices,
    policies,
    raising,
    reading,
    recording,
    stepping,
    taking,
)
from escalations.actor import Actor, ActorKind
from escalations.channel import DeliveryOut
from escalations.drills import DrillShown, HomeDrilled
from escalations.duty import Standin
from escalations.escalation import State
from escalations.figures import Figures
from escalations.holidays import holidays
from escalations.house import House, shifts
from escalations.keeping import get
from escalations.layers import Layer
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
        """Somebody has it. The same person again: they are still on it, and nobody is told.

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

    def answer_page(self, tx: Session, escalation: str, by: Actor, now: datetime, take_over: bool = False) -> Summary:
        """A page's button, whoever pressed it: a contact's is `confirm_by_contact`, a coordinator's `acknowledge`."""
        if by.kind is ActorKind.CONTACT:
            return self.confirm_by_contact(tx, escalation, by.id, now)
        return self.acknowledge(tx, escalation, by, now, take_over)

    def give_back(self, tx: Session, escalation: str, by: Actor, now: datetime) -> Summary:
        """Whoever has it cannot do it (or a supervisor says so): it is open, and everybody is asked anew.

        Raises NoSuchEscalation, AlreadyClosed, NotTaken, NotAllowed.
        """
        taking.give_back(tx, self._house, get(tx, escalation), by, now)
        return self.summary(tx, escalation)

    def close(
        self, tx: Session, escalation: str, by: Actor, outcome: str, note: str, now: datetime, why: str = ""
    ) -> Summary:
        """Close it (acknowledges too) and tell all who were told.

        outcome: safe|helped|119|hospital|false_alarm|unreachable; why: of a false alarm, a value of `events.Why`.

        Closed again by anybody: AlreadyClosed. Raises NoSuchEscalation, NotAllowed, UnknownOutcome.
        """
        taking.close(tx, self._house, get(tx, escalation), by, outcome, note, why, now)
        return self.summary(tx, escalation)

    def still_open(self, tx: Session, resident: str) -> list[str]:
        """Ids of what must be closed before everything of this resident can be erased. Raises Unknown."""
        return erasing.still_open(tx, resident)

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

    def asked_of(self, tx: Session, coordinator: str) -> frozenset[str]:
        """Unclosed escalations this coordinator has been asked to take, of whatever district."""
        return reading.asked_of(tx, coordinator)

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

    def set_roster(
        self, tx: Session, shifts: Sequence[Shift], now: datetime, by: str = "import", strict: bool = False
    ) -> bool:
        """Replace the roster; False when nothing differs. strict: hours without anybody are refused, else the
        supervisors stand in. Raises ValueError naming the shift and field at fault, EmptyHours."""
        return duty.set_roster(tx, self._house, shifts, now, by, strict)

    def stand_in(self, tx: Session, one: Standin, now: datetime, by: str, strict: bool = True) -> None:
        """Somebody is away and another holds their shifts. Raises ValueError, EmptyHours."""
        duty.stand_in(tx, self._house, one, now, by, strict)

    def end_stand_in(self, tx: Session, id: str, now: datetime, by: str) -> None:
        """They are back. An unknown id changes nothing."""
        duty.end_stand_in(tx, id, now, by)

    def stand_ins(self, tx: Session, now: datetime) -> list[Standin]:
        """Those that hold or are to come."""
        return duty.stand_ins(tx, now)

    def set_holiday(self, tx: Session, day: date, off: bool, name: str, now: datetime, by: str) -> None:
        """The city's own word on a day: a holiday with this name, or none."""
        duty.set_holiday(tx, day, off, name, now, by)

    def holidays(self, tx: Session) -> dict[date, str]:
        """Every holiday and what it is called."""
        named: Mapping[str, str] = self.words.data("escalations.holiday")
        return {day: named.get(name, name) for day, name in holidays(tx).items()}

    def gaps(self, tx: Session, now: datetime) -> list[str]:
        """Local spans within a year in which nobody is on duty, beside those of every week ("12.25 09:00–…")."""
        return [duty.said(span) for span in duty.gaps(tx, self._house, now)]

    def policy(self, tx: Session, district: str, resident: str | None = None) -> dict[str, Any]:
        """The policy that would be frozen into an escalation of this resident now: {"version", "hours", "levels"}."""
        return policies.frozen(tx, self._house, district, resident)

    def policy_layers(self, tx: Session, district: str = "", resident: str | None = None) -> list[Layer]:
        """What is said beside the shipped policy for a district or resident; the later the nearer."""
        return policies.layers(tx, district, resident)

    def policy_scopes(self, tx: Session) -> list[Layer]:
        """Every scope that says something for itself."""
        return policies.all_layers(tx)

    def set_policy(
        self, tx: Session, scope: str, level: Level, entry: Mapping[str, Any] | None, now: datetime, by: str
    ) -> None:
        """One scope's own word on a level (as in `policy.yaml`); None takes it back. Live escalations keep theirs.

        scope: "city", "district:NAME" or "resident:ID". Raises BadPolicy, ValueError.
        """
        policies.set_level(tx, scope, level, entry, now, by)

    def start_drill(self, tx: Session, home: str, now: datetime, by: str) -> str:
        """The next press in this home within a quarter of an hour is a drill. Its id. Raises DrillNotNow."""
        return drills.start(tx, self._house, home, now, by)

    def cancel_drill(self, tx: Session, id: str, now: datetime, by: str) -> None:
        """From now on a press is real. No effect once it was pressed."""
        drills.cancel(tx, id, now, by)

    def drills(self, tx: Session, now: datetime, since: datetime) -> list[DrillShown]:
        """Drills started since then, the newest first."""
        return drills.listed(tx, now, since)

    def homes_drilled(self, tx: Session, now: datetime) -> list[HomeDrilled]:
        """Every home and its last drill, those overdue first."""
        return drills.homes(tx, self.timezone, now)

    def figures(self, tx: Session, month: date, now: datetime, districts: Sequence[str] | None = None) -> Figures:
        """The figures of the local month of this day: how fast, how right, how many. districts: None for all."""
        return counting.of_month(tx, self.timezone, month, now, districts)

    def holes(self, tx: Session) -> list[str]:
        """Local spans of the week in which nobody is on duty ("mon 18:00-24:00"): supervisors stand in then."""
        return duty.empty_hours(tx)

    def caught_up(
        self, tx: Session, now: datetime, speed: float, unasked: Callable[[datetime], Mapping[str, Sequence[datetime]]]
    ) -> int | None:
        """After a standstill (the auditor has not run): tell people what was missed; how many residents it concerns,
        None where nothing stood still. To be called before the auditor. unasked: since when → resident → check-ins."""
        since = catching_up.down_since(tx, now, speed)
        return None if since is None else catching_up.catch_up(tx, self._house, since, now, unasked(since))

    def page_failed(self, tx: Session, delivery: DeliveryOut, now: datetime, final: bool) -> None:
        """For the sender: a page was refused (final) or is delayed; the escalation steps on at once."""
        stepping.page_failed(tx, self._house, delivery, now, final)
