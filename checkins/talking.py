"""The resident speaks: by button, voice or chat. Every word is kept, answered, and told on where it must be."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from checkins.beginning import begin_talk
from checkins.checkin import Origin, State
from checkins.conversing import Conversation, let_go, move, of_meaning, resume, said_of
from checkins.events import NotReached
from checkins.house import House
from checkins.mail import is_mail
from checkins.memory import facts_of
from checkins.planning import plan_of
from checkins.posting import record
from checkins.rows import advance
from checkins.season import in_season
from checkins.sitting import is_form
from checkins.tables import CheckInRow, TalkRow
from checkins.talk import Around, Heard, Phase, Reconnected, Relative, Talk
from escalations import outbox
from escalations.channel import DeliveryOut
from residents.people import Resident
from residents.service import consents_given, contacts, has_consent, resident
from speech.meaning import Meaning
from store import fault, wake

#: longer utterances are cut: nobody says more in one breath, and a page must stay readable.
LONGEST = 2000
#: "네, 고마워요" this soon after the good-bye begins no new talk.
_AFTERWORD = timedelta(minutes=5)
#: what is wanted of the talk alone, or nothing: for that no more need be known than the time.
_OF_THE_TALK = frozenset(
    {None, "repeat", "hello", "who", "someone_else", "human", "busy", "stop", "bored"}
    | {"time", "date", "weather", "unknowable"}
)
_AFTERWORDS = ("yes", "no", "thanks", "fine", "so_so")

_OPEN = (
    select(CheckInRow, TalkRow)
    .join(TalkRow, col(TalkRow.checkin) == col(CheckInRow.id))
    .where(TalkRow.resident == bindparam("resident"), col(TalkRow.open).is_(True))
    .order_by(col(TalkRow.opened_at).desc())
    .limit(1)
)


@dataclass(frozen=True)
class Result:
    """What became of an utterance: its check-in, whether it was understood, whether the talk goes on; its turn on the
    record; whether it was taken in without an answer, its talk put off; offered: a relative's message was."""

    checkin: str | None
    understood: bool
    open: bool
    turn: str | None = None
    put_off: bool = False
    offered: bool = False


def start_by_resident(
    house: House, tx: Session, resident_id: str, channel: str, address: str, now: datetime
) -> CheckInRow:
    """The resident pressed the button: the pending check-in, or a talk of its own. An open talk is taken up again."""
    person = resident(tx, resident_id)
    going = _open_talk(tx, resident_id)
    if going is not None:
        _again_here(house, tx, *going, channel, address, now)
        return going[0]
    return begin_talk(house, tx, person, channel, address, now, aloud=True).row


def hear(
    house: House,
    tx: Session,
    resident_id: str,
    channel: str,
    address: str,
    text: str,
    confidence: float | None,
    meaning: Meaning,
    now: datetime,
    room: bool = True,
) -> Result:
    """One utterance. Its turn, the reply, the signs and the check-in's new state are saved together.

    confidence: of the hearing, None for typed text. meaning: understood by the caller with `prompt_of` beforehand.
    room: whether there is any for a new talk; without it only the reply waits, unless it may be a risk.
    """
    person, text = resident(tx, resident_id), text.strip()[:LONGEST]
    meaning = in_season(meaning, text, now.astimezone(house.zone).month, house.book)
    going = _open_talk(tx, resident_id)
    if going is None and not text and not meaning.risks:
        return Result(None, False, False)  # a noise in an empty room begins no talk
    if going is None and (last := _just_closed(house, tx, resident_id, text, meaning, now)) is not None:
        return _afterword(house, tx, last, channel, address, text, confidence, now)
    if going is not None:
        conversation = resume(house, tx, *going)
        move(conversation, channel, address)
    else:
        with tx.no_autoflush:  # what a talk begins with is written once, with the reply
            conversation = begin_talk(house, tx, person, channel, address, now, aloud=False)
        conversation.mute = not room and not meaning.risks
    return _hear(conversation, person, text, confidence, meaning, now)


def prompt_of(tx: Session, resident_id: str) -> str:
    """The question now open, "" where there is none: what the utterance answers."""
    going = _open_talk(tx, resident_id)
    if going is None or is_form(going[1].state.get("question")):
        return ""  # an instrument's items speak of hopelessness: only the resident's own words may be a risk
    return str(going[1].state.get("prompt", ""))


def repeat_question(house: House, tx: Session, resident_id: str, channel: str, address: str, now: datetime) -> bool:
    """The speaker is back: the question open there is put again. False where none is."""
    going = _open_talk(tx, resident_id)
    if going is None or going[1].channel != channel:
        return False
    _again_here(house, tx, *going, channel, address, now)
    return True


def end_by_resident(house: House, tx: Session, resident_id: str, now: datetime) -> bool:
    """The resident wants to stop. What was said so far stands; without a word the next attempt comes by time."""
    going = _open_talk(tx, resident_id)
    if going is None:
        return False
    row, held = going
    let_go(tx, held, now)
    changed_mind = row.origin == Origin.RESIDENT.value and row.state == State.ASKED.value
    if changed_mind:
        row.due_at = now
        wake(tx, "checkins")
    return True


def not_reached(tx: Session, delivery: DeliveryOut, now: datetime) -> None:
    """A question did not get through: the sweep asks at once on the next reachable channel."""
    row = tx.get(CheckInRow, delivery.checkin) if delivery.checkin and delivery.kind == "question" else None
    if row is None or row.state != State.ASKED.value or not delivery.key.startswith(f"ask:{row.id}:{row.attempt}:"):
        return
    advance(tx, row, NotReached(delivery.channel), now)
    wake(tx, "checkins")


def whose_turn(tx: Session, candidates: list[str], address: str) -> str | None:
    """Of several residents who share a speaker, the one it is talking with; None where it talks with nobody."""
    talks = tx.exec(select(TalkRow).where(col(TalkRow.resident).in_(candidates), col(TalkRow.open).is_(True))).all()
    here = [talk for talk in talks if talk.address == address]
    last = max(here, key=lambda talk: max(talk.opened_at, talk.heard_at or talk.opened_at), default=None)
    return last.resident if last else None


def _hear(
    conversation: Conversation,
    person: Resident,
    text: str,
    confidence: float | None,
    meaning: Meaning,
    now: datetime,
) -> Result:
    house, tx, row = conversation.house, conversation.tx, conversation.row
    channel, sure = conversation.held.channel, 1.0 if confidence is None else confidence
    turn = record(tx, row, "resident", text, confidence, channel, now)
    fault.at("transcript")
    with tx.no_autoflush:  # what was just added is not asked for: written once, with the reply
        outbox.cancel(tx, now, checkin=row.id)
        health = has_consent(tx, person.id, "health")
    said = said_of(turn, row, person.home, text, sure, health, now)
    conversation.held.heard_at = now
    around = _around(house, tx, person.id, text, conversation.talk, now)
    sitting = is_form(conversation.talk.question)
    made = conversation.take(Heard(text, meaning, sure, _relation(tx, person.id, meaning), around), now, said=said)
    scored = conversation.scored and sure >= house.book.sure
    taken = house.wellbeing.take(tx, of_meaning(house, said, meaning, made, scored), now)
    if not sitting and conversation.understood and sure >= house.book.sure and house.book.listen.intent(text) is None:
        wish = next((one.escalation for one in taken if one.sign.kind == "wish"), None)
        conversation.remember(meaning if scored else Meaning(), said, wish, now)
    tx.add(row)
    if conversation.mute:
        let_go(tx, conversation.held, now)
    offered = any(is_mail(key) for key in conversation.talk.asked)
    return Result(row.id, conversation.understood, conversation.held.open, turn, conversation.mute, offered)


def _around(house: House, tx: Session, resident_id: str, text: str, talk: Talk, now: datetime) -> Around:
    """What the rules may have to know: loaded only where what was said, or what was read back, is no mere answer."""
    intent, here = house.book.listen.intent(text), now.astimezone(house.zone)
    if intent in _OF_THE_TALK and talk.phase is not Phase.CONFIRMING:
        return Around(here) if intent else Around()
    relatives = tuple(Relative(one.id, one.relation, one.topics) for one in contacts(tx, resident_id))
    plan, facts = plan_of(tx, resident_id), facts_of(tx, resident_id)
    acted_on = house.wellbeing.acted_on(tx, resident_id, [fact.turn for fact in facts])
    given = consents_given(tx, resident_id)
    return Around(
        here,
        facts,
        relatives,
        plan.days if plan else (),
        told=frozenset(fact.id for fact in facts if fact.turn in acted_on),
        agreed=frozenset(one.topic for one in given if one.granted),
        withdrawn=frozenset(one.topic for one in given if not one.granted),
    )


def _relation(tx: Session, resident_id: str, meaning: Meaning) -> str | None:
    if not meaning.risks:
        return None
    return next((c.relation for c in contacts(tx, resident_id) if c.emergency), None)


def _open_talk(tx: Session, resident_id: str) -> tuple[CheckInRow, TalkRow] | None:
    found = tx.exec(_OPEN, params={"resident": resident_id}).first()
    return (found[0], found[1]) if found else None


def _again_here(
    house: House, tx: Session, row: CheckInRow, held: TalkRow, channel: str, address: str, now: datetime
) -> None:
    conversation = resume(house, tx, row, held)
    move(conversation, channel, address)
    outbox.cancel(tx, now, checkin=row.id)
    waits = channel == "speaker" and held.heard_at is None  # for room, as what begins a talk does
    conversation.decide(Reconnected()).act(now, "question" if waits else "say")


def _just_closed(
    house: House, tx: Session, resident_id: str, text: str, meaning: Meaning, now: datetime
) -> TalkRow | None:
    listen = house.book.listen
    if meaning.risks or (listen.answer(text) not in _AFTERWORDS and listen.intent(text) not in ("stop", "busy")):
        return None
    answered = select(CheckInRow.id).where(CheckInRow.resident == resident_id, CheckInRow.state == State.ANSWERED.value)
    return tx.exec(
        select(TalkRow)
        .where(TalkRow.resident == resident_id, col(TalkRow.ended_at) > now - max(_AFTERWORD, house.pace(120)))
        .where(col(TalkRow.open).is_(False), col(TalkRow.heard_at).is_not(None))
        .where(col(TalkRow.checkin).in_(answered))
        .order_by(col(TalkRow.ended_at).desc())
    ).first()


def _afterword(
    house: House,
    tx: Session,
    held: TalkRow,
    channel: str,
    address: str,
    text: str,
    confidence: float | None,
    now: datetime,
) -> Result:
    row = tx.get_one(CheckInRow, held.checkin)
    turn = record(tx, row, "resident", text, confidence, channel, now)
    if house.book.listen.answer(text) == "thanks":
        conversation = resume(house, tx, row, held)
        move(conversation, channel, address)
        conversation.thank(now)
    return Result(row.id, True, False, turn)
