"""What a resident writes, says or presses in the chat goes to the conversation, whose replies leave by the outbox."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot import inbox, messages
from bot.acts import Act, Answer, Change, Say
from bot.house import House, sign
from bot.incoming import Incoming, Press
from bot.listening import Said
from residents import service
from residents.sign import Level
from speech.kept import keep

CHANNEL = "telegram"
#: two voice notes nobody could hear within this time are a person's matter.
UNHEARD_WITHIN = timedelta(hours=1)
UNHEARD_VOICE = "unheard_voice"
_PRESSING = frozenset({Level.EMERGENCY.value, Level.URGENT.value})


def handle(tx: Session, house: House, id: str, incoming: Incoming, said: Said | None, now: datetime) -> list[Act]:
    """Hand on what was said. Raises Unknown when there is no such resident any more."""
    service.resident(tx, id)
    if incoming.press is not None:
        return _pressed(tx, house, id, incoming, incoming.press, said, now)
    command = house.phrases.command(incoming.text) if (incoming.text or "").startswith("/") and incoming.text else None
    if command is not None and command.name in {"start", "help"}:
        return [Say(incoming.chat, house.text("resident.help"))]
    if said is not None and _heard(tx, house, id, incoming.chat, said, now):
        return []
    if incoming.voice is not None:
        return _unheard(tx, house, id, incoming, "no_voice" if said is None else "unheard", now)
    return [Say(incoming.chat, house.text("resident.only_words"))]


def _heard(tx: Session, house: House, id: str, chat: str, said: Said, now: datetime) -> bool:
    """Whether the conversation took it: sound without words begins none."""
    talk = house.checkins.hear(tx, id, CHANNEL, chat, said.text, said.confidence, said.meaning, now)
    if talk.checkin and not talk.open and not talk.offered:
        messages.read_aloud(tx, house.words, id, CHANNEL, chat, now)
    if talk.turn is not None and said.sound is not None:
        keep(tx, talk.turn, id, said.sound, now)
    return bool(talk.checkin)


def _pressed(
    tx: Session, house: House, id: str, incoming: Incoming, press: Press, said: Said | None, now: datetime
) -> list[Act]:
    if said is None:
        return [Answer(press.id, house.text("nothing_to_press"))]
    chat = incoming.chat
    first = not press.message or inbox.first_press(tx, incoming.update, chat, press.message)
    if not first and not _in_danger(tx, house, id):
        return [Answer(press.id, house.text("resident.pressed_before"))]
    _heard(tx, house, id, chat, said, now)
    if not press.message or not press.text:
        return [Answer(press.id)]
    chosen = house.text("resident.chose", text=press.text, choice=said.text)
    return [Answer(press.id), Change(chat, press.message, chosen, or_say=False)]


def _in_danger(tx: Session, house: House, id: str) -> bool:
    """Something pressing is open: whoever thinks better of "no, not 119" must be heard, also on the same message."""
    return any(one.level in _PRESSING for one in house.escalations.open_for(tx, id))


def _unheard(tx: Session, house: House, id: str, incoming: Incoming, why: str, now: datetime) -> list[Act]:
    """No words in it, or no voice model: ask. A second one, and somebody must call: it may have been a cry for help."""
    earlier = house.wellbeing.signs_of(tx, id, since=now - UNHEARD_WITHIN)
    again = any(one.kind == UNHEARD_VOICE for one in earlier)
    level = Level.WATCH if again else None
    house.wellbeing.take(tx, [sign(incoming.ref, id, UNHEARD_VOICE, level, house.text("signs.unheard"), now)], now)
    return [Say(incoming.chat, house.text("resident.unheard_again" if again else f"resident.{why}"))]
