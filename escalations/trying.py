"""Trying an address out: one message, now, past the outbox, and the plain truth of how it went."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from escalations.channel import Channel, DeliveryOut, NotNow, Refused
from escalations.webhook import Webhook
from residents.reach import Way
from store import new_id

#: whoever presses the button waits no longer, REAL time.
WITHIN_S = 20.0


@dataclass(frozen=True)
class Tried:
    """how: "taken" | "refused" (never, this way) | "not_now". reason: the channel's words, which name nobody."""

    how: str
    reason: str = ""


@dataclass(frozen=True)
class Trier:
    """channels: besides the webhook; secret: what a webhook is signed with."""

    channels: Mapping[str, Channel]
    secret: bytes = field(repr=False)

    async def __call__(self, way: Way, text: str) -> Tried:
        """Send it by this way."""
        id = new_id("t")
        message = DeliveryOut(id, f"test/{id}", "notice", way.channel, way.address, {"text": text})
        try:
            async with asyncio.timeout(WITHIN_S), httpx.AsyncClient(timeout=10.0) as client:
                channels = {**self.channels, "webhook": Webhook(client, self.secret)}
                await channels[way.channel].send(message)
        except Refused as error:
            return Tried("refused", error.reason)
        except NotNow as error:
            return Tried("not_now", error.reason)
        except TimeoutError:
            return Tried("not_now", "timeout")
        return Tried("taken")
