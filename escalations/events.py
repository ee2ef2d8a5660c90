"""What happens to an escalation (events, past tense), and what is then to be done. Plain frozen values."""

from dataclasses import dataclass
from datetime import datetime
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


class Why(StrEnum):
    """Why an alarm was wrong, as the person who closed it said. Each has its words below `escalations.why`."""

    MISTAKE = "mistake"  # the button was pressed by mistake
    VISITOR = "visitor"  # somebody else in the home, or an animal
    OUT = "out"  # they were out, and well
    ASLEEP = "asleep"  # they slept, or did not hear
    MISHEARD = "misheard"  # what was said was understood wrongly
    DEVICE = "device"  # a device was faulty, or stood in a wrong place
    LIMIT = "limit"  # the rule's limit does not fit this person
    KNOWN = "known"  # it was known already, an absence for one
    OTHER = "other"  # the note says it


# --- events: what happened ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opened:
    """A sign found nothing to join. drill: a press that was asked for."""

    level: Level
    policies: Policies
    drill: bool = False


@dataclass(frozen=True)
class Joined:
    """A further sign about the same resident."""

    level: Level


@dataclass(frozen=True)
class StepDue:
    """The time of the next step has come; once a person has it, of the next reminder."""


@dataclass(frozen=True)
class PageFailed:
    """Nobody of step `serial` who could take it over was reached."""

    serial: int


@dataclass(frozen=True)
class Acknowledged:
    """A coordinator or supervisor has it, or says again that they do. until: when their duty ends, None: unknown."""

    by: str
    until: datetime | None = None


@dataclass(frozen=True)
class TakenOver:
    """Another one has it now; `until` as above."""

    by: str
    until: datetime | None = None


@dataclass(frozen=True)
class GivenBack:
    """Whoever had it cannot do it after all: it is asked anew."""

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


Event = Opened | Joined | StepDue | PageFailed | Acknowledged | TakenOver | GivenBack | ContactConfirmed | Closed

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
    """It is worse than it was: whoever was asked is asked anew. was: who had it."""

    level: Level
    was: str | None = None


@dataclass(frozen=True)
class TellTaker:
    """Whoever has it must hear of the further sign: that the resident called again, or what else has come up."""


@dataclass(frozen=True)
class Remind:
    """Whoever has it is asked how it stands: the `times`-th time since their last word."""

    by: str
    times: int


@dataclass(frozen=True)
class HandOver:
    """The duty of whoever has it ends while it is not closed: they and those on duty now hear of it."""

    by: str


@dataclass(frozen=True)
class Lapsed:
    """Whoever had it did not answer any reminder: it is open again, and everybody is asked anew."""

    by: str


@dataclass(frozen=True)
class TellGivenBack:
    """Those who were asked see that nobody has it any more."""

    by: str


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


Todo = (
    Page
    | AskAgain
    | Raised
    | TellTaker
    | TellPaged
    | TellGivenBack
    | Remind
    | HandOver
    | Lapsed
    | StopPages
    | TellConfirmed
    | AllClear
)
