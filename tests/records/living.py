"""A small town whose records can be exported: two residents, of whom one takes back the consent to health data."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlmodel import Session

from escalations import outbox
from escalations.actor import Actor, ActorKind
from escalations.sender import Sender
from prompts import load
from residents import service as people
from residents.access import link_code, redeem
from residents.sign import Level, Sign, Source
from residents.town import read_town
from sensors.decode import decode
from sensors.gather import Item
from sensors.homes import Homes
from sensors.keep import keep
from sensors.message import Message
from settings import Settings
from speech.meaning import Meaning
from store import Clock, FixedClock, Store
from tests.checkins.book import meaning
from tests.conftest import SECRET
from tests.escalations.story import Phones
from wiring.accounts import import_into
from wiring.house import House
from wiring.records import export_resources
from wiring.services import make_services

TOWN: dict[str, Any] = {
    "residents": [
        {
            "id": "r-001",
            "name": "김안부",
            "called": "안부 어르신",
            "born": 1941,
            "sex": "F",
            "district": "가나동",
            "home": "home-001",
            "phone": "010-0000-0001",
            "address": "가나로 1",
            "way_in": "관리실에 열쇠",
            "consents": ["voice", "chat", "sensors", "health", "family"],
        },
        {
            "id": "r_둘",
            "name": "이안부",
            "home": "home-002",
            "consents": ["voice", "chat", "sensors", "health"],
        },
    ],
    "contacts": [{"id": "c-001", "resident": "r-001", "name": "박안부", "relation": "딸", "topics": ["health"]}],
    "devices": [
        {"home": "home-001", "device": "cuff", "kind": "systolic"},
        {"home": "home-001", "device": "speaker-1", "kind": "speaker"},
        {"home": "home-002", "device": "cuff", "kind": "systolic"},
        {"home": "home-002", "device": "speaker-1", "kind": "speaker"},
    ],
    "coordinators": [{"id": "u-001", "name": "박담당", "email": "park@example.kr", "role": "coordinator"}],
    "roster": [{"coordinator": "u-001", "days": "daily", "from": "00:00", "to": "24:00", "rank": 1}],
}
FIRST, SECOND = "r-001", "r_둘"
_STAFF = Actor(ActorKind.COORDINATOR, "u-001", "박담당", "coordinator")
Resources = dict[str, list[dict[str, Any]]]


@dataclass
class Living:
    """The town with its clock. Whatever is posted is delivered when `posts` is called."""

    store: Store
    clock: FixedClock
    folder: Path

    def __post_init__(self) -> None:
        settings = Settings(timezone="Asia/Seoul", telegram_token="")
        self.house = House(settings, self.store, cast(Clock, self.clock), load("ko"), SECRET)
        self.services = make_services(self.house)
        self.phones = Phones()
        channels = {"telegram": self.phones, "speaker": self.phones}
        self.sender = Sender(self.store, self.clock, channels, routes=speakers)

    def settles(self) -> None:
        """People move in, with chats and speakers."""
        file = self.folder / "town.json"
        file.write_text(json.dumps(TOWN), "utf-8")
        import_into(self.house, read_town(file))
        self.store.write(self._link)

    def _link(self, tx: Session) -> None:
        now = self.clock.now()
        for kind, id in (("contact", "c-001"), ("coordinator", "u-001")):
            redeem(tx, link_code(tx, kind, id, now), f"chat-{id}", now)
        for home in ("home-001", "home-002"):
            people.set_presence(tx, home, "speaker-1", self.clock.real().replace(year=2030), "test")

    def talks(self, resident: str, said: str, meant: Meaning | None = None, confidence: float | None = None) -> str:
        """A check-in is asked, answered with one sentence and ended. Its id."""
        checkins, now = self.services.checkins, self.clock.now()
        begun = self.store.write(checkins.start, resident, "u-001", now)
        self.store.write(checkins.sweep, now, self.clock.real())
        home = self.store.read(people.resident, resident).home
        address = f"{home}/speaker-1"
        meant = meant or meaning("sleep.good", feel="positive")
        self.clock.forward(seconds=20)
        self.store.write(checkins.hear, resident, "speaker", address, said, confidence, meant, self.clock.now())
        self.store.write(checkins.end_by_resident, resident, self.clock.now())
        return begun.id

    def measures(self, home: str, at: str, **values: float) -> None:
        """A device of the home reports values of the body."""
        readings = [{"at": at, "kind": kind, "value": value} for kind, value in values.items()]
        message = Message(f"homes/{home}/readings/cuff", json.dumps(readings).encode(), self.clock.now())
        decoded = decode(message, Homes(self.store), self.clock.now())
        assert not decoded.rejected
        self.store.write(keep, [Item(message, decoded)])

    def shows(self, resident: str | None, kind: str, level: Level, text: str = "", home: str | None = None) -> str:
        """A sign is taken, and opens or joins an escalation. That one's id."""
        id = f"{resident or home}:{kind}"
        sign = Sign(id, resident, kind, self.clock.now(), Source.SOS, text or kind, f"{kind}@1", level=level, home=home)
        taken = self.store.write(self.services.wellbeing.take, [sign], self.clock.now())
        assert taken[0].escalation
        return taken[0].escalation

    def closes(self, escalation: str, outcome: str, note: str = "") -> None:
        self.store.write(self.services.escalations.close, escalation, _STAFF, outcome, note, self.clock.now())

    def withdraws(self, resident: str, topic: str) -> None:
        self.store.write(people.set_consent, resident, topic, False, resident, self.clock.now())

    def greets(self, contact: str) -> None:
        """The evening's news for a relative, without any escalation."""
        order = outbox.Order(
            f"digest:{contact}",
            "digest",
            "telegram",
            f"chat-{contact}",
            {"text": "오늘 잘 지내셨어요."},
            "contact",
            contact,
        )
        self.store.write(outbox.post, order, self.clock.now())

    async def posts(self) -> None:
        """Everything in the outbox leaves."""
        await self.sender.once()

    def exports(self, reason: str = "시 기록 이관", resident: str | None = None, since: str | None = None) -> Resources:
        """The files' resources, by type."""
        out = self.folder / "out"
        export_resources(self.house, out, reason, resident=resident, since=since)
        return read(out)


def speakers() -> frozenset[str]:
    return frozenset({"home-001/speaker-1", "home-002/speaker-1"})


def read(out: Path) -> Resources:
    """Every file of an export."""
    return {file.stem: [json.loads(line) for line in file.read_text("utf-8").splitlines()] for file in out.iterdir()}
