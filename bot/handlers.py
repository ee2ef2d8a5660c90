"""From an update to what follows: finds out who it is and hands on. Runs inside one transaction; sends nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bot import coordinator, family, inbox, resident
from bot.acts import Act, Answer, Say, Stranger
from bot.house import House, sign
from bot.incoming import Incoming, chat_of, parse
from bot.listening import Said
from residents import access, service
from residents.people import Person, Unknown
from residents.sign import Level


@dataclass(frozen=True)
class Moment:
    """now: service time, for everything of care. real: real time, for the inbox."""

    now: datetime
    real: datetime


def handle(tx: Session, house: House, incoming: Incoming, said: Said | None, at: Moment) -> list[Act]:
    """Decide and save what follows from one update, once: a repetition changes nothing and answers nothing."""
    if not inbox.finish(tx, incoming.update, at.real):
        return []
    person, code = access.by_chat(tx, incoming.chat), _code(house, incoming)
    if code:
        return _start(tx, house, incoming, code, at.now)
    if person is None:
        return _stranger(house, incoming)
    try:
        return _known(tx, house, person, incoming, said, at.now)
    except Unknown:  # the person was removed while the chat stayed linked
        return _stranger(house, incoming)


def _known(
    tx: Session, house: House, person: Person, incoming: Incoming, said: Said | None, now: datetime
) -> list[Act]:
    match person.kind:
        case "resident":
            return resident.handle(tx, house, person.id, incoming, said, now)
        case "contact":
            return family.handle(tx, house, service.contact(tx, person.id), incoming, said, now)
        case "coordinator":
            return coordinator.handle(tx, house, service.coordinator(tx, person.id), incoming, now)
    return []


def _code(house: House, incoming: Incoming) -> str:
    """The code in `/start CODE`, empty where there is none."""
    command = house.phrases.command(incoming.text) if incoming.text and incoming.text.startswith("/") else None
    return command.rest if command is not None and command.name == "start" else ""


def _start(tx: Session, house: House, incoming: Incoming, code: str, now: datetime) -> list[Act]:
    person = access.redeem(tx, code[:64], incoming.chat, now)
    if person is None:
        return [Stranger(incoming.chat, house.text("wrong_code"))]
    return [Say(incoming.chat, welcome(tx, house, person))]


def welcome(tx: Session, house: House, person: Person) -> str:
    """The first words to somebody who has just been linked."""
    if person.kind == "resident":
        return house.text("linked.resident", called=service.resident(tx, person.id).called)
    if person.kind == "contact":
        contact = service.contact(tx, person.id)
        called = service.resident(tx, contact.resident).called
        return house.text("linked.contact", name=contact.name, called=called)
    return house.text("linked.coordinator", name=service.coordinator(tx, person.id).name)


def _stranger(house: House, incoming: Incoming) -> list[Act]:
    if incoming.press is not None:
        return [Answer(incoming.press.id, house.text("stranger_press"))]
    return [Stranger(incoming.chat, house.text("stranger"))]


def give_up(tx: Session, house: House, update: inbox.Kept, error: str, tries: int, level: Level, at: Moment) -> bool:
    """Count a failed handling; after the last one a resident's or a relative's message reaches a person as a sign of
    this level. True when it was the last."""
    if not inbox.fail(tx, update.id, error, tries, at.now):
        return False
    chat = chat_of(update.body)
    person = access.by_chat(tx, chat) if chat else None
    if person is not None and (whose := _whose(tx, person)) is not None:
        text = house.text("signs.unhandled" if person.kind == "resident" else "signs.unhandled_family")
        ref = f"telegram-{update.id}"
        house.wellbeing.take(tx, [sign(ref, whose, "unhandled_message", level, text, at.now)], at.now)
    return True


def _whose(tx: Session, person: Person) -> str | None:
    """The resident this person's message is about; None for staff, who can see for themselves."""
    if person.kind == "resident":
        return person.id
    return service.contact(tx, person.id).resident if person.kind == "contact" else None


def level_of(house: House, update: inbox.Kept) -> Level:
    """How soon somebody must look at what the machine could not handle: by its words, as far as they can be read.

    Slow: to be asked outside of a transaction and off the event loop.
    """
    try:
        incoming = parse(update.body)
        worst = house.understand(incoming.text, "").worst if incoming and incoming.text else None
    except Exception:  # whatever broke the handling may break this too: then nobody knows, so rather soon
        return Level.URGENT
    return Level(worst.value) if worst else Level.WATCH
