"""What the control centre is given by the wiring. It makes nothing of this itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlmodel import Session

from checkins.service import Checkins
from escalations.service import Escalations
from escalations.trying import Tried
from prompts import Words
from residents.reach import Way
from sensors.service import Sensors
from speech.meaning import Explain
from speech.speaking.recordings import Recordings
from store import Store
from wellbeing.service import Wellbeing


class Clock(Protocol):
    """Service time and real time: `store.Clock`, or a clock that a test moves."""

    def now(self) -> datetime: ...

    def real(self) -> datetime: ...


#: () → {"ready": bool, "parts": {name: "ok" | "off" | "reconnecting" | what is wrong}, "degraded": [name, …]}
Readiness = Callable[[], Awaitable[Mapping[str, Any]]]
#: (line) → None: adds one line to the file of corrections; blocks, raises OSError.
KeepCorrection = Callable[[str], None]

#: (text, slower) → its sound as everybody's speaker would play it, a WAV file; None where there is no voice.
Speak = Callable[[str, bool], Awaitable[bytes | None]]

#: (way, text) → how it went: one message past the outbox.
TryWay = Callable[[Way, str], Awaitable[Tried]]

#: (resident, reason, by, where) → how many rows of each table went. Raises Unknown, StillOpen, ValueError.
Erase = Callable[[str, str, str, str], Awaitable[Mapping[str, int]]]

SEOUL = ZoneInfo("Asia/Seoul")


@dataclass(frozen=True)
class UnreadMessage:
    """A chat message that nobody could handle; `error`: the kind of failure, never its words."""

    id: int
    received_at: datetime
    failures: int
    error: str | None


#: (tx) → the chat messages nobody could handle, the newest first.
UnreadMessages = Callable[[Session], Sequence[UnreadMessage]]


def _none_unread(_tx: Session) -> Sequence[UnreadMessage]:
    return ()


async def _no_voice(_text: str, _slow: bool) -> bytes | None:
    return None


@dataclass(frozen=True)
class SessionRules:
    """How long a sign-in lasts, in real time. An open live page counts as use: a wall display must not go dark."""

    idle: timedelta = timedelta(hours=2)
    absolute: timedelta = timedelta(hours=16)


@dataclass(frozen=True)
class ConsolePorts:
    """Everything the pages and the API rest on.

    zone: where times are shown. speed: how many times faster the service's clock runs, for the counters in the page.
    secure_cookies: True where the console is reached by https only. body_limit: bytes of one request.
    """

    store: Store
    clock: Clock
    words: Words
    escalations: Escalations
    wellbeing: Wellbeing
    checkins: Checkins
    sensors: Sensors
    readiness: Readiness
    explain: Explain
    keep_correction: KeepCorrection
    recordings: Recordings
    try_way: TryWay
    erase: Erase
    unread_messages: UnreadMessages = _none_unread
    speak: Speak = _no_voice
    zone: ZoneInfo = SEOUL
    speed: float = 1.0
    secure_cookies: bool = False
    sessions: SessionRules = SessionRules()
    body_limit: int = 1_048_576
