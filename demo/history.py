"""The days before the demo begins: the same lives, lived through the same services with a moved clock.

So the visitor meets people whose rhythm is known, whose scores have a trend and whose charts are not empty.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from demo.answers import answer
from demo.life import Event, Temper, day, temper_of
from escalations import outbox
from escalations.actor import Actor, ActorKind
from residents import service as residents
from sensors.decode import decode
from sensors.gather import Item
from sensors.homes import Homes
from sensors.keep import keep
from sensors.message import Message
from wiring.house import House
from wiring.services import Services, make_services

#: how many days were lived before the visitor comes.
DAYS = 5
_TURNS = 14
_STAFF = Actor(ActorKind.COORDINATOR, "u-001", role="coordinator")
#: whom today's mishaps befall: on earlier days they lived like the others.
_BEFORE = {Temper.CHEST: Temper.CHEERFUL, Temper.FALLS: Temper.CHEERFUL, Temper.PRESSES: Temper.CHEERFUL}


def live_through(house: House, homes: int, start: datetime) -> None:
    """Live the days before `start`, and its morning, in every home."""
    services = make_services(house)
    known = Homes(house.store)
    for back in range(DAYS, 0, -1):
        morning = start - timedelta(days=back)
        for n in range(1, homes + 1):
            house.store.write(_sense, known, house, n, homes, morning)
            house.store.write(_talk, services, house, n, homes, morning + timedelta(minutes=3 * n))
        _look(house, services, morning.replace(hour=23, minute=59))
    for n in range(1, homes + 1):
        house.store.write(_sense, known, house, n, homes, start, until=start)
    _look(house, services, start)


def _look(house: House, services: Services, now: datetime) -> None:
    """Let the rules see what came in."""
    while house.store.write(services.sensors.sweep, now, house.clock.real(), 20, "history"):
        pass


def _sense(
    tx: Session, known: Homes, house: House, n: int, homes: int, morning: datetime, until: datetime | None = None
) -> None:
    """One home's day as its gateway would have said it."""
    home = f"home-{n:03}"
    messages = [
        _message(home, event) for event in _events(house, n, homes, morning) if until is None or event.at <= until
    ]
    keep(tx, [Item(message, decode(message, known, message.arrived)) for message in messages])


def _events(house: House, n: int, homes: int, morning: datetime) -> Iterator[Event]:
    temper = temper_of(n, homes)
    zone = house.settings.zone
    yield from day(_BEFORE.get(temper, temper), morning.astimezone(zone).date(), zone, f"home-{n}")


def _message(home: str, event: Event) -> Message:
    payload = dict(event.payload) | {"last_seen": event.at.isoformat(), "linkquality": 120}
    return Message(f"homes/{home}/zigbee2mqtt/{event.device}", json.dumps(payload).encode(), event.at)


def _talk(tx: Session, services: Services, house: House, n: int, homes: int, now: datetime) -> None:
    """One morning's talk, answered as this one answers; what it said aloud then is not said again now."""
    temper = _BEFORE.get(temper_of(n, homes), temper_of(n, homes))
    resident, address = f"r-{n:03}", f"home-{n:03}/speaker-1"
    rng = random.Random(f"{resident} {now.date()}")
    checkins = services.checkins
    real = house.clock.real()
    residents.set_presence(tx, f"home-{n:03}", "speaker-1", real + timedelta(minutes=1), "history")
    begun = checkins.start(tx, resident, "history", now)
    tx.flush()
    checkins.sweep(tx, now, real, 20, "history")
    for _ in range(_TURNS):
        now += timedelta(seconds=12)
        question = checkins.prompt_of(tx, resident)
        if checkins.running(tx, resident) is None:
            break
        said = answer(house.words, temper, question, rng)
        checkins.hear(tx, resident, "speaker", address, said, None, services.understand(said, question), now)
    checkins.end_by_resident(tx, resident, now)
    residents.set_presence(tx, f"home-{n:03}", "speaker-1", None, "history")
    outbox.cancel(tx, now, checkin=begun.id)
    staff = replace(_STAFF, name=house.words.data("demo.coordinators")[0]["name"])
    for summary in services.escalations.open_for(tx, resident):
        services.escalations.close(tx, summary.id, staff, "helped", "", now + timedelta(hours=1))
