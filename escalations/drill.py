"""A drill: somebody asks a resident to press the button, and the time to console and contact is taken. Pure.

A press that was asked for is paged exactly like a real one, with the word "drill" on it, and a person has to close it:
it can be answered as a drill, and it can turn out to be none. Everything else that happens meanwhile is real: another
press once the first is over, a fall, a cry for help; and a press while something real is open.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

#: how long after its start a press is the one that was asked for.
WINDOW = timedelta(minutes=15)
#: presses so soon after the first are the same: old hands press twice.
SAME_PRESS = timedelta(seconds=60)
#: outcomes that say there was something, whatever was planned.
REAL = frozenset({"helped", "119", "hospital"})


class DrillState(StrEnum):
    """Where a drill stands, worked out from its times."""

    WAITING = "waiting"  # for the press
    PRESSED = "pressed"  # nobody has it yet
    DONE = "done"  # pressed, and a coordinator had it
    REAL = "real"  # it turned out to be no drill
    MISSED = "missed"  # no press came in time
    CANCELLED = "cancelled"  # called off before any press


@dataclass(frozen=True)
class Drill:
    """One drill's times. real: it was closed as something that had happened."""

    started_at: datetime
    until: datetime
    pressed_at: datetime | None = None
    console_at: datetime | None = None
    contact_at: datetime | None = None
    cancelled_at: datetime | None = None
    real: bool = False

    def state(self, now: datetime) -> DrillState:
        """Where it stands."""
        if self.pressed_at is not None:
            if self.real:
                return DrillState.REAL
            return DrillState.DONE if self.console_at is not None else DrillState.PRESSED
        if self.cancelled_at is not None:
            return DrillState.CANCELLED
        return DrillState.WAITING if now < self.until else DrillState.MISSED

    def console_s(self) -> float | None:
        """Seconds from the button to a coordinator."""
        return _between(self.pressed_at, self.console_at)

    def contact_s(self) -> float | None:
        """Seconds from the button to a contact."""
        return _between(self.pressed_at, self.contact_at)


def takes(
    started_at: datetime, until: datetime, pressed_at: datetime | None, cancelled_at: datetime | None, at: datetime
) -> bool:
    """Whether a press at this time is the one that was asked for."""
    if cancelled_at is not None or not started_at <= at < until:
        return False
    return pressed_at is None or at - pressed_at <= SAME_PRESS


def overdue(last_done: date | None, today: date) -> bool:
    """Whether a home has had no drill in this local month. Until the 7th of a month last month's will do."""
    first = today.replace(day=1)
    if today.day <= 7:
        first = (first - timedelta(days=1)).replace(day=1)
    return last_done is None or last_done < first


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()
