"""What the speaker's connection needs from the rest of the service: functions, handed in by the wiring."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from residents.people import Device

#: hears what is just being said once more.
Again = Callable[[], Awaitable[str]]


@dataclass(frozen=True)
class Owner:
    """Whose speaker it is. called: how they like to be called, "" where the home has several people;
    rate and pitch: how they like to be spoken to, None for the usual way. resident: whose recordings are played, None
    where the home has several people."""

    called: str = field(default="", repr=False)
    rate: int | None = None
    pitch: int | None = None
    resident: str | None = None


async def _nothing(*_: object) -> None:
    """A port nobody needs."""


@dataclass(frozen=True)
class SpeakerPorts:
    """The service behind the socket. A port that raises costs one message, never the connection.

    device_of: the device a token belongs to, None for a wrong one (also asked by `/audio`).
    connected: signed in, also again after a broken connection: whatever question is open is posted again; whether a
    call back was promised here. put_off: it is promised now, and stands whatever happens to this process.
    present: called with True at once and every few seconds, with False when the device's last socket has gone. Returns
    False where there is no such device any more (its people were erased): it is shown out.
    start_talk, end_talk: the resident pressed the button, or wants to stop.
    heard: one utterance; confidence None for typed text; source "voice" or "text"; its sound (PCM16, 16 kHz, mono) is
    for those who agreed to its being kept. Commits, then returns; the answer comes through the outbox. heard_full:
    the same where there is no room for another talk: kept and read in full; returns whether it goes on all the same
    (it answers an open talk, or may be a risk), False where the talk it would begin is put off. partial: the words
    so far that have stood for a while (`hearing/steady.py`), before the sentence has ended, and how to hear them once
    more. unheard: sound came, no words.
    sos: the SOS button, or anything that may have been it; the id is the same when a press is sent again. Returns the
    escalation's id after its commit.
    """

    device_of: Callable[[str], Awaitable[Device | None]]
    owner_of: Callable[[Device], Awaitable[Owner]]
    start_talk: Callable[[Device], Awaitable[None]]
    heard: Callable[[Device, str, float | None, str, bytes], Awaitable[None]]
    heard_full: Callable[[Device, str, float | None, str, bytes], Awaitable[bool]]
    sos: Callable[[Device, str], Awaitable[str]]
    connected: Callable[[Device], Awaitable[bool | None]] = _nothing
    put_off: Callable[[Device], Awaitable[None]] = _nothing
    present: Callable[[Device, bool], Awaitable[bool | None]] = _nothing
    end_talk: Callable[[Device], Awaitable[None]] = _nothing
    partial: Callable[[Device, str, Again], Awaitable[None]] = _nothing
    unheard: Callable[[Device, bytes], Awaitable[None]] = _nothing
