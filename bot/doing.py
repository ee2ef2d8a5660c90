"""Carrying out what was decided: lines, edits, answers and pictures leave by the channel, some tries each."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from bot.acts import Act, Answer, Change, Picture, Say, Stranger
from bot.channel import TelegramChannel
from bot.week import draw
from escalations.channel import NotNow, Refused

T = TypeVar("T")

#: what the bot says of itself is tried this often; what must arrive goes through the outbox instead.
TRIES = 3
_LONGEST_WAIT_S = 30.0


async def do(channel: TelegramChannel, act: Act) -> None:
    """Do one thing. Raises NotNow after the last try; what is refused for good is let go."""
    with suppress(Refused):
        match act:
            case Say(chat, text, buttons):
                await _tried(lambda: channel.say(chat, text, buttons))
            case Stranger(chat, text):
                await _tried(lambda: channel.say(chat, text))
            case Answer(press, text, alert):
                await _tried(lambda: channel.api.answer(press, text, alert=alert))
            case Picture(chat, week):
                png = await asyncio.to_thread(draw, week)
                await _tried(lambda: channel.picture(chat, png, week.caption))
            case Change():
                await _change(channel, act)


async def _change(channel: TelegramChannel, act: Change) -> None:
    message = act.message
    if message is not None and await _tried(lambda: channel.change(act.chat, message, act.text, act.buttons)):
        return
    if act.or_say:
        await _tried(lambda: channel.say(act.chat, act.text, act.buttons))


async def _tried(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
    for _ in range(TRIES - 1):
        try:
            return await call()
        except NotNow as wait:
            await asyncio.sleep(min(wait.retry_after_s or 1.0, _LONGEST_WAIT_S))
    return await call()
