"""A year in a few seconds: real check-ins and escalations on a real store, and a clock that is moved, set wrong, set
right and stopped for a day. The residents answer, forget, and go away; a coordinator takes what comes."""

import heapq
import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, func, select

from checkins.plan import moment
from checkins.tables import CheckInRow, TalkRow
from escalations.actor import Actor, ActorKind
from escalations.tables import DeliveryRow, EscalationRow
from residents import service as people
from store import FixedClock, Store
from tests.checkins.book import meaning
from tests.checkins.town import Town
from tests.faults import promises

#: place → hours that a clock change there skips (first) or brings twice, where there are any.
PLACES = {
    "Asia/Seoul": ("09:30", "17:00"),
    "America/New_York": ("02:30", "01:30"),
    "Australia/Lord_Howe": ("02:15", "01:45"),
}
#: how likely each resident answers an attempt.
ANSWERS = (0.8, 0.5)
#: a year's faults of the clock, at random moments: how often, by how much it is suddenly wrong.
WRONG = ((6, timedelta(hours=-1)), (4, timedelta(hours=1)), (6, timedelta(seconds=-20)))
#: how often a year the service stands still, and for how long.
DOWN = (3, timedelta(hours=26))
COORDINATOR = Actor(ActorKind.COORDINATOR, "u-1", "박당번", "coordinator")
_SLEPT = meaning("sleep.good", feel="positive")
#: somebody looks at least this often, as the service does each minute.
_LOOK = timedelta(hours=12)


@dataclass(frozen=True, order=True)
class Fault:
    """From `at` on the clock shows `by` more; down: the service stood still meanwhile."""

    at: datetime
    by: timedelta
    down: bool = False


class Year:
    """One place's days from a local midnight on, with a resident for each of the place's first hours."""

    def __init__(
        self, store: Store, place: str, begin: date, days: int, rng: random.Random, residents: int = 2
    ) -> None:
        self.store, self.zone, self._rng, self.hours = store, ZoneInfo(place), rng, PLACES[place][:residents]
        self.begin, self.end = (moment(day, time(0), self.zone) for day in (begin, begin + timedelta(days=days)))
        self.first, self.days = begin, days
        self.town = Town(store, FixedClock(self.begin), self.zone)
        self.faults = sorted([*self._random_faults(), *self._wanton_faults()])
        self.broken: list[str] = []
        self._asked: set[tuple[str, int]] = set()
        self._coming: list[tuple[datetime, str]] = []
        self._looked_at = self.begin - _LOOK

    @property
    def now(self) -> datetime:
        """What the service's clock shows."""
        return self.town.clock.now()

    def live(self) -> None:
        """All of it."""
        for number, at in enumerate(self.hours, start=1):
            plan = {"days": "daily", "at": [at], "channels": ["speaker"]}
            self.town.moves_in(f"r-{number}", ("speaker",), plan, quiet_from="00:00", quiet_to="00:00")
            self.store.write(people.set_presence, f"home-r-{number}", "speaker-1", self.end + timedelta(400), "test")
        away = self.begin + timedelta(days=self.days / 3)
        self.store.write(people.set_absence, "r-1", "travel", away, away + timedelta(days=3), "test", self.begin)
        for fault in self.faults:
            self._until(fault.at)
            self.town.clock.at += fault.by
            if fault.down:
                self._coming.clear()  # nobody was listening
        self._until(self.end)
        self._look_after()

    # -- what time brings ------------------------------------------------------------------------------------

    def _until(self, end: datetime) -> None:
        while self.now < end:
            dues = self.store.read(_dues)
            spoken = self._coming[0][0] if self._coming else end
            at = min(*(due or end for due in dues), spoken, self.now + _LOOK, end)
            self.town.clock.at = max(at, self.now + timedelta(seconds=1))
            self._sweep(*dues)
            self._speak()

    def _sweep(self, checkin: datetime | None, talk: datetime | None, escalation: datetime | None) -> None:
        now, checkins, write = self.now, self.town.checkins, self.store.write
        looks = not timedelta(0) <= now - self._looked_at < _LOOK
        if looks:
            self._looked_at = now
            write(checkins.plan_ahead, now)
        if checkin is not None and checkin <= now:
            write(checkins.sweep, now, now)
            self._may_answer()
        if talk is not None and talk <= now:
            write(checkins.sweep_talks, now, now)
        if escalation is not None and escalation <= now:
            write(self.town.escalations.sweep, now, now)
        if looks:
            self._look_after()

    def _may_answer(self) -> None:
        asked, self._asked = self._asked, self.store.read(_asked_now)
        for resident, _attempt in self._asked - asked:
            if self._rng.random() < ANSWERS[int(resident[-1]) - 1]:
                heapq.heappush(self._coming, (self.now + timedelta(minutes=self._rng.uniform(0.2, 8)), resident))

    def _speak(self) -> None:
        while self._coming and self._coming[0][0] <= self.now:
            _, resident = heapq.heappop(self._coming)
            self.town.says("잘 잤어", _SLEPT, resident)
            self.store.write(self.town.checkins.end_by_resident, resident, self.now)

    def _look_after(self) -> None:
        """The coordinator closes what is open for half a day; nothing may be without a next step."""
        self.broken += promises.broken(self.store, self.now)
        for id in self.store.read(_open_before, self.now - _LOOK):
            self.store.write(self.town.escalations.close, id, COORDINATOR, "safe", "", self.now)

    # -- what goes wrong -------------------------------------------------------------------------------------

    def _random_faults(self) -> list[Fault]:
        wrong = [Fault(self._some_time(), by) for often, by in WRONG for _ in range(self._scaled(often))]
        return wrong + [Fault(self._some_time(), DOWN[1], down=True) for _ in range(self._scaled(DOWN[0]))]

    def _wanton_faults(self) -> list[Fault]:
        """The worst moments: an hour back just after a question, down over the night of each clock change."""
        day = self.first + timedelta(days=self.days // 2)
        hour = time.fromisoformat(self.hours[0])
        back = Fault(moment(day, hour, self.zone) + timedelta(seconds=30), timedelta(hours=-1))
        return [back, *(Fault(eve, DOWN[1], down=True) for eve in self._eves())]

    def _eves(self) -> list[datetime]:
        noons = [moment(self.first + timedelta(days=n), time(12), self.zone) for n in range(self.days)]
        offsets = [noon.astimezone(self.zone).utcoffset() for noon in noons]
        changes = [n for n in range(1, self.days) if offsets[n] != offsets[n - 1]]
        return [noons[n - 1] + timedelta(hours=6) for n in changes[1:]]  # the first is lived through

    def _some_time(self) -> datetime:
        return self.begin + timedelta(days=self._rng.uniform(2, self.days - 2))

    def _scaled(self, often: int) -> int:
        return max(1, round(often * self.days / 365))

    # -- what became of it -----------------------------------------------------------------------------------

    def skipped(self) -> list[str]:
        """Local days on which a resident has no check-in of the plan."""
        found = self._slots()
        days = [(self.first + timedelta(days=n)).isoformat() for n in range(self.days)]
        wanted = {(f"r-{n}", day) for n in range(1, len(self.hours) + 1) for day in days}
        return sorted(f"{resident} {day}" for resident, day in wanted - set(found))

    def doubled(self) -> list[str]:
        """Local days on which a resident has more than one, and check-ins with more questions than attempts."""
        days = [f"{resident} {day}" for (resident, day), count in self._slots().items() if count > 1]
        return days + [str(id) for id, count in Counter(self.store.read(_questions)).items() if count > 3]

    def unfinished(self) -> list[str]:
        """Days long gone that are neither answered, nor missed and told, nor an absence."""
        gone = [row for row in self.store.read(_planned) if row.planned_at < self.end - timedelta(days=1)]
        ended = {"answered", "missed", "cancelled"}
        return [f"{row.resident} {row.local_date} {row.state}" for row in gone if row.state not in ended]

    def at_the_wrong_hour(self) -> list[str]:
        """Questions asked at another time than the plan's, though no fault was near."""
        return [
            f"{row.resident} {row.local_date} {row.asked_at}"
            for row in self.store.read(_planned)
            if row.asked_at is not None and not self._near_a_fault(row.asked_at) and not self._in_time(row)
        ]

    def counted(self) -> Counter[str]:
        """Check-ins of the plan by state; missed and cancelled ones by reason."""
        return Counter(row.reason or row.state for row in self.store.read(_planned) if row.planned_at < self.end)

    def _slots(self) -> Counter[tuple[str, str]]:
        return Counter((row.resident, row.local_date) for row in self.store.read(_planned))

    def _in_time(self, row: CheckInRow) -> bool:
        due = moment(date.fromisoformat(row.local_date), time.fromisoformat(row.slot), self.zone)
        return row.asked_at is not None and abs(row.asked_at - due) < timedelta(minutes=1)

    def _near_a_fault(self, at: datetime) -> bool:
        return any(abs(at - fault.at) < DOWN[1] + timedelta(hours=4) for fault in self.faults)


def _dues(tx: Session) -> tuple[datetime | None, datetime | None, datetime | None]:
    checkin, talk, escalation = (
        tx.exec(select(func.min(table.due_at))).one() for table in (CheckInRow, TalkRow, EscalationRow)
    )
    return checkin, talk, escalation


def _asked_now(tx: Session) -> set[tuple[str, int]]:
    found = tx.exec(select(CheckInRow.resident, CheckInRow.attempt).where(CheckInRow.state == "asked"))
    return set(found)


def _open_before(tx: Session, at: datetime) -> list[str]:
    return list(tx.exec(select(EscalationRow.id).where(EscalationRow.state != "closed", EscalationRow.opened_at < at)))


def _planned(tx: Session) -> list[CheckInRow]:
    return list(tx.exec(select(CheckInRow).where(CheckInRow.origin == "plan")))


def _questions(tx: Session) -> list[str | None]:
    return list(tx.exec(select(DeliveryRow.checkin).where(DeliveryRow.kind == "question")))
