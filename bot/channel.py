"""The chat as a channel of the outbox: pages, questions and notices leave here."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot.pace import FIRST, PER_SECOND, ROUTINE, SOON, UNLIMITED, Pace
from bot.telegram import NotModified, TelegramApi, Unsure
from escalations.channel import DeliveryOut, NotNow, Receipt, Refused
from prompts import Words
from speech.kept import Packed

Buttons = Sequence[Mapping[str, str]]
#: the id in a delivery's `sound` → what to send as a voice note; None where it is gone.
VoiceOf = Callable[[str], Awaitable[Packed | None]]

_QUIET = frozenset({"digest"})


async def _no_voice(_id: str) -> Packed | None:
    return None


class TelegramChannel:
    """Sends deliveries and the bot's own replies at one pace. Safe to call concurrently."""

    def __init__(self, api: TelegramApi, words: Words, pace: Pace | None = None, voice_of: VoiceOf = _no_voice) -> None:
        self.api = api
        self._voice_of = voice_of
        self._words = words
        self._pace = pace or Pace(PER_SECOND if api.official else UNLIMITED)

    async def send(self, delivery: DeliveryOut) -> Receipt:
        """Send one delivery; its receipt's ref is the message's id.

        Raises Refused, NotNow, and TimeoutError where nobody knows whether it arrived.
        """
        try:
            return Receipt(await self._send(delivery))
        except Unsure as unsure:
            raise TimeoutError(unsure.reason) from None

    async def _send(self, delivery: DeliveryOut) -> str:
        text = str(delivery.body.get("text") or "").strip() or self._words.text("bot.empty")
        buttons = _buttons(delivery.body)
        weight = FIRST if delivery.level == "emergency" else SOON if delivery.kind == "page" else ROUTINE
        earlier = delivery.body.get("ref") if delivery.body.get("edit") else None
        if earlier and await self.change(delivery.address, str(earlier), text, buttons, weight):
            return str(earlier)
        if sound := delivery.body.get("sound"):
            voice = await self._voice_of(str(sound))
            if voice is not None:
                return await self._voice(delivery.address, voice, text)
        silent = delivery.kind in _QUIET
        return await self.say(delivery.address, text, buttons, weight, silent=silent)

    async def say(
        self, chat: str, text: str, buttons: Buttons = (), weight: int = SOON, *, silent: bool = False
    ) -> str:
        """Send one message in its turn; its id. Raises Refused or NotNow."""
        async with self._turn(chat, weight):
            return await self.api.say(chat, text, buttons, silent=silent)

    async def change(self, chat: str, message: str, text: str, buttons: Buttons = (), weight: int = SOON) -> bool:
        """Change an earlier message; False when it cannot be changed any more. Raises NotNow."""
        try:
            async with self._turn(chat, weight, line=False):
                await self.api.edit(chat, message, text, buttons)
        except NotModified:
            return True
        except (Refused, ValueError):
            return False
        return True

    async def picture(self, chat: str, png: bytes, caption: str) -> None:
        """Send a picture in its turn. Raises Refused or NotNow."""
        async with self._turn(chat, SOON):
            await self.api.photo(chat, png, caption)

    async def _voice(self, chat: str, voice: Packed, caption: str) -> str:
        async with self._turn(chat, ROUTINE):
            return await self.api.voice(chat, voice.ogg, voice.seconds, caption)

    @asynccontextmanager
    async def _turn(self, chat: str, weight: int, *, line: bool = True) -> AsyncGenerator[None]:
        """The message's turn; Telegram's "too many requests" holds for all to this chat."""
        async with self._pace.turn(chat, weight, line=line):
            try:
                yield
            except NotNow as wait:
                if wait.reason == "too many requests" and wait.retry_after_s:
                    self._pace.shut(chat, wait.retry_after_s, urgent=weight == FIRST)
                raise


def _buttons(body: Mapping[str, Any]) -> list[Mapping[str, str]]:
    return [button for button in body.get("buttons") or () if button.get("text") and button.get("data")]
