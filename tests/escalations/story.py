"""A small town with telephones that record, and a clock the story moves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session

from escalations.actor import Actor, ActorKind
from escalations.channel import DeliveryOut, NotNow, Receipt, Refused
from escalations.roster import Shift
from escalations.sender import Sender
from escalations.service import Escalations
from prompts import Words
from residents import service as people
from residents.sign import Level, Part, Sign, Source
from residents.tables import ChatRow, ContactRow, CoordinatorRow, HomeRow, ResidentRow
from store import FixedClock, Store

STAFF = (
    ("u-1", "박당번", "coordinator"),
    ("u-2", "최차례", "coordinator"),
    ("u-9", "오관리", "supervisor"),
    ("u-7", "정기사", "technician"),
)
_numbers = count(1)
_WORDS = Path(__file__).parents[2] / "prompts" / "ko"
#: this test's rooms only: another room's words must not stop these stories.
WORDS = Words({r: yaml.safe_load((_WORDS / f"{r}.yaml").read_text("utf-8")) for r in ("escalations", "wellbeing")})


@dataclass
class Phones:
    """Every chat of the town. `behave[chat]` may raise instead of taking a message."""

    taken: list[DeliveryOut] = field(default_factory=list)
    behave: dict[str, Callable[[], None]] = field(default_factory=dict)
    looked: int = 0

    async def send(self, delivery: DeliveryOut) -> Receipt:
        if delivery.address in self.behave:
            self.behave[delivery.address]()
        self.taken.append(delivery)
        return Receipt(f"m-{len(self.taken)}")

    def news(self) -> list[tuple[str, str]]:
        """(person, kind) of what has arrived since the last look, sorted."""
        fresh, self.looked = self.taken[self.looked :], len(self.taken)
        return sorted((delivery.person_id or delivery.address, delivery.kind) for delivery in fresh)

    def last_to(self, person: str) -> DeliveryOut:
        return [delivery for delivery in self.taken if delivery.person_id == person][-1]


def refuse() -> None:
    raise Refused("bot was blocked")


def not_now(seconds: float | None = None, *, full: bool = False) -> Callable[[], None]:
    def behave() -> None:
        raise NotNow("too many requests", seconds, full=full)

    return behave


@dataclass
class Story:
    """The town, its service and its sender."""

    store: Store
    clock: FixedClock
    phones: Phones = field(default_factory=Phones)
    notify_urls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.escalations = Escalations(WORDS, "Asia/Seoul", self.notify_urls)
        self.sender = Sender(
            self.store,
            self.clock,
            {"telegram": self.phones, "apprise": self.phones},
            failed={"page": self.escalations.page_failed},
            label=WORDS.text("escalations.repeat"),
        )

    def sign(
        self, kind: str = "sos", level: Level | None = Level.EMERGENCY, resident: str | None = "r-1", **more: Any
    ) -> Sign:
        fields: dict[str, Any] = {"source": Source.SOS, "text": "도움 단추를 눌렀습니다.", "rule": f"{kind}@1", **more}
        return Sign(f"s-{next(_numbers)}", resident, kind, self.clock.now(), level=level, **fields)

    async def happens(self, kind: str = "sos", level: Level = Level.EMERGENCY, **more: Any) -> str:
        """A sign is raised, and whatever is due leaves at once."""
        id = self.store.write(self.escalations.raise_sign, self.sign(kind, level, **more), self.clock.now())
        await self.sender.once()
        return id

    async def passes(self, **span: float) -> None:
        """Time goes on in one leap; the sweep and the sender do what is then due."""
        self.clock.forward(**span)
        self.store.write(self.escalations.sweep, self.clock.now(), self.clock.real())
        await self.sender.once()

    async def takes(self, who: str, escalation: str, take_over: bool = False) -> None:
        self.store.write(self.escalations.acknowledge, escalation, staff(who), self.clock.now(), take_over=take_over)
        await self.sender.once()

    async def confirms(self, contact: str, escalation: str) -> None:
        by = Actor(ActorKind.CONTACT, contact)
        self.store.write(self.escalations.answer_page, escalation, by, self.clock.now())
        await self.sender.once()

    async def closes(self, who: str, escalation: str, outcome: str = "safe", note: str = "") -> None:
        self.store.write(self.escalations.close, escalation, staff(who), outcome, note, self.clock.now())
        await self.sender.once()

    def ledger(self, escalation: str) -> list[str]:
        detail = self.store.read(self.escalations.detail, escalation, self.clock.now())
        return [step.what for step in detail.steps]

    def roster(self, *shifts: Shift) -> None:
        self.store.write(self.escalations.set_roster, list(shifts), self.clock.now())


def staff(id: str) -> Actor:
    """A coordinator, as the console would say who acts."""
    name, role = next((name, role) for known, name, role in STAFF if known == id)
    return Actor(ActorKind.COORDINATOR, id, name, role)


def settle_town(tx: Session, now: datetime) -> None:
    """Two residents, two contacts of the first, four people of the control centre, all linked to chats."""
    tx.add(HomeRow(id="home-1", password_hash=""))
    tx.flush()
    for id, name in (("r-1", "김안부"), ("r-2", "이안부")):
        tx.add(
            ResidentRow(
                id=id,
                name=name,
                called=f"{name} 어르신",
                home="home-1",
                district="가온동",
                born=1941,
                phone="010-0000-0001",
                address="가온로 1",
                way_in="뒷문",
                conditions=["고혈압"],
            )
        )
    tx.flush()
    for order, id in enumerate(("c-1", "c-2"), start=1):
        tx.add(ContactRow(id=id, resident="r-1", name=f"김가족{order}", relation="딸", order=order, topics=["health"]))
    for id, name, role in STAFF:
        tx.add(CoordinatorRow(id=id, name=name, email=f"{id}@example.kr", email_hash=id, role=role))
    for kind, ids in (("contact", ("c-1", "c-2")), ("coordinator", [id for id, _, _ in STAFF])):
        for id in ids:
            tx.add(ChatRow(chat=f"chat-{id}", kind=kind, person=id, linked_at=now))
    tx.flush()
    people.set_consent(tx, "r-1", "family", True, "test", now)


ALL_DAY = (Shift("u-1", rank=1), Shift("u-2", rank=2))


def begin(store: Store, clock: FixedClock, *shifts: Shift, notify_urls: tuple[str, ...] = ()) -> Story:
    """The town with this roster (default: u-1 at rank 1 and u-2 at rank 2, day and night)."""
    store.write(settle_town, clock.now())
    story = Story(store, clock, notify_urls=notify_urls)
    story.roster(*(shifts or ALL_DAY))
    return story


__all__ = ["ALL_DAY", "Level", "Part", "Phones", "Shift", "Story", "begin", "not_now", "refuse", "staff"]
