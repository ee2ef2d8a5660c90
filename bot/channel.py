"""The chat as a channel of the outbox: pages, questions and notices leave here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.pace import PER_SECOND, UNLIMITED, Pace
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
        urgent = delivery.level == "emergency"
        earlier = delivery.body.get("ref") if delivery.body.get("edit") else None
        if earlier and await self.change(delivery.address, str(earlier), text, buttons, urgent=urgent):
            return str(earlier)
        if sound := delivery.body.get("sound"):
            voice = await self._voice_of(str(sound))
            if voice is not None:
                return await self._voice(delivery.address, voice, text)
        silent = delivery.kind in _QUIET
        return await self.say(delivery.address, text, buttons, urgent=urgent, silent=silent)

    async def say(
        self, chat: str, text: str, buttons: Buttons = (), *, urgent: bool = False, silent: bool = False
    ) -> str:
        """Send one message in its turn; its id. Raises Refused or NotNow."""
        await self._pace.turn(chat, urgent=urgent)
        try:
            return await self.api.say(chat, text, buttons, silent=silent)
        except NotNow as wait:
            self._heed(chat, wait, urgent)
            raise

    async def change(self, chat: str, message: str, text: str, buttons: Buttons = (), *, urgent: bool = False) -> bool:
        """Change an earlier message; False when it cannot be changed any more. Raises NotNow."""
        await self._pace.turn(chat, urgent=urgent, line=False)
        try:
            await self.api.edit(chat, message, text, buttons)
        except NotModified:
            return True
        except (Refused, ValueError):
            return False
        except NotNow as wait:
            self._heed(chat, wait)
            raise
        return True

    async def picture(self, chat: str, png: bytes, caption: str) -> None:
        """Send a picture in its turn. Raises Refused or NotNow."""
        await self._pace.turn(chat)
        try:
            await self.api.photo(chat, png, caption)
        except NotNow as wait:
            self._heed(chat, wait)
            raise

    async def _voice(self, chat: str, voice: Packed, caption: str) -> str:
        await self._pace.turn(chat)
        try:
            return await self.api.voice(chat, voice.ogg, voice.seconds, caption)
        except NotNow as wait:
            self._heed(chat, wait)
            raise

    def _heed(self, chat: str, wait: NotNow, urgent: bool = False) -> None:
        if wait.reason == "too many requests" and wait.retry_after_s:
            self._pace.shut(chat, wait.retry_after_s, urgent=urgent)


def _buttons(body: Mapping[str, Any]) -> list[Mapping[str, str]]:
    return [button for button in body.get("buttons") or () if button.get("text") and button.get("data")]
