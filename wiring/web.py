"""The app this process serves: the control centre where the role `web` runs, else only what watches it."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, FastAPI
from sqlmodel import Session

from bot import inbox
from console import create_app, create_watched
from console.ports import ConsolePorts, UnreadMessage
from escalations.trying import Trier
from speech.speaking.aloud import Aloud
from speech.understanding import corrections
from wiring.erasing import eraser
from wiring.house import House
from wiring.messaging import apprise, webhook_key
from wiring.readiness import Readiness
from wiring.services import Services
from wiring.voicing import make_speaking


def make_app(
    house: House, services: Services, readiness: Readiness, routers: Sequence[APIRouter], console: bool
) -> FastAPI:
    """All routes of this process."""
    ports = ConsolePorts(
        store=house.store,
        clock=house.clock,
        words=house.words,
        escalations=services.escalations,
        wellbeing=services.wellbeing,
        checkins=services.checkins,
        sensors=services.sensors,
        readiness=readiness,
        explain=services.explain,
        keep_correction=partial(corrections.append, house.settings.var_dir / corrections.FILE),
        recordings=house.recordings,
        erase=eraser(house),
        try_way=Trier({"apprise": apprise(house)}, webhook_key(house)),
        unread_messages=_unread,
        speak=Aloud(make_speaking(house)).say,
        zone=house.settings.zone,
        speed=house.settings.speed,
    )
    return create_app(ports, routers) if console else create_watched(ports, routers)


def _unread(tx: Session) -> list[UnreadMessage]:
    return [UnreadMessage(one.id, one.received_at, one.failures, one.error) for one in inbox.quarantined(tx)]
