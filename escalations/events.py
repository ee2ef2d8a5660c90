"""What happens to an escalation (events, past tense), and what is then to be done. Plain frozen values."""

from dataclasses import dataclass
from enum import StrEnum

from escalations.policy import Policies, Step
from residents.sign import Level


class Outcome(StrEnum):
    """How it ended, as the person who closed it said."""

    SAFE = "safe"  # the resident is well
    HELPED = "helped"  # somebody helped, no emergency service was needed
    EMERGENCY_SERVICE = "119"  # the fire service's ambulance came
    HOSPITAL = "hospital"  # the resident is in hospital
    FALSE_ALARM = "false_alarm"  # there was nothing; the note says why
    UNREACHABLE = "unreachable"  # nobody could reach the resident; the note says what was done


# --- events: what happened ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opened:
    """A sign found nothing to join."""

    level: Level
    policies: Policies


@dataclass(frozen=True)
class Joined:
    """A further sign about the same resident."""

    level: Level


@dataclass(frozen=True)
class StepDue:
    """The time of the next step has come."""


@dataclass(frozen=True)
class PageFailed:
    """Nobody of step `serial` who could take it over was reached."""

    serial: int


@dataclass(frozen=True)
class Acknowledged:
    """A coordinator or supervisor has it."""

    by: str


@dataclass(frozen=True)
class TakenOver:
    """Another one has it now."""

    by: str


@dataclass(frozen=True)
class ContactConfirmed:
    """A contact said they will look: recorded beside, ends the paging of further contacts."""

    by: str


@dataclass(frozen=True)
class Closed:
    """A person said how it ended."""

    by: str
    outcome: Outcome


Event = Opened | Joined | StepDue | PageFailed | Acknowledged | TakenOver | ContactConfirmed | Closed

# --- outcomes: what is to be done -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """Ask these people. `number` is the step's place in its policy, `serial` its place in the whole escalation."""

    step: Step
    number: int
    round: int
    serial: int


@dataclass(frozen=True)
class AskAgain:
    """Everybody was asked and nobody took it: the round begins again, and says so."""

    round: int


@dataclass(frozen=True)
class Raised:
    """It is worse than it was: whoever was asked is asked anew."""

    level: Level


@dataclass(frozen=True)
class TellTaker:
    """Whoever has it must hear of the further sign: that the resident called again, or what else has come up."""


@dataclass(frozen=True)
class TellPaged:
    """Those who were asked see who has it; `was` had it before."""

    by: str
    was: str | None = None


@dataclass(frozen=True)
class StopPages:
    """Pages that have not left yet need not leave. contacts_only: only those to contacts."""

    contacts_only: bool = False


@dataclass(frozen=True)
class TellConfirmed:
    """Staff who were asked see that a contact will look."""

    by: str


@dataclass(frozen=True)
class AllClear:
    """Everybody who was told hears how it ended."""

    by: str
    outcome: Outcome


Todo = Page | AskAgain | Raised | TellTaker | TellPaged | StopPages | TellConfirmed | AllClear
