"""An SOS that cannot be written down (disk full, database locked or away) is told all the same, to all who may come.

Nothing is decided here and nothing kept: the press stays unacknowledged, and is written down and paged like any other
as soon as that is possible. Whoever is told twice was told.
"""

import asyncio
from collections.abc import Mapping
from threading import Lock

import structlog
from sqlmodel import Session

from escalations.channel import Channel, DeliveryOut
from residents import service as residents
from residents.access import chat_of
from sensors.message import Sos
from wiring.house import House
from wiring.services import Services

log = structlog.get_logger(__name__)

#: real seconds a press may take to be written down before people are told without that.
PATIENCE_S = 4.0


class Unsaved:
    """`begun` when a press is about to be written down, `saved` when it is; from any thread. Tells by Telegram, where
    this process serves it."""

    def __init__(self, house: House, services: Services, channels: Mapping[str, Channel]) -> None:
        self._house, self._services, self._channel = house, services, channels.get("telegram")
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[tuple[str, str | None], Sos] = {}
        self._lock = Lock()
        self._telling: set[asyncio.Task[None]] = set()

    def begun(self, sos: Sos) -> None:
        """A press of which nothing is on record yet; again for the same press: no effect."""
        with self._lock:
            if self._channel is None or _key(sos) in self._waiting:
                return
            self._waiting[_key(sos)] = sos
        self._loop.call_soon_threadsafe(self._loop.call_later, PATIENCE_S, self._if_still_unsaved, sos)

    def saved(self, sos: Sos) -> None:
        """It is on record: its escalation sees to the rest."""
        with self._lock:
            self._waiting.pop(_key(sos), None)

    def _if_still_unsaved(self, sos: Sos) -> None:
        if self._channel is not None and self._waiting.get(_key(sos)) is sos:
            task = self._loop.create_task(self._tell(sos, self._channel))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, sos: Sos, channel: Channel) -> None:
        log.error("an SOS cannot be written down; telling people without", home=sos.home)
        try:
            # not on the store's own threads: they may all wait for the same database to take a write
            chats, text = await asyncio.to_thread(self._house.store.read, self._whom, sos)
        except Exception as error:  # it cannot even be read: the readiness says so, the gateway goes on pressing
            log.error("nobody could be told of an unsaved SOS", error=type(error).__name__)
            return
        await asyncio.gather(*(_send(channel, sos, chat, text) for chat in chats))

    def _whom(self, tx: Session, sos: Sos) -> tuple[list[str], str]:
        """Chats of everybody on duty and of every supervisor, and what to tell them."""
        on_duty = {id for _, id in self._services.escalations.on_duty(tx, self._house.clock.now())}
        staff = [who.id for who in residents.coordinators(tx) if who.id in on_duty or who.role == "supervisor"]
        chats = [chat for id in staff if (chat := chat_of(tx, "coordinator", id)) is not None]
        names = ", ".join(person.name for person in residents.residents_of_home(tx, sos.home))
        return chats, self._house.words.text("escalations.unsaved", who=names or sos.home)


async def _send(channel: Channel, sos: Sos, chat: str, text: str) -> None:
    key = f"unsaved:{sos.home}:{sos.id}:{chat}"
    try:
        await channel.send(DeliveryOut("unsaved", key, "notice", "telegram", chat, {"text": text}, level="emergency"))
    except Exception as error:
        log.error("somebody could not be told of an unsaved SOS", error=type(error).__name__)


def _key(sos: Sos) -> tuple[str, str | None]:
    return sos.home, sos.id
