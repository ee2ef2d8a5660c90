"""Who is spoken to by a speaker, and speaking to them ahead, from a little after the start on."""

import asyncio
from collections import Counter
from datetime import datetime

import structlog
from sqlmodel import Session

from checkins import scripts
from residents import service as residents
from residents.people import Consent
from speech.speaking.filling import Listener, fill, wanted
from speech.speaking.speaking import Speaking
from speech.speaking.voice import Manner
from wiring.house import House

log = structlog.get_logger(__name__)

#: real seconds: the start is through by then; and until somebody new, or a voice that was away, is looked for again.
_AFTER_S, _AGAIN_S = 15.0, 3600.0
#: of more residents the names are spoken when they are needed.
_MOST = 200


async def speak_ahead(house: House, speaking: Speaking) -> None:
    """Fill the cache for the scripts, again and again; ends only by being cancelled."""
    await asyncio.sleep(_AFTER_S)
    while True:
        try:
            await asyncio.to_thread(speaking.cache.trim)
            who = await house.store.aread(listeners, house.clock.now())
            talk = await house.store.aread(scripts.in_force, house.words)
            ready = await fill(speaking, wanted(talk, who))
            log.info("spoken ahead", sentences=ready)
        except Exception as error:
            log.error("speaking ahead failed", error=type(error).__name__)
        await asyncio.sleep(_AGAIN_S)


def listeners(tx: Session, now: datetime) -> list[Listener]:
    """Whoever is at home, has a speaker there and agreed to be spoken to; where several share it, it speaks in the
    usual manner."""
    homes = {device.home for device in residents.devices(tx) if device.kind == "speaker"}
    places = [place for place in residents.places(tx) if place.home in homes]
    at_home = Counter(place.home for place in places)
    spoken_to = (p.id for p in places if residents.has_consent(tx, p.id, Consent.VOICE))
    here = [id for id in spoken_to if residents.absence(tx, id, now) is None]
    people = residents.residents(tx, here[:_MOST])
    return [Listener(r.called, Manner.of(r.rate, r.pitch) if at_home[r.home] == 1 else Manner()) for r in people]
