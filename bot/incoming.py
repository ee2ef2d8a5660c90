"""An update, strictly parsed: who wrote or pressed what. Whatever cannot be read raises Unreadable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Unreadable(Exception):
    """This update is not what the Bot API promises."""


@dataclass(frozen=True)
class Press:
    """A pressed button: the press's id, its data, and the message it stands under (None when too old)."""

    id: str
    data: str
    message: str | None = None
    text: str = field(default="", repr=False)


@dataclass(frozen=True)
class Voice:
    """A voice note, or a sound file sent as one: its file's id; seconds and bytes as Telegram gives them, 0: unsaid."""

    file: str
    seconds: float = 0.0
    size: int = 0


@dataclass(frozen=True)
class Incoming:
    """One thing somebody did in a private chat. `other`: something that is neither text, voice nor a press."""

    update: int
    chat: str
    text: str | None = field(default=None, repr=False)
    press: Press | None = None
    voice: Voice | None = None
    other: bool = False

    @property
    def ref(self) -> str:
        """A stable name of this update for whoever must not do a thing twice."""
        return f"telegram-{self.update}"


class _Raw(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Chat(_Raw):
    id: int
    type: str = "private"


class _File(_Raw):
    file_id: str
    file_size: int = 0
    duration: float = 0.0


class _Message(_Raw):
    message_id: int
    chat: _Chat
    text: str | None = Field(default=None, max_length=10_000)
    caption: str | None = Field(default=None, max_length=10_000)
    voice: _File | None = None
    audio: _File | None = None


class _Query(_Raw):
    id: str
    data: str | None = None
    message: _Message | None = None
    sender: _Chat = Field(alias="from")


class _Update(_Raw):
    update_id: int
    message: _Message | None = None
    callback_query: _Query | None = None


def parse(body: Mapping[str, Any]) -> Incoming | None:
    """What the update says; None for groups, channels and kinds the bot has not asked for. Raises Unreadable."""
    try:
        update = _Update.model_validate(body)
    except ValidationError:
        raise Unreadable from None
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query)
    if update.message is None or update.message.chat.type != "private":
        return None
    return _said(update.update_id, update.message)


def chat_of(body: Mapping[str, Any]) -> str:
    """Whose chat an update came from, as far as even an unreadable one says so; empty where it does not."""
    found = body.get("message") or body.get("callback_query")
    for step in ("chat", "from"):
        whose = found.get(step) if isinstance(found, dict) else None
        if isinstance(whose, dict) and isinstance(whose.get("id"), int):
            return str(whose["id"])
    return ""


def _said(number: int, message: _Message) -> Incoming:
    text, voice = message.text or message.caption, message.voice or message.audio
    return Incoming(
        number,
        str(message.chat.id),
        text=text,
        voice=Voice(voice.file_id, voice.duration, voice.file_size) if voice and not text else None,
        other=not text and not voice,
    )


def _pressed(number: int, query: _Query) -> Incoming | None:
    message = query.message
    if message is not None and message.chat.type != "private":
        return None
    press = Press(
        query.id, query.data or "", str(message.message_id) if message else None, (message and message.text) or ""
    )
    return Incoming(number, str(message.chat.id if message else query.sender.id), press=press)
