"""A small town whose residents are asked how they are, and a clock the story moves. What would leave the house is read
from the outbox; a question or sentence counts as spoken as soon as it is posted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from checkins.reading import CheckInShown
from checkins.service import Checkins, Result
from checkins.tables import CheckInRow, TalkRow
from escalations import outbox
from escalations.service import Escalations
from escalations.tables import DeliveryRow
from residents import service as people
from residents.sign import Sign
from residents.tables import ChatRow, ContactRow, CoordinatorRow, DeviceRow, HomeRow, ResidentRow
from speech.meaning import Meaning
from store import FixedClock, Store
from tests.checkins.book import meaning, words
from wellbeing.service import Wellbeing

FOREVER = timedelta(days=400)
BOTH = ("speaker", "telegram")
SEOUL = ZoneInfo("Asia/Seoul")


@dataclass
class Town:
    """One or more residents "r-1", "r-2", …; each with a speaker at home and a chat unless told otherwise."""

    store: Store
    clock: FixedClock
    zone: ZoneInfo = SEOUL
    speed: float = 1.0
    quiet: Mapping[str, Any] | None = None
    late_told: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        escalations = Escalations(words(), str(self.zone))
        self.wellbeing = Wellbeing(escalations, words())
        self.checkins = Checkins(words(), self.wellbeing, self.zone, self.speed, self._quiet_home, self._late_answer)
        self.escalations = escalations
        self.store.write(_staff)

    def joins(self, id: str, home: str) -> None:
        """A second resident of a home, with the same speaker and the default plan."""
        self.store.write(_join, id, home, self.clock.now())
        self.store.write(self.checkins.set_plan, id, {"days": "daily", "at": ["09:30"]}, self.clock.now())

    def moves_in(self, id: str = "r-1", channels: tuple[str, ...] = BOTH, plan: Any = "default", **more: Any) -> None:
        """A resident with these channels (linked, present and agreed to)."""
        self.store.write(_settle, id, channels, more, self.clock.now())
        raw = {"days": "daily", "at": ["09:30"]} if plan == "default" else plan
        self.store.write(self.checkins.set_plan, id, raw, self.clock.now())

    def passes(self, **span: float) -> None:
        """Time goes on, and the sweeps run whenever something is due, at least each hour."""
        end = self.clock.now() + timedelta(**span)
        while self.clock.now() < end:
            soon = self.clock.now() + timedelta(hours=1)
            due = self.store.read(_next_due) or soon
            self.clock.at = min(max(due, self.clock.now() + timedelta(seconds=1)), soon, end)
            self.sweeps()

    def leaps(self, **span: float) -> None:
        """The service stands still for a while."""
        self.clock.forward(**span)

    def sweeps(self) -> None:
        now, real = self.clock.now(), self.clock.real()
        self.store.write(self.checkins.plan_ahead, now)
        self.store.write(self.checkins.sweep, now, real)
        self.store.write(self.checkins.sweep_talks, now, real)

    def until(self, hour: int, minute: int = 0) -> None:
        """Pass time until the local clock shows this."""
        local = self.clock.now().astimezone(self.zone)
        wanted = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if wanted <= local:
            wanted += timedelta(days=1)
        self.passes(seconds=(wanted - local).total_seconds())

    def says(self, text: str, meant: Meaning | None = None, id: str = "r-1", by: str = "speaker") -> Result:
        """The resident says or writes something."""
        sure = 1.0 if by == "speaker" else None
        return self.store.write(
            self.checkins.hear, id, by, address(id, by), text, sure, meant or meaning(), self.clock.now()
        )

    def mumbles(self, text: str = "으어", id: str = "r-1") -> Result:
        """The resident says something that is heard badly."""
        now = self.clock.now()
        return self.store.write(self.checkins.hear, id, "speaker", address(id, "speaker"), text, 0.2, meaning(), now)

    def presses(self, id: str = "r-1", by: str = "speaker") -> None:
        """The resident presses the talk button."""
        self.store.write(self.checkins.start_by_resident, id, by, address(id, by), self.clock.now())

    def leaves_home(self, id: str = "r-1") -> None:
        """The speaker loses its connection."""
        self.store.write(people.set_presence, f"home-{id}", "speaker-1", None, "test")

    def comes_back(self, id: str = "r-1") -> None:
        """The speaker is connected again."""
        until = self.clock.now() + FOREVER
        self.store.write(people.set_presence, f"home-{id}", "speaker-1", until, "test")

    def fails(self) -> None:
        """The newest question does not get through."""
        row = self.store.read(_newest_question)
        self.store.write(self.checkins.not_reached, outbox.out(row), self.clock.now())

    def news(self, id: str = "r-1") -> list[tuple[str, str]]:
        """(channel, text) of what was posted to a resident since the last look, oldest first."""
        rows = [r for r in self.store.read(_deliveries, id) if r.id not in self.seen]
        self.seen |= {r.id for r in rows}
        return [(r.channel, r.body["text"]) for r in rows]

    def checks(self, id: str = "r-1") -> list[CheckInShown]:
        """Check-ins that have begun or ended, the oldest first."""
        shown = self.store.read(self.checkins.of_resident, id)
        return sorted((c for c in shown if c.state != "planned"), key=lambda c: c.due_at)

    def signs(self, id: str = "r-1") -> list[Sign]:
        """Signs taken about a resident, the oldest first."""
        return self.store.read(self.wellbeing.signs_of, id)[::-1]

    def kinds(self, id: str = "r-1") -> list[tuple[str, str]]:
        """(kind, level) of the signs a person must see."""
        return [(s.kind, s.level.value) for s in self.signs(id) if s.level]

    def _quiet_home(self, _tx: Session, _resident: str, _now: datetime) -> Mapping[str, Any] | None:
        return self.quiet

    def _late_answer(self, _tx: Session, _escalation: str, resident: str, _now: datetime) -> None:
        self.late_told.append(resident)


def address(id: str, channel: str) -> str:
    return f"home-{id}/speaker-1" if channel == "speaker" else f"chat-{id}"


def _staff(tx: Session) -> None:
    tx.add(CoordinatorRow(id="u-1", name="박당번", email="a@example.kr", email_hash="h1", role="coordinator"))


def _settle(tx: Session, id: str, channels: tuple[str, ...], more: dict[str, Any], now: datetime) -> None:
    home = f"home-{id}"
    consents = more.pop("consents", (*(c for c in ("voice", "chat")), "health", "sensors"))
    tx.add(HomeRow(id=home, password_hash=""))
    tx.flush()
    tx.add(ResidentRow(id=id, name="김안부", called="영희 어르신", home=home, **more))
    tx.flush()
    tx.add(ContactRow(id=f"c-{id}", resident=id, name="이안부", relation="딸", order=1))
    for topic in consents:
        people.set_consent(tx, id, topic, True, by="test", now=now)
    if "speaker" in channels:
        tx.add(DeviceRow(home=home, device="speaker-1", kind="speaker"))
        people.set_presence(tx, home, "speaker-1", now + FOREVER, "test")
    if "telegram" in channels:
        tx.add(ChatRow(chat=f"chat-{id}", kind="resident", person=id, linked_at=now))


def _join(tx: Session, id: str, home: str, now: datetime) -> None:
    tx.add(ResidentRow(id=id, name="이안부", called="순이 어르신", home=home))
    tx.flush()
    people.set_consent(tx, id, "voice", True, by="test", now=now)


def _deliveries(tx: Session, id: str) -> list[DeliveryRow]:
    rows = tx.exec(select(DeliveryRow).where(DeliveryRow.person_id == id).order_by(col(DeliveryRow.posted_at)))
    return sorted(rows, key=lambda r: (r.posted_at, r.id))


def _newest_question(tx: Session) -> DeliveryRow:
    questions = select(DeliveryRow).where(DeliveryRow.kind == "question")
    return tx.exec(questions.order_by(col(DeliveryRow.posted_at).desc()).limit(1)).one()


def _next_due(tx: Session) -> datetime | None:
    dues = [*tx.exec(select(func.min(CheckInRow.due_at))), *tx.exec(select(func.min(TalkRow.due_at)))]
    return min((due for due in dues if due is not None), default=None)
