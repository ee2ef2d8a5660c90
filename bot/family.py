"""What a relative may do in the chat: ask, say when the resident is away, leave a message, mute the news, confirm."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from bot import messages, news
from bot.acts import Act, Answer, Change, Picture, Say, button
from bot.coordinator import ACK, pressed_page
from bot.house import House, sign
from bot.incoming import Incoming, Press
from bot.listening import Said
from bot.phrases import Command
from bot.tables import MuteRow
from bot.voices import Fault, Note
from checkins import away
from escalations.actor import Actor, ActorKind
from residents import service
from residents.people import Contact
from residents.sign import Level
from speech.meaning import Meaning
from store.audit import audit

AWAY = "away:"
LONGEST_MESSAGE = 300
_LONGEST_BARE_ABSENCE = 30


@dataclass(frozen=True)
class Turn:
    """One thing a contact wrote or pressed, with all that is needed to follow it."""

    tx: Session
    house: House
    contact: Contact
    incoming: Incoming
    now: datetime
    said: Said | None = None

    @property
    def called(self) -> str:
        """How the resident likes to be called."""
        return service.resident(self.tx, self.contact.resident).called

    def say(self, key: str, **values: object) -> list[Act]:
        """One line back."""
        return [Say(self.incoming.chat, self.house.text(f"family.{key}", **values))]


def handle(
    tx: Session, house: House, contact: Contact, incoming: Incoming, said: Said | None, now: datetime
) -> list[Act]:
    """What follows from something a relative wrote or pressed."""
    turn = Turn(tx, house, contact, incoming, now, said)
    if incoming.press is not None:
        return _pressed(turn, incoming.press)
    if said is not None and said.note is not None:
        return _voice(turn, said, said.note)
    if incoming.text is None:
        return turn.say("not_words")
    command = house.phrases.command(incoming.text) or _bare_absence(turn, incoming.text) or Command("")
    is_order = incoming.text.startswith("/") and bool(command.name)
    if said is not None and not is_order and _worrying(turn, said.meaning):
        return turn.say("worry_taken")
    return _ACTIONS.get(command.name, _help)(turn, command.rest)


def _worrying(turn: Turn, meaning: Meaning) -> bool:
    """A relative who writes "엄마가 쓰러지셨대요" is not answered with a list of commands: a person hears of it."""
    if meaning.worst is None:
        return False
    house = turn.house
    names = house.words.data("bot.signs.risks")
    told = house.text("signs.family_worry", risks=", ".join(names.get(kind, kind) for kind in sorted(meaning.risks)))
    level = Level(meaning.worst.value)
    raised = sign(
        turn.incoming.ref, turn.contact.resident, "family_worry", level, told, turn.now, because=meaning.risks
    )
    house.wellbeing.take(turn.tx, [raised], turn.now)
    return True


def _bare_absence(turn: Turn, text: str) -> Command | None:
    """ "병원 3일" without any command: a reason and an end, and little else."""
    found = _away(turn, text)
    return Command("absence", text) if found.reason and found.until and len(text) <= _LONGEST_BARE_ABSENCE else None


def _away(turn: Turn, text: str) -> away.Away:
    return away.read(text, turn.house.words.data("away"), turn.house.today(turn.now))


def _status(turn: Turn, _: str) -> list[Act]:
    _read(turn, "status read")
    return [Say(turn.incoming.chat, news.today(turn.tx, turn.house, turn.contact, turn.now))]


def _week(turn: Turn, _: str) -> list[Act]:
    _read(turn, "week read")
    week = news.week(turn.tx, turn.house, turn.contact, turn.now)
    return [Picture(turn.incoming.chat, week)] if week else turn.say("nothing_shared", called=turn.called)


def _read(turn: Turn, what: str) -> None:
    """The access log: whose data was shown to whom."""
    audit(turn.tx, who=turn.contact.id, what=what, whose=turn.contact.resident, where="telegram", now=turn.now)


def _absence(turn: Turn, rest: str) -> list[Act]:
    found = _away(turn, rest)
    if found.until is None or found.reason is None:
        return turn.say("absence_how" if found.until is None else "absence_why")
    house = turn.house
    shown = house.words.text(f"away.reasons.{found.reason}.shown")
    ask = house.text("family.absence_ask", called=turn.called, until=house.day(found.until), reason=shown)
    yes = button(house.text("family.absence_yes"), f"{AWAY}{found.reason}:{found.until.isoformat()}")
    return [Say(turn.incoming.chat, ask, (yes, button(house.text("family.absence_no"), f"{AWAY}no")))]


def _back(turn: Turn, _: str) -> list[Act]:
    service.end_absence(turn.tx, turn.contact.resident, turn.contact.id, turn.now)
    return turn.say("back")


def _message(turn: Turn, rest: str) -> list[Act]:
    """Read aloud at the next talk; what sounds like a danger is told to a person now."""
    worried = turn.said is not None and _worrying(turn, turn.said.meaning)
    if not rest or len(rest) > LONGEST_MESSAGE:
        return turn.say("worry_taken" if worried else "message_too_long" if rest else "message_how")
    messages.keep(turn.tx, turn.contact.resident, turn.contact.id, rest, turn.now)
    return turn.say("message_kept_worry" if worried else "message_kept", called=turn.called)


def _voice(turn: Turn, said: Said, note: Note) -> list[Act]:
    """What is said by a relative is played to the resident, and what sounds like a danger is told to a person too."""
    if note.packed is None:
        return turn.say(f"voice_{note.fault or Fault.UNREADABLE}")
    messages.keep_voice(turn.tx, turn.contact.resident, turn.contact.id, note.packed, turn.now)
    return turn.say("voice_kept_worry" if _worrying(turn, said.meaning) else "voice_kept", called=turn.called)


def _mute(turn: Turn, rest: str) -> list[Act]:
    last = _away(turn, rest).until
    row = turn.tx.get(MuteRow, turn.contact.id) or MuteRow(contact=turn.contact.id)
    row.until = _end_of(turn.house, last) if last else None
    turn.tx.add(row)
    return turn.say("muted_until", until=turn.house.day(last)) if last else turn.say("muted")


def _unmute(turn: Turn, _: str) -> list[Act]:
    row = turn.tx.get(MuteRow, turn.contact.id)
    if row is not None:
        turn.tx.delete(row)
    return turn.say("unmuted")


def _help(turn: Turn, _: str) -> list[Act]:
    return turn.say("help", called=turn.called)


def _pressed(turn: Turn, press: Press) -> list[Act]:
    if press.data.startswith(ACK):
        actor = Actor(ActorKind.CONTACT, turn.contact.id, turn.contact.name)
        return pressed_page(turn.tx, turn.house, actor, turn.incoming.chat, press, turn.now)
    if press.data.startswith(AWAY):
        text = _confirmed_absence(turn, *press.data.removeprefix(AWAY).partition(":")[::2])
        return [Answer(press.id), Change(turn.incoming.chat, press.message, text)]
    return [Answer(press.id, turn.house.text("nothing_to_press"))]


def _confirmed_absence(turn: Turn, reason: str, day: str) -> str:
    house = turn.house
    if reason == "no":
        return house.text("family.absence_dropped")
    try:
        until, why = date.fromisoformat(day), house.words.data(f"away.reasons.{reason}")
        by, end = turn.contact.id, _end_of(house, until)
        service.set_absence(turn.tx, turn.contact.resident, why["name"], turn.now, end, by, turn.now)
        house.checkins.cancel_for_absence(turn.tx, turn.contact.resident, turn.now)
    except (ValueError, KeyError):  # over meanwhile, or no button of ours
        return house.text("family.absence_over")
    return house.text("family.absence_set", until=house.day(until), reason=why["shown"])


def muted(tx: Session, contact: str, now: datetime) -> bool:
    """Whether a contact wants no daily news now. Emergencies do not ask."""
    row = tx.get(MuteRow, contact)
    return row is not None and (row.until is None or row.until > now)


def _end_of(house: House, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), house.zone)


_ACTIONS: dict[str, Callable[[Turn, str], list[Act]]] = {
    "status": _status,
    "week": _week,
    "absence": _absence,
    "back": _back,
    "message": _message,
    "mute": _mute,
    "unmute": _unmute,
}
