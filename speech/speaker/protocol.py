"""The messages of `/ws/speaker`: strictly read, plainly written. No socket, no state."""

import json
from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

#: a longer JSON message is not read at all.
MAX_JSON = 16 * 1024
#: what one typed message may hold; more is cut off.
MAX_TEXT = 1000
DEFAULT_RATE = 16_000


class Closed(IntEnum):
    """Why the service closes a socket."""

    NOT_SIGNED_IN = 4401  # wrong token, or no hello within 5 s
    IDLE = 4408  # nothing came for too long, not even a pong
    REPLACED = 4409  # the same device connected again
    TOO_MUCH_AUDIO = 4413  # 60 s in one utterance
    TOO_MANY = 4429  # too many connections, messages or faults in a short time
    FULL = 1013  # the server is full: try again later


class BadMessage(Exception):
    """The client sent something that cannot be read; `code` names it in `speech.errors`."""

    def __init__(self, code: str = "bad_message") -> None:
        super().__init__(code)
        self.code = code


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


class Hello(_Message):
    """Signs in, and says how the sound will come. token: may be left out where the header carried it."""

    type: Literal["hello"]
    token: str = Field(default="", max_length=512, repr=False)
    sample_rate: int = Field(default=DEFAULT_RATE, ge=8000, le=48_000)


class Talk(_Message):
    """The button or the wake word."""

    type: Literal["talk"]


class Text(_Message):
    """Typed words."""

    type: Literal["text"]
    text: str = Field(repr=False)


class End(_Message):
    """The utterance is over; where no sound was sent, the talk."""

    type: Literal["end"]


class Sos(_Message):
    """The SOS button. id: the same when the client sends one press again."""

    type: Literal["sos"]
    id: str = Field(default="", max_length=100)


class Pong(_Message):
    """Still there."""

    type: Literal["pong"]


Message = Hello | Talk | Text | End | Sos | Pong
_MESSAGES: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])
_KNOWN = {"hello", "talk", "text", "end", "pong"}


def read(raw: str) -> Message:
    """One text frame. A broken SOS is an SOS. Raises BadMessage."""
    if len(raw) > MAX_JSON:
        raise BadMessage("too_long")
    try:
        return _MESSAGES.validate_json(raw)
    except ValidationError:
        return _salvage(raw)


def _salvage(raw: str) -> Message:
    """What cannot be read, but may have been an SOS, is one: whoever wrote it needs a person more than an error."""
    try:
        kind = json.loads(raw).get("type")
    except (ValueError, AttributeError, RecursionError):
        kind = None
    if kind == "hello":
        raise BadMessage("bad_hello")
    if kind not in _KNOWN and "sos" in raw.lower():
        return Sos(type="sos")
    raise BadMessage


def welcome(called: str, hearing: bool) -> dict[str, Any]:
    """Signed in. hearing: whether speech can be recognised now; without it text and buttons work, and it comes once
    more as soon as there is a voice model."""
    return {"type": "welcome", "called": called, "hearing": hearing}


def say(number: int, text: str, audio: str | None, listen: bool) -> dict[str, Any]:
    """Speak this. audio: None where no voice could be made; the text is always shown."""
    return {"type": "say", "id": number, "text": text, "audio": audio, "listen": listen}


def partial(text: str) -> dict[str, Any]:
    """The words so far. A client that is still playing a `say` stops: the resident talks into the prompt."""
    return {"type": "partial", "text": text}


def heard(text: str, confidence: float) -> dict[str, Any]:
    """One utterance; an empty text with confidence 0 says that sound came but no words were found."""
    return {"type": "heard", "text": text, "confidence": confidence}


def bye() -> dict[str, Any]:
    """The talk is over; the connection stays."""
    return {"type": "bye"}


def ping() -> dict[str, Any]:
    """Still there? The client answers `pong`."""
    return {"type": "ping"}


def sos_ack(escalation: str) -> dict[str, Any]:
    """The SOS is on record and people are being told."""
    return {"type": "sos_ack", "escalation": escalation}


def error(code: str, message: str) -> dict[str, Any]:
    """Something went wrong; `message` can be shown to the resident."""
    return {"type": "error", "code": code, "message": message}
