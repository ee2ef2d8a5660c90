"""Which phases of a talk may follow on which: all there are, held against the diagram talk.mmd by a test. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from checkins.talk import Again, Event, Heard, Open, Phase, Reconnected, Silent

_OPEN, _TALKING, _CONFIRMING, _RED, _CLOSED = Phase

#: every transition there is: (phase, event) → the phases it may lead to. A closed talk hears nothing any more.
TABLE: Final[Mapping[tuple[Phase, type[Event]], frozenset[Phase]]] = MappingProxyType(
    {
        (_OPEN, Open): frozenset({_OPEN}),
        (_OPEN, Again): frozenset({_OPEN}),
        (_OPEN, Heard): frozenset({_OPEN, _TALKING, _CONFIRMING, _RED, _CLOSED}),
        (_OPEN, Silent): frozenset({_OPEN, _CLOSED}),
        (_OPEN, Reconnected): frozenset({_OPEN}),
        (_TALKING, Again): frozenset({_OPEN}),
        (_TALKING, Heard): frozenset({_TALKING, _CONFIRMING, _RED, _CLOSED}),
        (_TALKING, Silent): frozenset({_TALKING, _CLOSED}),
        (_TALKING, Reconnected): frozenset({_TALKING}),
        (_CONFIRMING, Again): frozenset({_OPEN}),
        (_CONFIRMING, Heard): frozenset({_CONFIRMING, _TALKING, _RED, _CLOSED}),
        (_CONFIRMING, Silent): frozenset({_CONFIRMING, _CLOSED}),
        (_CONFIRMING, Reconnected): frozenset({_CONFIRMING}),
        (_RED, Again): frozenset({_RED}),
        (_RED, Heard): frozenset({_RED, _CLOSED}),
        (_RED, Silent): frozenset({_RED, _CLOSED}),
        (_RED, Reconnected): frozenset({_RED}),
        (_CLOSED, Reconnected): frozenset({_CLOSED}),
    }
)


class IllegalTurn(Exception):
    """A talk in this phase knows no such event, or may not become what it became."""


def check(before: Phase, event: Event, after: Phase) -> None:
    """Raises IllegalTurn for a jump that is not in TABLE."""
    if after not in TABLE.get((before, type(event)), frozenset()):
        raise IllegalTurn(f"{before} may not become {after} by {type(event).__name__}")
