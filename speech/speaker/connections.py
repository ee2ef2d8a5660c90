"""Which speakers are connected to this process, and how many may be."""

import asyncio
from typing import Protocol

from residents.people import Device
from speech.hearing.grammar import ANYTHING, Expected
from speech.speaker.limits import Limits, Rate
from speech.speaker.line import Ended, Line
from speech.speaker.protocol import Closed


def address_of(device: Device) -> str:
    """A speaker's address in a delivery: "home/device"."""
    return f"{device.home}/{device.device}"


class Connected(Protocol):
    """A signed-in speaker."""

    device: Device
    line: Line

    async def say(
        self,
        key: str,
        text: str,
        *,
        listen: bool,
        bye: bool,
        slow: bool,
        awaited: Expected = ANYTHING,
        sound: str | None = None,
    ) -> None:
        """Speak to the resident, slowly where asked for. awaited: the kind of answer. sound: an id of what is played
        behind it. Raises Gone, Busy. The same key is spoken once per connection."""
        ...

    def call_back(self) -> bool:
        """There is room now for the talk that was put off: begin it. False where it cannot be."""
        ...

    async def confirm_sos(self, escalation: str) -> None:
        """Tell the speaker that its SOS is on record. Raises Gone."""
        ...


class Connections:
    """All sockets of this process: signed in by address, and those still at the door."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._speakers: dict[str, Connected] = {}
        self._door: dict[Line, None] = {}
        self._rates: dict[str, Rate] = {}
        self.errands: set[asyncio.Task[None]] = set()  # work that outlives its socket: an SOS being stored, last words

    def knock(self, line: Line) -> None:
        """A socket that has not signed in. One too many makes the oldest of them leave, so that silent ones never
        keep a speaker out."""
        self._door[line] = None
        if len(self._door) > self._limits.waiting:
            oldest = next(iter(self._door))
            self.leave_door(oldest)
            oldest.close(Closed.FULL)

    def leave_door(self, line: Line) -> None:
        """It has signed in, or gone."""
        self._door.pop(line, None)

    def enter(self, speaker: Connected, at: float) -> None:
        """A speaker signed in; an older socket of the same device is closed. Raises Ended when it may not stay.

        at: seconds of a steady clock.
        """
        address = address_of(speaker.device)
        if not self._rate(address, at).allows(at):
            raise Ended(Closed.TOO_MANY)
        older = self._speakers.get(address)
        if older is None and len(self._speakers) >= self._limits.speakers:
            raise Ended(Closed.FULL)
        self._speakers[address] = speaker
        if older is not None:
            older.line.close(Closed.REPLACED)

    def leave(self, speaker: Connected) -> bool:
        """Its socket has ended. Returns whether the device is now gone, False where a newer socket has replaced it."""
        address = address_of(speaker.device)
        if self._speakers.get(address) is not speaker:
            return False
        del self._speakers[address]
        return True

    def find(self, address: str) -> Connected | None:
        """The speaker at "home/device", None where it is not connected here."""
        return self._speakers.get(address)

    def call_back(self, address: str) -> bool:
        """Begin the talk that was put off, on whatever connection its speaker has now. False where it has none."""
        speaker = self.find(address)
        return speaker is not None and speaker.call_back()

    def addresses(self) -> set[str]:
        """Every address connected here."""
        return set(self._speakers)

    def waiting(self) -> int:
        """How many sockets have not signed in."""
        return len(self._door)

    def close_all(self, code: int) -> None:
        """The service stops."""
        for line in [*self._door, *(s.line for s in self._speakers.values())]:
            line.close(code)

    def _rate(self, address: str, at: float) -> Rate:
        if len(self._rates) > 2 * self._limits.speakers:
            self._rates = {a: rate for a, rate in self._rates.items() if not rate.quiet(at)}
        return self._rates.setdefault(address, Rate(self._limits.connects, 60.0))
