"""3,000 messages by the real sender and library to a Bot API server that enforces Telegram's limits.

The server (on a loop of its own) takes 30 messages a second, one a second per chat, 20 a minute per group, and answers
"too many requests" above it. Our side is not told so beforehand. Every three seconds an emergency is posted in between,
to a chat that has routine messages waiting too. The lower bound is what those limits allow at best.
"""

import argparse
import asyncio
import json
import random
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel

from bot.channel import TelegramChannel
from bot.telegram import TelegramApi
from escalations.outbox import Order, post
from escalations.sender import Sender
from prompts import load
from residents.sign import Level
from store import Clock, Store
from tests.conftest import SECRET, import_tables
from tests.fakes.bot_api import TOKEN, BotApi

GROUPS, TO_EACH_GROUP = 10, 10
PER_SECOND = 30
EVERY_S = 3.0
SEED = 20261123


class Server:
    """The Bot API on a thread of its own, so that its clock is nobody's business here."""

    def __init__(self) -> None:
        self.api = BotApi(limits=True)
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(self.api.start(), self.loop).result(10)

    def close(self) -> None:
        """Close the port."""
        asyncio.run_coroutine_threadsafe(self.api.stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)


async def measure(messages: int) -> dict[str, Any]:
    """Everything posted at once; until it has arrived."""
    server = Server()
    now = datetime.now(UTC)
    import_tables()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'anbu.db'}", SECRET)
        SQLModel.metadata.create_all(store.engine)
        chats = [server.api.phone("시험", 1_000 + n).chat for n in range((messages - GROUPS * TO_EACH_GROUP) // 2)]
        groups = [server.api.phone("시험", -1_000 - n).chat for n in range(GROUPS)]
        wanted: list[int] = [chat for chat in chats for _ in range(2)] + [
            group for group in groups for _ in range(TO_EACH_GROUP)
        ]
        random.Random(SEED).shuffle(wanted)

        def fill(tx: Session) -> None:
            for number, chat in enumerate(wanted):
                order = Order(
                    f"routine/{number}", "question", "telegram", str(chat), {"text": f"안부 여쭙니다 {number}"}
                )
                post(tx, order, now)

        store.write(fill)
        telegram = TelegramApi(TOKEN, server.api.url)
        sender = Sender(store, Clock(now, now), {"telegram": TelegramChannel(telegram, load())})
        began = time.monotonic()
        sending = asyncio.create_task(sender.run())
        emergencies = asyncio.create_task(_emergencies(store, server.api, chats))
        await _until(lambda: _arrived(server.api, "안부") >= len(wanted), 400)
        seconds = time.monotonic() - began
        emergencies.cancel()
        delays = await emergencies
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await telegram.close()
        store.close()
    server.close()
    texts = Counter(text for phone in server.api.chats.phones.values() for text in phone.texts if "안부" in text)
    bound = (len(wanted) + len(delays)) / PER_SECOND
    return {
        "messages": len(wanted),
        "lost": len(wanted) - len(texts),
        "twice": sum(texts.values()) - len(texts),
        "refused_as_too_many": len(server.api.asked("sendMessage")) - sum(texts.values()) - len(delays),
        "seconds": round(seconds, 1),
        "lower_bound_s": round(bound, 1),
        "ratio": round(seconds / bound, 3),
        "emergencies": len(delays),
        "emergency_max_s": round(max(delays), 3),
    }


async def _emergencies(store: Store, api: BotApi, chats: list[int]) -> list[float]:
    """How long each took; until cancelled."""
    delays: list[float] = []
    try:
        while True:
            await asyncio.sleep(EVERY_S)
            chat, number = chats[(len(delays) * 37) % len(chats)], len(delays)
            at, text = time.monotonic(), f"응급 {number}"
            order = Order(f"sos/{number}", "page", "telegram", str(chat), {"text": text}, level=Level.EMERGENCY)
            await store.awrite(post, order, datetime.now(UTC))
            await _until(lambda chat=chat, text=text: text in api.chats.phones[chat].texts, 60)
            delays.append(time.monotonic() - at)
    except asyncio.CancelledError:
        return delays


def _arrived(api: BotApi, part: str) -> int:
    """How many different ones."""
    return len({text for phone in list(api.chats.phones.values()) for text in phone.texts if part in text})


async def _until(true: Any, within_s: float) -> None:
    end = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=3000)
    arguments, _ = parser.parse_known_args()
    print(json.dumps(asyncio.run(measure(arguments.messages))))
