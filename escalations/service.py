"""Escalations for the rest of the house: raise, acknowledge, close, sweep, read.

`Escalations` is made once by wiring and handed to whoever needs it; every method runs inside the caller's transaction
(`store.write(escalations.acknowledge, …)`) and never commits, so that state and obligation commit together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from escalations.actor import Actor
from escalations.channel import DeliveryOut
from escalations.roster import Shift
from escalations.views import DeliveryShown, Detail, Listed, Summary
from prompts import Words
from residents.sign import Sign

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
    notify_urls: tuple[str, ...] = ()
    last_activity: LastActivity = field(default=_unknown)

    def raise_sign(self, tx: Session, sign: Sign, now: datetime) -> str:
        """Open an escalation for a sign with a level, or join one, and page whoever is first. Its id.

        The same sign id again changes nothing. Raises NoLevel.
        """
        raise NotImplementedError

    def acknowledge(self, tx: Session, escalation: str, by: Actor, now: datetime, take_over: bool = False) -> Summary:
        """Somebody has it. The same person again: no change.

        Raises NoSuchEscalation, AlreadyTaken, AlreadyClosed, NotAllowed.
        """
        raise NotImplementedError

    def confirm_by_contact(self, tx: Session, escalation: str, contact: str, now: datetime) -> Summary:
        """A contact pressed "내가 확인할게요": recorded, shown, no further contact is paged.

        Raises NoSuchEscalation, AlreadyClosed, NotAllowed (not a contact of this resident).
        """
        raise NotImplementedError

    def answer_page(self, tx: Session, escalation: str, by: Actor, now: datetime) -> Summary:
        """A page's button, whoever pressed it: a contact's is `confirm_by_contact`, a coordinator's `acknowledge`."""
        raise NotImplementedError

    def close(self, tx: Session, escalation: str, by: Actor, outcome: str, note: str, now: datetime) -> Summary:
        """Close it (acknowledges too) and tell all who were told.

        outcome: safe|helped|119|hospital|false_alarm|unreachable.

        Closed again by anybody: AlreadyClosed. Raises NoSuchEscalation, NotAllowed, UnknownOutcome.
        """
        raise NotImplementedError

    def sweep(self, tx: Session, now: datetime, real: datetime, limit: int = 100) -> int:
        """Take the next step of every escalation that is due. How many; call again while it equals limit."""
        raise NotImplementedError

    def open_for(self, tx: Session, resident: str) -> list[Summary]:
        """Unclosed escalations of a resident, the gravest first."""
        raise NotImplementedError

    def listing(self, tx: Session, state: str = "all", cursor: str | None = None, limit: int = 50) -> Listed[Summary]:
        """By level, then age. state: open|acknowledged|closed|all|live (open and acknowledged).

        Raises ValueError on a bad state or cursor.
        """
        raise NotImplementedError

    def detail(self, tx: Session, escalation: str, now: datetime) -> Detail:
        """One in full, with ledger, deliveries, evidence and the 119 brief. Raises NoSuchEscalation."""
        raise NotImplementedError

    def summary(self, tx: Session, escalation: str) -> Summary:
        """One as in the list. Raises NoSuchEscalation."""
        raise NotImplementedError

    def deliveries(
        self, tx: Session, state: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Listed[DeliveryShown]:
        """Deliveries, newest first. state: waiting|sent|failed|cancelled."""
        raise NotImplementedError

    def on_duty(self, tx: Session, now: datetime, district: str | None = None) -> list[tuple[int, str]]:
        """(rank, coordinator id) of everybody on duty now, by rank."""
        raise NotImplementedError

    def roster(self, tx: Session) -> list[Shift]:
        """The whole roster, in the order it was given."""
        raise NotImplementedError

    def set_roster(self, tx: Session, shifts: Sequence[Shift], now: datetime, by: str = "import") -> bool:
        """Replace the roster; False when nothing differs. Raises ValueError naming the shift and field at fault."""
        raise NotImplementedError

    def holes(self, tx: Session) -> list[str]:
        """Local spans of the week in which nobody is on duty ("mon 18:00-24:00"): supervisors stand in then."""
        raise NotImplementedError

    def page_failed(self, tx: Session, delivery: DeliveryOut, now: datetime, final: bool) -> None:
        """For the sender: a page was refused (final) or is delayed; the escalation steps on at once."""
        raise NotImplementedError


#: how long signs about one resident join one escalation.
JOIN_WITHIN = timedelta(minutes=30)
