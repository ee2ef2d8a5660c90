"""The live homes: what is new since the last look goes through the same rules as a replay, and is acted on."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from sqlmodel import Session, col, select

from prompts import Words
from residents import service as residents
from residents.people import Consent, Resident
from residents.sign import Level
from sensors import adjusting, lingering, passing
from sensors import fleet as fleets
from sensors import watch as rules
from sensors.finding import CHECK, Finding, to_sign
from sensors.fleet import Fleet
from sensors.hours import roll_up
from sensors.news import PORTION, Limits, fresh, heard_at, said_since, with_people
from sensors.tables import WatchRow
from sensors.watch import HomeWatch
from store import claim, new_id, release
from wellbeing.service import Wellbeing

log = structlog.get_logger(__name__)

#: readings that one transaction takes in.
BUDGET = 1_000
#: service time until a home whose rules failed is looked at again.
AFTER_FAULT = timedelta(minutes=5)
#: service time after which it is seen whether the question about a silence has been answered.
HEAR_OUT = timedelta(minutes=5)
#: whoever talks by this channel is at home.
SPEAKER = "speaker"
#: watches kept unpacked in this process.
REMEMBERED = 500


class AskNow(Protocol):
    """Asks a resident at once how they are, by voice first. `reason`: why, in words for the record."""

    def __call__(self, tx: Session, resident: str, reason: str, now: datetime, /) -> object: ...


class LastAnswer(Protocol):
    """When a resident, asked or not, last said something since then that was understood and spoke of no danger, and
    by which channel."""

    def __call__(self, tx: Session, resident: str, since: datetime, /) -> tuple[datetime, str] | None: ...


@dataclass(frozen=True)
class Watching:
    """What the looks need. `ask_now` answers a silence of level `check`; `last_answer` tells what came of it."""

    wellbeing: Wellbeing
    words: Words
    zone: ZoneInfo
    ask_now: AskNow
    last_answer: LastAnswer
    _memory: OrderedDict[str, tuple[str, HomeWatch]] = field(default_factory=OrderedDict, repr=False)

    def sweep(self, tx: Session, now: datetime, real: datetime, limit: int, holder: str) -> int:
        """Look at every home that is due. How many; call again while it equals `limit`."""
        fleet, limits = fleets.look(tx, now, real), adjusting.kept(tx)
        rows = claim(tx, WatchRow, now=now, real=real, holder=holder, limit=limit)
        looked = 0
        for row in rows:
            if looked >= BUDGET:
                release(row, row.due_at)  # the next transaction's: an SOS may be waiting for this one to end
                continue
            try:
                with tx.begin_nested():
                    looked += self._look(tx, row, now, fleet, limits)
            except Exception as error:  # law 8: one home's fault must not stop the others
                log.exception("home not judged", home=row.home, error=type(error).__name__)
                release(row, now + AFTER_FAULT)
            tx.add(row)
        return len(rows) if looked < BUDGET else limit

    def act(self, tx: Session, findings: Sequence[Finding], now: datetime) -> None:
        """Turn findings into signs; ask residents whose silence wants a question."""
        for finding in findings:
            if finding.sign == "sos":
                continue  # the press itself has opened its emergency
            people = _concerned(tx, finding)
            whose: list[str | None] = [person.id for person in people]
            signs = [to_sign(finding, resident, self.words) for resident in whose or [None]]
            self.wellbeing.take(tx, signs, now)
            if finding.level == CHECK:
                for person in people:
                    self.ask_now(tx, person.id, " ".join(finding.sentences(self.words)), now)

    def watch_of(self, tx: Session, home: str) -> HomeWatch | None:
        """The rules' memory of a home as it is kept; None for one that never said anything."""
        row = tx.get(WatchRow, home)
        return None if row is None or row.state is None else self._unpacked(row)

    def watches_of(self, tx: Session, homes: Collection[str]) -> dict[str, HomeWatch]:
        """The same of many; homes that never said anything are not in it."""
        rows = tx.exec(select(WatchRow).where(col(WatchRow.home).in_(homes)))
        return {row.home: self._unpacked(row) for row in rows if row.state is not None}

    def _look(self, tx: Session, row: WatchRow, now: datetime, fleet: Fleet, limits: Limits) -> int:
        """Look at one home; how many readings were new."""
        state = with_people(tx, self._unpacked(row), now, limits)
        last, readings = fresh(tx, row, self.zone)
        state, found = passing.observe_all(state, readings)
        roll_up(tx, readings)
        state, more = self._note_states(tx, row, state, now)
        findings = [*found, *more]
        is_caught_up = len(readings) < PORTION
        if is_caught_up and fleet.may_judge:
            state, judged = self._judged(tx, state, now, hidden=fleet.hides(heard_at(tx, row.home)))
            findings += judged
        row.fed = last
        self._remember(row, state)
        release(row, _next_look(state, now, is_caught_up, fleet))
        self.act(tx, findings, now)
        return len(readings)

    def _judged(
        self, tx: Session, state: HomeWatch, now: datetime, *, hidden: bool
    ) -> tuple[HomeWatch, tuple[Finding, ...]]:
        """What must be told by now. Whoever has talked since the home fell silent is not silent: that counts anew."""
        here = now.astimezone(self.zone)
        if (answer := self._answered(tx, state, lingering.asked_at(state))) is not None:
            state = lingering.answered(state)
            state = rules.came_in(state) if answer[1] else state
        after, found = rules.due(state, here, hidden=hidden)
        answer = self._answered(tx, state, rules.open_since(state, after))
        return (after, found) if answer is None else rules.due(rules.answered(state, *answer), here, hidden=hidden)

    def _answered(self, tx: Session, state: HomeWatch, since: float | None) -> tuple[float, bool] | None:
        """When all residents had answered, epoch s, and whether one of them inside the home; all, as it is not known
        who of a couple is meant."""
        if since is None:
            return None
        began = datetime.fromtimestamp(since, self.zone)
        answers = [self.last_answer(tx, person.id, began) for person in _watched(tx, state.home)]
        known = [one for one in answers if one is not None]
        if not known or len(known) < len(answers):
            return None
        return min(at.timestamp() for at, _ in known), any(channel == SPEAKER for _, channel in known)

    def _note_states(
        self, tx: Session, row: WatchRow, state: HomeWatch, now: datetime
    ) -> tuple[HomeWatch, list[Finding]]:
        findings: list[Finding] = []
        for said in said_since(tx, row, state, self.zone):
            state, found = rules.note_state(state, said)
            findings += found
        row.noted_at = now
        return state, findings

    def _unpacked(self, row: WatchRow) -> HomeWatch:
        known = self._memory.get(row.home)
        if known is not None and row.stamp and known[0] == row.stamp:
            self._memory.move_to_end(row.home)
            return known[1]
        return rules.new(row.home) if row.state is None else HomeWatch.from_json(row.state)

    def _remember(self, row: WatchRow, state: HomeWatch) -> None:
        row.state, row.stamp = state.to_json(), new_id("w")
        self._memory[row.home] = (row.stamp, state)
        while len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)


def _next_look(state: HomeWatch, now: datetime, is_caught_up: bool, fleet: Fleet) -> datetime | None:
    if not is_caught_up:
        return now
    if state.due_at is None:
        return None
    # a deadline that has passed but may not be judged yet waits without being asked in every sweep
    patience = timedelta(seconds=10) if fleet.may_judge else timedelta(seconds=30)
    due = max(state.due_at, now + patience)
    return min(due, now + HEAR_OUT) if rules.open_since(state, state) is not None else due


def _concerned(tx: Session, finding: Finding) -> list[Resident]:
    """Whom a finding is about: nobody for the technician's, else who agreed to sensors (in danger: everybody)."""
    if finding.home is None or finding.level == Level.TECHNICAL:
        return []
    if finding.device is not None:
        people = residents.of_device(tx, finding.home, finding.device)
    else:
        people = residents.residents_of_home(tx, finding.home)
    return people if finding.level == Level.EMERGENCY else _agreed(tx, people)


def _watched(tx: Session, home: str) -> list[Resident]:
    return _agreed(tx, residents.residents_of_home(tx, home))


def _agreed(tx: Session, people: Sequence[Resident]) -> list[Resident]:
    return [person for person in people if residents.has_consent(tx, person.id, Consent.SENSORS)]
