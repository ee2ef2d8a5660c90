"""An SOS: one press, one escalation, however often and however broken the message arrives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from prompts import Words
from residents import service as residents
from residents.people import Resident
from residents.sign import Level, Sign, Source
from sensors.keep import mark_of
from sensors.message import Message, Sos
from sensors.tables import PressRow
from sensors.times import clean
from store import changed, new_id
from wellbeing.service import Wellbeing

#: contract, section 5: how long the same id from the same home is the same SOS.
SAME_SOS = timedelta(hours=24)
#: a redelivered press without an id is known again this long; after that a person rather hears of it twice.
REDELIVERED = timedelta(minutes=1)


@dataclass(frozen=True)
class Answer:
    """What the home hears back once it is committed. `new` False: it had been taken before."""

    home: str
    press: str
    escalation: str | None
    at: datetime
    new: bool = True


def take_press(tx: Session, wellbeing: Wellbeing, words: Words, sos: Sos, message: Message, now: datetime) -> Answer:
    """Open (or join) the emergency, once per press."""
    mark = mark_of(message)
    before = _taken_before(tx, sos, message, mark, now)
    if before is not None:
        return Answer(sos.home, before.press, before.escalation, now, new=False)
    home, press = clean(sos.home, 100), sos.id or new_id("sos")
    row = PressRow(
        id=new_id("p"),
        slot=f"{home}/{press}/{now.timestamp() // 86_400:.0f}",
        home=home,
        press=press,
        device=sos.device,
        at=now,
        mark=mark,
        verified=sos.verified,
    )
    signs = _signs(tx, row, sos, words, now)
    taken = wellbeing.take(tx, signs, now)
    row.escalation = next((each.escalation for each in taken if each.escalation), None)
    tx.add(row)
    changed(tx, "sos", row.id, now, home=home, escalation=row.escalation)
    return Answer(sos.home, press, row.escalation, now)


def _taken_before(tx: Session, sos: Sos, message: Message, mark: int, now: datetime) -> PressRow | None:
    same = select(PressRow).where(PressRow.home == clean(sos.home, 100)).order_by(col(PressRow.at).desc()).limit(1)
    if sos.id is not None:
        same = same.where(PressRow.press == sos.id)
        if message.retained:  # the broker says it again at every connection, for ever: once is once
            return tx.exec(same).first()
        return tx.exec(same.where(PressRow.at > now - SAME_SOS)).first()
    if message.retained:
        return tx.exec(same.where(PressRow.mark == mark)).first()
    if message.again:
        return tx.exec(same.where(PressRow.mark == mark, PressRow.at >= now - REDELIVERED)).first()
    return None


def _signs(tx: Session, row: PressRow, sos: Sos, words: Words, now: datetime) -> list[Sign]:
    """One for each resident it may be; one for the home where nobody is registered."""
    people = _who(tx, sos)
    text = _text(words, sos, people, _room(tx, sos, words))
    evidence = {
        "press": row.press,
        "device": sos.device,
        "verified": sos.verified,
        "residents": [person.id for person in people],
    }
    whose: Sequence[str | None] = [person.id for person in people] or [None]
    return [
        Sign(
            id=f"{row.id}/{number}",
            resident=resident,
            kind="sos",
            at=now,
            source=Source.SOS,
            text=text,
            rule="sos@1",
            level=Level.EMERGENCY,
            home=row.home,
            evidence=evidence,
        )
        for number, resident in enumerate(whose, 1)
    ]


def _who(tx: Session, sos: Sos) -> list[Resident]:
    if not sos.known_home:
        return []
    if sos.device is None:
        return residents.residents_of_home(tx, sos.home)
    return residents.of_device(tx, sos.home, sos.device)


def _room(tx: Session, sos: Sos, words: Words) -> str:
    device = residents.device(tx, sos.home, sos.device) if sos.known_home and sos.device else None
    if device is None or not device.room:
        return ""
    rooms: dict[str, str] = words.data("intake")["rooms"]
    return rooms.get(device.room, device.room)


def _text(words: Words, sos: Sos, people: Sequence[Resident], room: str) -> str:
    home = clean(sos.home, 100)
    if not sos.known_home:
        said = [words.text("intake.sos.unknown_home", home=home)]
    elif not people:
        said = [words.text("intake.sos.nobody", home=home)]
    elif len(people) == 1:
        said = [words.text("intake.sos.one", name=people[0].name)]
    else:
        said = [words.text("intake.sos.several", names=", ".join(person.name for person in people))]
    if room:
        said.append(words.text("intake.sos.room", room=room))
    if not sos.verified:
        said.append(words.text("intake.sos.unverified"))
    return " ".join(said)
