"""What the bot asks of the rest of the house: handed in by wiring, so that no circle of imports can form.

Functions that take `tx` run inside the transaction that also notes the Telegram update as handled: after a crash an
update is either handled or not, never twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from speech.meaning import Understand


@dataclass(frozen=True)
class Heard:
    """A resident said something by chat. confidence: 0 to 1, 1 for what was typed or pressed.

    ref: unique for this utterance. at: service time.
    """

    resident: str
    chat: str
    text: str = field(repr=False)
    confidence: float
    ref: str
    at: datetime


@dataclass(frozen=True)
class Asked:
    """One check-in of the past days, for the family's week: when it was due and whether it was answered."""

    at: datetime
    answered: bool


#: audio (as Telegram sends it: ogg/opus) → the text and how sure, None when nothing could be made out.
Transcribe = Callable[[bytes], Awaitable[tuple[str, float] | None]]


@dataclass(frozen=True)
class BotPorts:
    """heard: the conversation takes it from here, in the same transaction; its replies leave as deliveries.

    understand: (text, prompt) → Meaning, for a relative's words and for a message nobody could handle.
    asked: a resident's check-ins since a time, oldest first, without those to come.
    family_message: (tx, resident, contact, text, now), kept and read aloud at the next talk; None: not to be had.
    transcribe: None while there is no voice model.
    """

    heard: Callable[[Session, Heard], None]
    understand: Understand
    asked: Callable[[Session, str, datetime], Sequence[Asked]]
    family_message: Callable[[Session, str, str, str, datetime], None] | None = None
    transcribe: Transcribe | None = None
