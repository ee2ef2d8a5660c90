"""The Bot API by python-telegram-bot: the only module that knows the library. Every failure is Refused or NotNow."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from escalations.channel import NotNow, Refused

# The library warns on each retry_after unless it is asked for a timedelta; there is no other switch.
os.environ.setdefault("PTB_TIMEDELTA", "true")

OFFICIAL = "https://api.telegram.org"
#: real seconds one call may take, well below the 30 s of a delivery's lease.
CALL_TAKES = 12.0
#: Telegram's own limits: characters of a message, bytes of a button's data.
LONGEST_TEXT = 4096
LONGEST_DATA = 64
#: which updates the bot wants; edits of old messages are not among them.
WANTED = ["message", "callback_query"]
#: the largest file a bot may download (Bot API: 20 MB); a voice note of a few minutes has far less.
LARGEST_FILE = 20_000_000

Button = Mapping[str, str]


def hush() -> None:
    """Silence the loggers that print addresses with the token, or whole messages."""
    for name in ("httpx", "httpcore", "telegram"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
        logger.addHandler(logging.NullHandler())


class NotModified(Exception):
    """The message already reads like this."""


class Unsure(NotNow):
    """No answer came: the message may have arrived or not."""


class SecondPoller(NotNow):
    """Another program polls with the same token."""


class _Bot(Bot):
    """The library's bot, with updates as they came: one that cannot be read must not hide the others."""

    async def raw_updates(self, offset: int, wait_s: int) -> list[dict[str, Any]]:
        data = {"offset": offset, "timeout": wait_s, "limit": 100, "allowed_updates": WANTED}
        found = await self._post("getUpdates", data, read_timeout=wait_s + 5.0)
        return [update for update in found if isinstance(update, dict)] if isinstance(found, list) else []


class TelegramApi:
    """One bot. `api_url`: `http(s)://host[:port]`, None for the official one. Needs a running event loop to close."""

    def __init__(self, token: str, api_url: str | None = None) -> None:
        hush()
        base = (api_url or OFFICIAL).rstrip("/")
        self.official = base == OFFICIAL
        self._requests = (_request(2), _request(64))
        self._bot = _Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )

    async def close(self) -> None:
        """Close the connections."""
        for request in self._requests:
            await request.shutdown()

    async def who(self) -> str:
        """The bot's user name: the doctor's question whether the token is right."""
        async with _named_failures():
            return (await self._bot.get_me()).username or ""

    async def updates(self, offset: int, wait_s: int) -> list[dict[str, Any]]:
        """Updates from `offset` on (which confirms the earlier ones), waiting up to `wait_s` seconds for the first."""
        async with _named_failures(wait_s + CALL_TAKES):
            return await self._bot.raw_updates(offset, wait_s)

    async def say(self, chat: str, text: str, buttons: Sequence[Button] = (), *, silent: bool = False) -> str:
        """Send plain text, never marked up: what looks like a tag in a name stays what it is. The message's id."""
        async with _named_failures():
            message = await self._bot.send_message(
                chat,
                _cut(text),
                reply_markup=_keyboard(buttons),
                disable_notification=silent,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        return str(message.message_id)

    async def edit(self, chat: str, message: str, text: str, buttons: Sequence[Button] = ()) -> None:
        """Change an earlier message. Raises NotModified, Refused where it is gone."""
        async with _named_failures():
            await self._bot.edit_message_text(
                _cut(text), chat_id=chat, message_id=int(message), reply_markup=_keyboard(buttons)
            )

    async def answer(self, press: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a button press, so that the button stops turning."""
        async with _named_failures():
            await self._bot.answer_callback_query(press, text[:200] or None, show_alert=alert)

    async def photo(self, chat: str, png: bytes, caption: str) -> str:
        """Send a picture. The message's id."""
        async with _named_failures(30.0):
            message = await self._bot.send_photo(chat, png, caption=caption[:1024])
        return str(message.message_id)

    async def voice(self, chat: str, ogg: bytes, seconds: float, caption: str) -> str:
        """Send a voice note (Ogg Opus). The message's id."""
        async with _named_failures(30.0):
            message = await self._bot.send_voice(chat, ogg, caption=caption[:1024], duration=round(seconds))
        return str(message.message_id)

    async def fetch(self, file: str) -> bytes:
        """Download what somebody sent. Raises Refused where it is too large."""
        async with _named_failures(30.0):
            found = await self._bot.get_file(file)
            if (found.file_size or 0) > LARGEST_FILE:
                raise Refused("file too large")
            # not found.download_…(): it percent-encodes the token's colon, which not every server decodes
            return await self._requests[1].retrieve(found.file_path or "")

    async def commands(self, menu: Sequence[tuple[str, str]]) -> None:
        """Set the menu of commands: (name in Latin letters, what it does)."""
        async with _named_failures():
            await self._bot.set_my_commands([BotCommand(name, text) for name, text in menu])

    async def webhook(self, url: str | None, secret: str | None = None) -> None:
        """Have updates posted to `url` with the secret in a header; None: go back to polling."""
        async with _named_failures():
            if url is None:
                await self._bot.delete_webhook()
            else:
                await self._bot.set_webhook(url, allowed_updates=WANTED, secret_token=secret)


def _request(connections: int) -> HTTPXRequest:
    return HTTPXRequest(connections, connect_timeout=4.0, read_timeout=6.0, write_timeout=6.0, pool_timeout=6.0)


@asynccontextmanager
async def _named_failures(takes: float | None = None) -> AsyncIterator[None]:
    """Whatever goes wrong leaves as Refused or NotNow (or NotModified), with a reason that names nobody."""
    try:
        async with asyncio.timeout(takes or CALL_TAKES):
            yield
    except TimeoutError:
        raise Unsure("timed out") from None
    except TelegramError as error:
        raise _named(error) from None
    except (KeyError, TypeError, ValueError):  # an answer of HTTP 200 that is not what the Bot API promises
        raise NotNow("unreadable answer") from None


def _named(error: TelegramError) -> Exception:
    match error:
        case RetryAfter():
            return NotNow("too many requests", _seconds(error))
        case Conflict():
            return SecondPoller("second poller", 2.0)
        case InvalidToken():  # ours to mend, not the receiver's fault: keep what waits
            return NotNow("token refused", 30.0)
        case Forbidden() | ChatMigrated() | BadRequest():
            return _refusal(error)
        case NetworkError() if _cut_off(error):
            return Unsure("connection lost")
    return NotNow(type(error).__name__)


def _cut_off(error: NetworkError) -> bool:
    """Whether the connection stood and no answer came, as against no connection, or an answer such as 502."""
    cause = type(error.__cause__).__name__
    return error.__cause__ is not None and not cause.startswith(("Connect", "Pool"))


def _refusal(error: TelegramError) -> Exception:
    if isinstance(error, BadRequest):
        said = str(error).lower()
        if "not modified" in said:
            return NotModified()
        return Refused("chat not found" if "chat not found" in said else "bad request")
    return Refused("blocked by the receiver" if isinstance(error, Forbidden) else "chat moved")


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(b["text"], callback_data=_data(b["data"]))] for b in buttons if b.get("data")]
    return InlineKeyboardMarkup(rows) if rows else None


def _data(data: str) -> str:
    """A button's data within Telegram's 64 bytes: one that is too long must not cost the whole message."""
    return data.encode()[:LONGEST_DATA].decode(errors="ignore")
