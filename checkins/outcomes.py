"""What a talk asks the service to do after an event: say, count, tell, remember, obey. Pure data."""

from dataclasses import dataclass
from datetime import date

from speech.hearing.grammar import Expect


@dataclass(frozen=True)
class Say:
    """Say this. listen: an answer is waited for; slow: at a slower pace; buttons: answers for the chat; expect: what
    kind of answer is asked for, so that it is heard better; sound: the id of what is played behind it."""

    text: str
    listen: bool
    buttons: tuple[str, ...] = ()
    slow: bool = False
    expect: Expect = Expect.OPEN
    sound: str = ""


@dataclass(frozen=True)
class Understood:
    """What was said counts as an answer to the check-in; `scored`: and for the score (a mere "stop" does not)."""

    scored: bool = True


@dataclass(frozen=True)
class Reported:
    """A person must hear of this: `kind` of sign, such as "wish", "unclear_answer", "rights.not_family"."""

    kind: str


@dataclass(frozen=True)
class Withdrawn:
    """The resident took back these consents, and confirmed it."""

    topics: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """The resident gave these consents again, and confirmed it."""

    topics: tuple[str, ...]


@dataclass(frozen=True)
class Unshared:
    """The resident confirmed that this relative is not to be told of these topics any more."""

    contact: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class GoneAway:
    """The resident confirmed that they are away on these days, both included. reason: as it is kept and shown."""

    reason: str
    first: date
    last: date


@dataclass(frozen=True)
class Fewer:
    """The resident confirmed that they want to be asked on these weekdays only (0 = Monday)."""

    days: tuple[int, ...]


@dataclass(frozen=True)
class Recalled:
    """A remembered thing was asked about. verdict: "better", "same", "done" (a plan); None: asked, not yet answered."""

    fact: str
    verdict: str | None = None


@dataclass(frozen=True)
class Forgotten:
    """The resident wants these remembered things deleted."""

    facts: tuple[str, ...]


@dataclass(frozen=True)
class Corrected:
    """The resident says what a remembered thing is really called."""

    fact: str
    about: str


@dataclass(frozen=True)
class MailRead:
    """What a relative has left was said or played."""

    mail: str


@dataclass(frozen=True)
class MailKept:
    """The resident does not want to hear it now; it waits for another talk."""

    mail: str


@dataclass(frozen=True)
class Replied:
    """This goes back, word for word, to the relative who left something."""

    mail: str
    text: str


@dataclass(frozen=True)
class Used:
    """This advice or follow-up has been spoken; not again for a while."""

    key: str


@dataclass(frozen=True)
class Asked:
    """An instrument was offered in this talk. how: "filled", "stopped" in the middle, "refused"; points: of the items
    answered."""

    form: str
    how: str
    points: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ended:
    """The talk is over. why: "done", "stop", "busy", "away", "unclear", "withdrawn", "human", "red", "someone_else"."""

    why: str


Outcome = (
    Say
    | Understood
    | Reported
    | Withdrawn
    | Given
    | Unshared
    | GoneAway
    | Fewer
    | Recalled
    | Forgotten
    | Corrected
    | MailRead
    | MailKept
    | Replied
    | Used
    | Asked
    | Ended
)
