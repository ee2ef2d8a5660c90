"""The outbox's way out: which channels this process serves, and the bot that receives."""

import asyncio
import secrets
from datetime import UTC, datetime
from functools import partial
from typing import Self

import httpx
import structlog
from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from bot import messages
from bot.channel import TelegramChannel
from bot.loop import TelegramBot, Webhook
from bot.telegram import TelegramApi
from escalations import other_way
from escalations.apprise_channel import Apprise
from escalations.channel import Channel, DeliveryOut
from escalations.sender import Sender
from escalations.settling import Failed
from escalations.together import Together
from escalations.webhook import Webhook as WebhookChannel
from speech.hearing.ears import Ears
from store.secrets import derive
from wiring.bot import bot_rooms
from wiring.going import going_on
from wiring.house import House
from wiring.readiness import TELEGRAM_SILENT, Readiness
from wiring.services import Services
from wiring.voicing import Voicing

log = structlog.get_logger(__name__)


def webhook_key(house: House) -> bytes:
    """What webhooks are signed with; whoever receives them checks them with it."""
    return derive(house.secret, b"anbu webhook")


def apprise(house: House) -> Apprise:
    """E-mail, SMS and others."""
    return Apprise(house.words.text("escalations.reference", number="{number}"))


class Messaging:
    """The sender, with the channels of these roles, and the Telegram bot where there is a token."""

    def __init__(
        self, house: House, services: Services, readiness: Readiness, roles: frozenset[str], voicing: Voicing | None
    ) -> None:
        self._house, self._services, self._readiness = house, services, readiness
        self._http = httpx.AsyncClient(timeout=10.0)
        self._api: TelegramApi | None = None
        self._bot: TelegramBot | None = None
        self._webhook: Webhook | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.routers: list[APIRouter] = []
        channels: dict[str, Channel] = {}
        if voicing is not None:
            channels["speaker"] = voicing.edge.channel
        if "bot" in roles and house.settings.telegram_token:
            chat = self._telegram(house.settings.telegram_token, voicing.ears if voicing else None)
            channels["telegram"] = Together(chat, house.words)
        if "clock" in roles:
            channels |= self._programs()
        self.channels = channels
        self._sender = self._make_sender(channels, voicing) if channels else None

    async def __aenter__(self) -> Self:
        if self._sender is not None:
            self._tasks.append(asyncio.create_task(going_on("sender", self._sender.run)))
        if self._bot is not None:
            self._tasks.append(asyncio.create_task(going_on("telegram", partial(self._bot.run, self._webhook))))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._api is not None:
            await self._api.close()
        await self._http.aclose()

    def _make_sender(self, channels: dict[str, Channel], voicing: Voicing | None) -> Sender:
        here = voicing.edge.channel.connected_addresses if voicing is not None else set
        return Sender(
            self._house.store,
            self._house.clock,
            channels,
            failed={
                "page": self._services.escalations.page_failed,
                "notice": other_way.refused,
                "digest": other_way.refused,
                "question": self._not_reached(),
                "say": messages.unsaid,
            },
            routes=lambda: frozenset(here()),
            label=self._house.words.text("escalations.repeat"),
            instance=self._house.settings.instance,
        )

    def _not_reached(self) -> Failed:
        checkins = self._services.checkins

        def failed(tx: Session, delivery: DeliveryOut, now: datetime, final: bool) -> None:
            if final:
                checkins.not_reached(tx, delivery, now)

        return failed

    def _programs(self) -> dict[str, Channel]:
        """Channels that need nobody's connection."""
        return {
            "webhook": WebhookChannel(self._http, webhook_key(self._house)),
            "apprise": Together(apprise(self._house), self._house.words),
        }

    def _telegram(self, token: str, ears: Ears | None) -> TelegramChannel:
        house, settings = self._house, self._house.settings
        self._api = TelegramApi(token, settings.telegram_api_url)
        channel = TelegramChannel(self._api, house.words, voice_of=lambda id: house.store.aread(messages.voice, id))
        services = self._services
        rooms = bot_rooms(house, services, ears)
        holder = f"{settings.instance}:{secrets.token_hex(4)}"
        self._bot = TelegramBot(house.store, house.clock, rooms, channel, holder)
        started = datetime.now(UTC)
        self._readiness.telegram_ok = lambda: self._heard_lately(started)
        if settings.telegram_webhook_url:
            self._webhook = Webhook(settings.telegram_webhook_url, derive(house.secret, b"anbu telegram").hex())
            self.routers.append(self._webhook_router(self._bot, self._webhook))
        return channel

    def _heard_lately(self, started: datetime) -> bool:
        if self._bot is None or self._webhook is not None:
            return True
        return datetime.now(UTC) - (self._bot.polled_at or started) < TELEGRAM_SILENT

    @staticmethod
    def _webhook_router(bot: TelegramBot, webhook: Webhook) -> APIRouter:
        router = APIRouter()

        @router.post("/telegram", include_in_schema=False)
        async def telegram(request: Request) -> Response:
            said = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
            return Response(status_code=await bot.posted(webhook.secret, said, await request.body()))

        return router
