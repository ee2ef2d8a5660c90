"""A village of made-up residents who talk with the real services, day after day, on a clock that is moved.

They know the service only from outside: they hear what it says, and say something. `python -m demo.village` prints
their talks, so that somebody can read them.
"""

import argparse
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import Session

from checkins.service import CheckInShown
from demo.personas import SILENCE, Persona, Saying, personas
from escalations.actor import Actor, ActorKind
from escalations.channel import DeliveryOut
from escalations.delivery import Sent
from escalations.sender import ROUTINE
from escalations.settling import Desk, Result
from escalations.views import Summary
from prompts import Words, load
from residents import access
from residents import service as people
from residents.rows import Row
from residents.sign import Sign
from residents.town import parse_town
from settings import read_settings
from store import FixedClock, Store
from store.migrate import migrate
from wiring.accounts import import_into
from wiring.house import House
from wiring.services import Services, make_services

ZONE = ZoneInfo("Asia/Seoul")
#: a Monday; the first talk is at half past nine.
FIRST_DAY = datetime(2026, 11, 23, 9, 29, 50, tzinfo=ZONE)
#: from the end of a sentence to the end of its answer.
BREATH = timedelta(seconds=12)
#: how long a morning may last: three attempts, and a red flag that is watched over.
MORNING = timedelta(hours=3)
_PAUSE = timedelta(minutes=2)
_STAFF = Actor(ActorKind.COORDINATOR, "u-001", role="coordinator")


@dataclass
class Line:
    """One thing said. who: "service" or "resident"; said: what a resident meant by it."""

    who: str
    text: str
    at: datetime
    said: Saying | None = None


@dataclass
class Morning:
    """One resident's morning: what was said in each check-in, what was told to people because of it."""

    persona: Persona
    day: int
    lines: list[Line] = field(default_factory=list)
    checkins: list[CheckInShown] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    told: list[Summary] = field(default_factory=list)

    def __str__(self) -> str:
        said = "\n".join(f"  {'Anbu' if one.who == 'service' else f'    {one.who}'} | {one.text}" for one in self.lines)
        told = "".join(f"\n  → {one.level}: {'; '.join(one.reasons)}" for one in self.told)
        return f"[{self.persona.title}, day {self.day}]\n{said or '  …'}{told}"


class Village:
    """Everybody in personas.yaml, each in a home of their own, linked by the channel they use."""

    def __init__(
        self, store: Store, clock: FixedClock, words: Words, secret: str, only: Sequence[str] = (), seed: int = 0
    ) -> None:
        self.people = [one for one in personas(words, seed) if not only or one.id in only]
        self.clock = clock
        house = House(read_settings(), store, clock, words, secret)  # type: ignore[arg-type]
        self.store = store
        self.services: Services = make_services(house)
        self._understand = cache(self.services.understand)  # many say the same to the same question
        self._desk = Desk("village", frozenset({"speaker", "telegram"}), routes=self._speakers)
        self._arrived: list[Result] = []
        town = _town(self.people, words.data("personas.town"))
        rows = [Row(table, 0, row) for table, found in town.items() for row in found]
        store.write(self._link, import_into(house, parse_town(rows))["telegram"])

    def day(self, number: int) -> list[Morning]:
        """Live one morning: everybody is asked at half past nine, and answers as they do."""
        self.clock.at = FIRST_DAY + timedelta(days=number - 1)
        mornings = {resident_id(one): Morning(one, number) for one in self.people}
        self.store.write(self.services.checkins.plan_ahead, self.clock.now())
        self.clock.forward(seconds=10)
        ends, talking = self.clock.now() + MORNING, set(mornings)
        while self.clock.now() < ends:
            spoken = self.store.write(self._goes_on)
            for one in spoken:
                self._hears(mornings[one.person_id], one)
            if not spoken:
                talking = self.store.read(self._still_talking, talking)
                if not talking:
                    break
            self.clock.at += BREATH if spoken else _PAUSE
        self.store.write(self._close, mornings)
        return list(mornings.values())

    def _goes_on(self, tx: Session) -> list[DeliveryOut]:
        """What falls due is done, and what is said arrives at the speakers and chats."""
        now, real = self.clock.now(), self.clock.real()
        self.services.checkins.sweep(tx, now, real)
        self.services.checkins.sweep_talks(tx, now, real)
        tx.flush()
        spoken = self._desk.turn(tx, self._arrived, ROUTINE, len(self.people), now, real)
        self._arrived = [Result(one, Sent()) for one in spoken]
        return [one for one in spoken if one.person_kind == "resident"]

    def _hears(self, morning: Morning, spoken: DeliveryOut) -> None:
        """Hear a sentence, and answer it."""
        now, persona = self.clock.now(), morning.persona
        question = str(spoken.body["text"])
        morning.lines.append(Line("service", question, now))
        said = self._answer(morning, question) if spoken.body["listen"] else Saying(SILENCE)
        if said.silent:
            return
        morning.lines.append(Line("resident", said.text, now, said))
        resident, checkins = resident_id(persona), self.services.checkins
        prompt = self.store.read(checkins.prompt_of, resident)
        meaning = self._understand(said.text, prompt)
        sure = None if persona.channel == "telegram" else said.sure or 1.0
        self.store.write(
            checkins.hear, resident, persona.channel, spoken.address, said.text, sure, meaning, self.clock.now()
        )

    def _still_talking(self, tx: Session, residents: set[str]) -> set[str]:
        return {resident for resident in residents if self.services.checkins.running(tx, resident)}

    def _answer(self, morning: Morning, question: str) -> Saying:
        persona, day = morning.persona, morning.day
        own = [line.said for line in morning.lines if line.said is not None]
        if own and persona.topic(question) and (own[-1].means in ("again", "unclear") or persona.misheard(question)):
            return persona.again(question, day, own[-1])
        answer = persona.answer(question, day, len(own))
        once = answer in own and bool(answer.means or answer in persona.of_day(day))
        return persona.again(question, day, answer) if once else answer

    def _link(self, tx: Session, codes: dict[str, str]) -> None:
        for one in self.people:
            if one.channel == "telegram":
                access.redeem(tx, codes[resident_id(one)], address(one), self.clock.now())
            else:
                until = self.clock.now() + timedelta(days=400)
                people.set_presence(tx, _home(one), "speaker-1", until, "village")

    def _speakers(self) -> frozenset[str]:
        return frozenset(address(one) for one in self.people)

    def _close(self, tx: Session, mornings: dict[str, Morning]) -> None:
        """A coordinator has looked after everything that was told this morning."""
        since = self.clock.now() - MORNING - 2 * _PAUSE
        for resident, morning in mornings.items():
            morning.checkins = self.services.checkins.of_resident(tx, resident, since, self.clock.now() + _PAUSE)
            morning.signs = self.services.wellbeing.signs_of(tx, resident, since)
            morning.told = self.services.escalations.open_for(tx, resident)
            for told in morning.told:
                self.services.escalations.close(tx, told.id, _STAFF, "helped", "", self.clock.now())


def resident_id(persona: Persona) -> str:
    """The resident's id in the service."""
    return f"r-{persona.id}"


def address(persona: Persona) -> str:
    """Where the service reaches them: their speaker, or their chat."""
    return f"chat-{persona.id}" if persona.channel == "telegram" else f"{_home(persona)}/speaker-1"


def _home(persona: Persona) -> str:
    return f"home-{persona.id}"


def _town(people: Sequence[Persona], named: Mapping[str, str]) -> dict[str, list[dict[str, object]]]:
    plan = {"days": "daily", "at": ["09:30"], "attempts_min": [0, 10, 60], "script": "daily"}
    consents = ["voice", "chat", "sensors", "health", "family"]
    return {
        "residents": [
            {
                "id": resident_id(one),
                "name": one.called,
                "called": one.called,
                "home": _home(one),
                "medicines": [named["medicine"]],
                "consents": consents,
                "plan": {**plan, "channels": [one.channel]},
            }
            for one in people
        ],
        "contacts": [
            {
                "id": f"c-{one.id}",
                "resident": resident_id(one),
                "name": f"{one.called} {named['family']}",
                "relation": named["relation"],
            }
            for one in people
        ],
        "devices": [{"home": _home(one), "device": "speaker-1", "kind": "speaker"} for one in people],
        "coordinators": [
            {"id": "u-001", "name": named["coordinator"], "email": "duty@anbu.example", "role": "coordinator"}
        ],
        "roster": [{"coordinator": "u-001", "days": "daily", "from": "00:00", "to": "24:00", "rank": 1}],
    }


@contextmanager
def _own_store() -> Iterator[tuple[Store, str]]:
    secret = secrets.token_urlsafe()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder)}/village.db", secret)
        try:
            migrate(store)
            yield store, secret
        finally:
            store.close()


def main() -> None:
    """Print the talks."""
    parser = argparse.ArgumentParser(prog="python -m demo.village", description=main.__doc__)
    parser.add_argument("who", nargs="*", help="ids in personas.yaml; all by default")
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="another order of their answers")
    options = parser.parse_args()
    with _own_store() as (store, secret):
        village = Village(store, FixedClock(FIRST_DAY.astimezone(UTC)), load(), secret, options.who, options.seed)
        found = [morning for number in range(1, options.days + 1) for morning in village.day(number)]
    for persona in village.people:
        for morning in found:
            if morning.persona is persona:
                print(morning, end="\n\n")


if __name__ == "__main__":
    main()
