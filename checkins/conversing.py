"""A talk and its check-in, loaded and saved together; what the talk decides is carried out here."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from checkins import memory, obeying, screening, scripts, signs, talk, wishes
from checkins.checkin import State
from checkins.dialogue import step
from checkins.events import Answered, Closed, LateAnswer
from checkins.facts import Kind
from checkins.house import House
from checkins.outcomes import (
    Asked,
    Outcome,
    Reported,
    Say,
    Understood,
    Used,
    Withdrawn,
)
from checkins.posting import post
from checkins.rows import advance
from checkins.script import ANSWERED_BY, choose
from checkins.seen import SPOKEN_OF
from checkins.signs import Said
from checkins.sitting import is_form
from checkins.tables import AcquaintanceRow, CheckInRow, TalkRow
from checkins.talk import Book, Event, Phase, Talk
from escalations import outbox
from residents.service import has_consent, set_consent
from residents.sign import Sign
from speech.meaning import Meaning
from store import release

_OTHERS = select(CheckInRow).where(
    CheckInRow.resident == bindparam("resident"),
    CheckInRow.id != bindparam("this"),
    col(CheckInRow.state).in_([State.PLANNED.value, State.ASKED.value]),
    col(CheckInRow.planned_at) <= bindparam("now"),
)


@dataclass
class Conversation:
    """One check-in and its talk within a transaction. mute: everything counts, but nothing is said."""

    house: House
    tx: Session
    row: CheckInRow
    held: TalkRow
    talk: Talk
    outcomes: tuple[Outcome, ...] = field(default=())
    mute: bool = False

    def take(self, event: Event, now: datetime, said: Said | None = None) -> list[Sign]:
        """One event: speak, save, and return the signs it made (none of the meaning's own)."""
        return self.decide(event).act(now, "say", said)

    def decide(self, event: Event) -> "Conversation":
        """The talk after the event; nothing is saved or said before `act`."""
        self.talk, self.outcomes = step(self.talk, event, self._book)
        return self

    def act(self, now: datetime, kind: str, said: Said | None = None) -> list[Sign]:
        """Carry out what was decided. kind: of the delivery, "question" for an attempt of the check-in."""
        made = [sign for outcome in self.outcomes for sign in self._carry_out(outcome, now, kind, said)]
        self._note_topics(now)
        self._keep(now)
        return made

    @property
    def understood(self) -> bool:
        """Whether what was heard last counts as an answer."""
        return any(isinstance(outcome, Understood) for outcome in self.outcomes)

    @property
    def scored(self) -> bool:
        """Whether its topics may weigh in the score."""
        return any(isinstance(outcome, Understood) and outcome.scored for outcome in self.outcomes)

    def thank(self, now: datetime) -> None:
        """A friendly word after the good-bye."""
        words = choose(self._book.script.acks["welcome"].plain, self.talk.turn)
        self._speak(Say(words, listen=False), now, "say")
        self.tx.add(self.held)

    @property
    def _book(self) -> Book:
        """What it says: the scripts as they were when it began."""
        return scripts.book(self.house, self.tx, self.held.scripts)

    def _carry_out(self, outcome: Outcome, now: datetime, kind: str, said: Said | None) -> list[Sign]:
        match outcome:
            case Say():
                if not self.mute:
                    self._speak(outcome, now, kind)
            case Understood():
                return self._understood(now)
            case Reported():
                return [signs.reported(said, outcome.kind, self.house.words)] if said else []
            case Withdrawn() if said:
                return [self._withdrawn(outcome, said, now)]
            case Used():
                if not self.mute:
                    self._used(outcome.key, now)
            case Asked():
                row, home = self.row, self.held.home
                return screening.note(self.house, self.tx, row.resident, home, row.id, outcome, now)
            case _:
                return obeying.carry_out(self.house, self.tx, self.row.resident, outcome, said, now)
        return []

    def _speak(self, say: Say, now: datetime, kind: str) -> None:
        self.held.sentences += 1
        if self.talk.formal and not is_form(self.talk.question):  # an instrument's items are read as worded
            say = replace(say, text=self.house.formal.said(say.text))
        post(self.house, self.tx, self.row, self.held, say, now, kind)

    def _understood(self, now: datetime) -> list[Sign]:
        state, channel = State(self.row.state), self.held.channel
        if state in (State.ANSWERED, State.CANCELLED):
            return []
        late = state is State.MISSED
        outcomes = advance(self.tx, self.row, LateAnswer(channel) if late else Answered(channel), now)
        if any(isinstance(o, Closed) for o in outcomes) and self.row.escalation:
            self.house.late_answer(self.tx, self.row.escalation, self.row.resident, now)
        with self.tx.no_autoflush:  # none of it asks for what this turn has changed
            self._counts_for_others(channel, now)
            wishes.told(self.tx, self.talk.news_of, now)
            acquaintance(self.tx, self.row.resident).introduced_at = now
            screening.begin(self.house, self.tx, self.row.resident, now)
        how = "talked" if self.row.origin == "resident" else "answered_late" if late else "answered"
        return [signs.answered(self.row.id, self.row.resident, self.held.home, now, how, self.house.words)]

    def _counts_for_others(self, channel: str, now: datetime) -> None:
        """Nobody is asked again for a slot that came due in the meantime."""
        mine = {"resident": self.row.resident, "this": self.row.id, "now": now}
        for other in self.tx.exec(_OTHERS, params=mine).all():
            advance(self.tx, other, Answered(channel), now)
            if left := self.tx.get(TalkRow, other.id):
                let_go(self.tx, left, now)

    def _withdrawn(self, outcome: Withdrawn, said: Said, now: datetime) -> Sign:
        given = tuple(t for t in outcome.topics if has_consent(self.tx, self.row.resident, t)) or outcome.topics
        for topic in outcome.topics:
            set_consent(self.tx, self.row.resident, topic, False, by=self.row.resident, now=now)
        names = self.house.book.script.part("rights.topic")
        return signs.withdrawn(said, given, ", ".join(names[t] for t in given), self.house.words)

    def _used(self, key: str, now: datetime) -> None:
        row = acquaintance(self.tx, self.row.resident)
        row.said = {**row.said, key: self.house.local_day(now).isoformat()}

    def _note_topics(self, now: datetime) -> None:
        """What was spoken of today, of the topics that the home may show as well."""
        for topic in self._book.script.part("seen"):
            key, of_it = f"{SPOKEN_OF}{topic}", topic in self.talk.asked and self.talk.question != topic
            if key not in self.talk.said and (of_it or ANSWERED_BY[topic] in self.talk.known):
                self.talk = replace(self.talk, said=(*self.talk.said, key))
                self._used(key, now)

    def remember(self, meaning: Meaning, said: Said, escalation: str | None, now: datetime) -> None:
        """What was said and understood is remembered; "그건 잊어줘" is then about that. escalation: of a wish in it."""
        day, book = self.house.local_day(now), self.house.book
        wish = any(isinstance(one, Reported) and one.kind == "wish" for one in self.outcomes)
        if wish and "request" not in meaning.topics:
            meaning = replace(meaning, topics={**meaning.topics, "request": "present"})
        new = memory.take_in(
            self.tx, said.resident, said.text, meaning, said.turn, day, now, book.notice, book.script, said.health
        )
        for fact in new:
            if fact.kind is Kind.WISH:
                wishes.opened(self.house, self.tx, fact, said.resident, escalation, now)
        if new:
            self.talk = replace(self.talk, spoken_of=tuple(fact.id for fact in new), listed=False)
            self.held.state = talk.dump(self.talk)

    def _keep(self, now: datetime) -> None:
        held = self.held
        held.state = talk.dump(self.talk)
        held.open = self.talk.phase is not Phase.CLOSED
        held.ended_at = None if held.open else now
        held.due_at, held.held_until, held.held_by = self._silence_due(now), None, None
        self.tx.add(held)

    def _silence_due(self, now: datetime) -> datetime | None:
        """Before the first answer the attempts of the check-in keep the time, as long as any is to come; else the talk
        does. An open talk that nothing ends would keep every later check-in away."""
        limits = self.house.book.script.limits
        if not self.held.open or (not self.talk.answered and self.row.due_at is not None):
            return None
        if self.talk.phase is Phase.RED:
            waits = limits["silence_s"]["speaker"] if self.talk.question and not self.talk.silent else None
            return now + self.house.pace(waits or limits["red_open_s"])
        return now + self.house.pace(limits["silence_s"][self.held.channel])


def resume(house: House, tx: Session, row: CheckInRow, held: TalkRow) -> Conversation:
    """The talk as it was saved."""
    return Conversation(house, tx, row, held, talk.load(held.state))


def move(conversation: Conversation, channel: str, address: str) -> None:
    """Go on talking here."""
    conversation.held.channel, conversation.held.address = channel, address
    conversation.talk = replace(conversation.talk, channel=channel)


def let_go(tx: Session, held: TalkRow, now: datetime) -> bool:
    """Close a talk without a word; what still waits to be said in it is dropped. False where it was closed already."""
    if not held.open:
        return False
    held.open, held.ended_at = False, now
    release(held)
    tx.add(held)
    outbox.cancel(tx, now, checkin=held.checkin)
    return True


def acquaintance(tx: Session, resident: str) -> AcquaintanceRow:
    """What is remembered of a resident; a new row where nothing is yet."""
    known: dict[str, AcquaintanceRow] = tx.info.setdefault("acquaintances", {})  # a session forgets what nobody holds
    if resident not in known:
        known[resident] = tx.get(AcquaintanceRow, resident) or AcquaintanceRow(resident=resident)
    tx.add(known[resident])  # again, where a step that was undone has taken it out
    return known[resident]


def said_of(turn: str, row: CheckInRow, home: str, text: str, confidence: float, health: bool, now: datetime) -> Said:
    """A turn as signs are made of it."""
    return Said(turn, row.resident, home, text, now, row.id, health, confidence)


def of_meaning(house: House, said: Said, meaning: Meaning, outcomes: Iterable[Sign], counts: bool) -> list[Sign]:
    """All signs of a turn: what was meant, then what the talk made of it."""
    return [*signs.of_meaning(said, meaning, counts, house.words), *outcomes]
