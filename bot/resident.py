"""What a resident writes, says or presses in the chat goes to the conversation; the bot itself only receives it."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.acts import Act, Answer, Change, Say
from bot.house import House, sign
from bot.incoming import Incoming, Press
from bot.ports import Heard
from bot.voice import Hearing
from residents import service
from residents.sign import Level

#: what the buttons under a question carry.
SAYS = "say:"
#: two voice notes nobody could make out within this time are a person's matter.
UNHEARD_WITHIN = timedelta(hours=1)
UNHEARD = "unheard_voice"


def handle(tx: Session, house: House, id: str, incoming: Incoming, hearing: Hearing | None, now: datetime) -> list[Act]:
    """Hand on what was said. Raises Unknown when there is no such resident any more."""
    service.resident(tx, id)
    if incoming.press is not None:
        return _pressed(tx, house, id, incoming, incoming.press, now)
    if incoming.voice is not None:
        return _spoken(tx, house, id, incoming, hearing or Hearing(), now)
    if incoming.other or incoming.text is None:
        return [Say(incoming.chat, house.text("resident.only_words"))]
    return _written(tx, house, id, incoming, incoming.text, now)


def _written(tx: Session, house: House, id: str, incoming: Incoming, text: str, now: datetime) -> list[Act]:
    if text.startswith("/"):
        command = house.phrases.command(text)
        if command is not None and command.name in {"start", "help"}:
            return [Say(incoming.chat, house.text("resident.help"))]
        text = text.lstrip("/ ")
    if text.strip():
        house.ports.heard(tx, Heard(id, incoming.chat, text, 1.0, incoming.ref, now))
    return []


def _pressed(tx: Session, house: House, id: str, incoming: Incoming, press: Press, now: datetime) -> list[Act]:
    choice = press.data.removeprefix(SAYS)
    if not press.data.startswith(SAYS) or not choice:
        return [Answer(press.id, house.text("nothing_to_press"))]
    house.ports.heard(tx, Heard(id, incoming.chat, choice, 1.0, incoming.ref, now))
    acts: list[Act] = [Answer(press.id)]
    if press.message and press.text:
        chosen = house.text("resident.chose", text=press.text, choice=choice)
        acts.append(Change(incoming.chat, press.message, chosen, or_say=False))
    return acts


def _spoken(tx: Session, house: House, id: str, incoming: Incoming, hearing: Hearing, now: datetime) -> list[Act]:
    if hearing.text is not None:
        house.ports.heard(tx, Heard(id, incoming.chat, hearing.text, hearing.confidence, incoming.ref, now))
        return []
    earlier = house.wellbeing.signs_of(tx, id, since=now - UNHEARD_WITHIN)
    again = any(one.kind == UNHEARD for one in earlier)
    # A second one: somebody must call, for a voice nobody could make out may have been a cry for help.
    level = Level.WATCH if again else None
    house.wellbeing.take(tx, [sign(incoming.ref, id, UNHEARD, level, house.text("signs.unheard"), now)], now)
    if again:
        return [Say(incoming.chat, house.text("resident.unheard_twice"))]
    return [Say(incoming.chat, house.text("resident.no_voice" if hearing.deaf else "resident.unheard"))]
