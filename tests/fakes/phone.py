"""A person's phone with Telegram on it: what was shown on it, and what the person does with it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.needs import PATIENCE_S


@dataclass
class Message:
    """One message as the person sees it; an edit changes `text` and `buttons` and keeps the old text in `earlier`."""

    id: int
    chat: int
    text: str
    buttons: list[tuple[str, str]] = field(default_factory=list)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    earlier: list[str] = field(default_factory=list)
    kind: str = "text"
    file: bytes | None = None
    parse_mode: str | None = None
    silent: bool = False

    def as_json(self) -> dict[str, Any]:
        """What the control interface shows of it."""
        return {
            "id": self.id,
            "chat": self.chat,
            "text": self.text,
            "buttons": [{"text": text, "data": data} for text, data in self.buttons],
            "at": self.at.isoformat(),
            "earlier": self.earlier,
            "kind": self.kind,
            "bytes": len(self.file or b""),
        }


class Phone:
    """One private chat with the bot. `deliver` hands an update to the fake server."""

    def __init__(self, chat: int, name: str, deliver: Callable[..., int]) -> None:
        self.chat = chat
        self.name = name
        self.messages: list[Message] = []
        self.answers: list[str] = []
        self.blocked = False
        self._deliver = deliver
        self._news = asyncio.Event()

    @property
    def texts(self) -> list[str]:
        """The texts shown now, oldest first."""
        return [message.text for message in self.messages]

    @property
    def last(self) -> Message:
        """The newest message; IndexError while there is none."""
        return self.messages[-1]

    def says(self, text: str) -> int:
        """Type a line and send it; returns the update's id."""
        content: dict[str, Any] = {"text": text}
        if text.startswith("/"):
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        return self._deliver(self, message=content)

    def sends_voice(self, audio: bytes, seconds: int = 3) -> int:
        """Send a voice note (ogg/opus bytes)."""
        return self._deliver(self, voice=(audio, seconds))

    def sends(self, **content: Any) -> int:
        """Send anything else, as raw message fields (a sticker, a location, an unknown thing)."""
        return self._deliver(self, message=content)

    def presses(self, label: str) -> int:
        """Press the newest button that reads `label`; fails when no message shows one."""
        for message in reversed(self.messages):
            for text, data in message.buttons:
                if text == label:
                    return self.presses_data(data, message)
        raise AssertionError(f"no button {label!r}; there are {[m.buttons for m in self.messages]}")

    def presses_data(self, data: str, message: Message | None = None) -> int:
        """A button press with this callback data, whether such a button is shown or not."""
        return self._deliver(self, callback=(data, message))

    def shown(self, message: Message) -> None:
        """Called by the server: a new message arrived."""
        self.messages.append(message)
        self.stirred()

    def answered(self, text: str) -> None:
        """Called by the server: a press was answered (the little line on top; may be empty)."""
        self.answers.append(text)
        self.stirred()

    def stirred(self) -> None:
        """Wake whoever waits for something to appear."""
        self._news.set()
        self._news = asyncio.Event()

    def find(self, part: str) -> Message | None:
        """The newest message whose text contains `part`."""
        return next((message for message in reversed(self.messages) if part in message.text), None)

    async def sees(self, part: str = "", *, count: int = 1, timeout_s: float = PATIENCE_S) -> Message:
        """Wait until `count` messages contain `part`; returns the newest.

        AssertionError tells what was shown instead.
        """
        await self._until(lambda: sum(part in text for text in self.texts) >= count, f"{count}x {part!r}", timeout_s)
        found = self.find(part)
        assert found is not None
        return found

    async def is_answered(self, part: str = "", *, timeout_s: float = PATIENCE_S) -> str:
        """Wait until a button press was answered with a line containing `part`."""
        await self._until(lambda: any(part in text for text in self.answers), f"answer {part!r}", timeout_s)
        return next(text for text in reversed(self.answers) if part in text)

    async def _until(self, there: Callable[[], bool], what: str, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                while not there():
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"waited for {what}; shown: {self.texts}, answers: {self.answers}") from None
