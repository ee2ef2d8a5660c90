"""What the bot does in a chat after an update was decided on and committed. Plain values; the edge carries them out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.week import Week


@dataclass(frozen=True)
class Say:
    """Send a line."""

    chat: str
    text: str = field(repr=False)
    buttons: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """Answer a button press with a short line."""

    press: str
    text: str = field(default="", repr=False)
    alert: bool = False


@dataclass(frozen=True)
class Change:
    """Change the message a button stood under; where that cannot be done, send a new line (unless not `or_say`)."""

    chat: str
    message: str | None
    text: str = field(repr=False)
    buttons: tuple[Mapping[str, str], ...] = ()
    or_say: bool = True


@dataclass(frozen=True)
class Picture:
    """Draw the week and send it."""

    chat: str
    week: Week = field(repr=False)


@dataclass(frozen=True)
class Stranger:
    """Somebody the service does not know, or a wrong code: one polite line an hour."""

    chat: str
    text: str


Act = Say | Answer | Change | Picture | Stranger


def button(text: str, data: str) -> Mapping[str, str]:
    """A button of an inline keyboard."""
    return {"text": text, "data": data}
