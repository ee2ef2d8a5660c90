"""What can go wrong around an escalation. Each docstring is the message; one root."""

from collections.abc import Sequence


class EscalationError(Exception):
    """The escalation could not be changed."""

    def __init__(self, *facts: object) -> None:
        super().__init__(self.__doc__, *facts)


class NoSuchEscalation(EscalationError):
    """No escalation has this id."""


class AlreadyTaken(EscalationError):
    """Somebody else has taken this escalation; say take_over to take it from them."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by  # who has it, as people are shown it


class AlreadyClosed(EscalationError):
    """This escalation has been closed."""


class NotAllowed(EscalationError):
    """Only a coordinator or a supervisor can do this; a contact's word is recorded beside it."""


class NotTaken(EscalationError):
    """Nobody has this escalation: there is nothing to give back."""


class DrillNotNow(EscalationError):
    """A drill is under way in this home, or something real is open there."""


class StillOpen(EscalationError):
    """Something of this resident is still open: close it first, then erase."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(*ids)
        self.ids = tuple(ids)


class UnknownOutcome(EscalationError):
    """The outcome must be one of safe, helped, 119, hospital, false_alarm, unreachable."""


class NoLevel(EscalationError):
    """A sign without a level opens no escalation."""


class IllegalStep(EscalationError):
    """The table of transitions has no such step."""
