"""What one socket, one device and all of them together may cost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Seconds are real ones. Tests make them small.

    speakers: signed-in sockets of this process; waiting: sockets that have not signed in yet, the oldest gives way.
    connects: sign-ins of one device per minute. messages: JSON messages of one socket per 10 s. faults: unreadable ones
    before the socket is closed. utterance_s: sound between two ends of an utterance.
    """

    hello_s: float = 5.0
    ping_s: float = 15.0
    idle_s: float = 60.0
    send_s: float = 5.0
    present_s: float = 10.0
    utterance_s: float = 60.0
    speakers: int = 1000
    waiting: int = 200
    connects: int = 30
    messages: int = 100
    faults: int = 8
    #: an SOS that cannot be stored is tried again after these, also when its socket has gone.
    sos_again_s: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
    #: words that cannot be stored are tried again after these, before the client is asked to try again.
    said_again_s: tuple[float, ...] = (0.3, 1.0, 3.0)


class Rate:
    """At most `most` events within `seconds`; the caller says when they are (a steady clock's seconds)."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._events: list[float] = []

    def allows(self, at: float) -> bool:
        """Count one event; False when it is one too many."""
        self._events = [e for e in self._events if e > at - self._seconds][-self._most :]
        self._events.append(at)
        return len(self._events) <= self._most

    def quiet(self, at: float) -> bool:
        """Whether all events are over, so that this can be forgotten."""
        return all(e <= at - self._seconds for e in self._events)
