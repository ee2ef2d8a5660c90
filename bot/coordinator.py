"""What a coordinator may do in the chat: take a page over, see what is open, see who is on duty."""

from datetime import datetime

from sqlmodel import Session

from bot.acts import Act, Answer, Change, Say, button
from bot.house import House
from bot.incoming import Incoming, Press
from escalations.actor import Actor, ActorKind
from escalations.errors import AlreadyClosed, AlreadyTaken, EscalationError, NoSuchEscalation
from escalations.together import LISTED
from escalations.views import Summary
from residents import service
from residents.people import Coordinator, Role
from residents.sign import Level

#: a page's button; below `LISTED` the same under several items, where the list is drawn anew instead of marked.
ACK = "ack:"
#: under the notice that somebody's duty is over: take it from them.
TAKE = "take:"
#: items in the chat's list; the console has them all.
SHOWN = 10
_READ = 200


def handle(tx: Session, house: House, who: Coordinator, incoming: Incoming, now: datetime) -> list[Act]:
    """What follows from something a coordinator wrote or pressed."""
    if incoming.press is not None:
        return _pressed(tx, house, who, incoming.chat, incoming.press, now)
    command = house.phrases.command(incoming.text or "")
    match command.name if command else "":
        case "open":
            return [Say(incoming.chat, *_open(tx, house, who, now))]
        case "duty":
            return [Say(incoming.chat, _duty(tx, house, now))]
    return [Say(incoming.chat, house.text("coordinator.help"))]


def _actor(who: Coordinator) -> Actor:
    return Actor(ActorKind.COORDINATOR, who.id, who.name, who.role.value)


def _pressed(tx: Session, house: House, who: Coordinator, chat: str, press: Press, now: datetime) -> list[Act]:
    if press.data.startswith((ACK, TAKE)):
        return pressed_page(tx, house, _actor(who), chat, press, now)
    if not press.data.startswith(LISTED):
        return [Answer(press.id, house.text("nothing_to_press"))]
    wanted = press.data.removeprefix(LISTED)
    said, _ = _taken(tx, house, _actor(who), _escalation(wanted), now, take_over=wanted.startswith(TAKE))
    return [Answer(press.id, said), Change(chat, press.message, *_open(tx, house, who, now))]


def pressed_page(tx: Session, house: House, by: Actor, chat: str, press: Press, now: datetime) -> list[Act]:
    """A page's button, whoever was paged: the press is answered and the page shows who has it."""
    take_over = press.data.startswith(TAKE)
    said, mark = _taken(tx, house, by, _escalation(press.data), now, take_over)
    if not mark:
        return [Answer(press.id, said, alert=True)]
    asks = house.text("button_word")
    told = "\n".join(line for line in press.text.splitlines() if asks not in line)  # the button it speaks of is gone
    text = f"{told}\n\n{mark}" if told else mark
    return [Answer(press.id, said), Change(chat, press.message, text)]


def _escalation(data: str) -> str:
    return data.removeprefix(ACK).removeprefix(TAKE)


def _taken(
    tx: Session, house: House, by: Actor, escalation: str, now: datetime, take_over: bool = False
) -> tuple[str, str]:
    """Take it over; what to say, and the mark the page gets (empty: leave the page alone)."""
    try:
        now_is = house.escalations.answer_page(tx, escalation, by, now, take_over)
    except AlreadyTaken as taken:
        return house.text("coordinator.somebody_has_it", by=taken.by), _mark(tx, house, escalation, now)
    except AlreadyClosed:
        return house.text("coordinator.closed"), house.text("coordinator.closed")
    except NoSuchEscalation:
        return house.text("coordinator.unknown"), ""
    except EscalationError:
        return house.text("coordinator.not_allowed"), ""
    if by.kind == ActorKind.CONTACT:
        mark = house.text("coordinator.contact_mark", time=house.clock_time(now_is.confirmed_at or now))
        return house.text("coordinator.contact_confirmed"), mark
    return house.text("coordinator.you_have_it"), _mark_of(house, now_is, now)


def _mark(tx: Session, house: House, escalation: str, now: datetime) -> str:
    return _mark_of(house, house.escalations.summary(tx, escalation), now)


def _mark_of(house: House, item: Summary, now: datetime) -> str:
    return house.text(
        "coordinator.taken", by=item.acknowledged_by_name or "", time=house.clock_time(item.acknowledged_at or now)
    )


def _open(tx: Session, house: House, who: Coordinator, now: datetime) -> tuple[str, tuple[dict[str, str], ...]]:
    """The list of open items of the coordinator's districts, and of what they were asked to take elsewhere, with a
    button for each that nobody has. A technician's holds what is technical only."""
    live = house.escalations.listing(tx, "live", limit=_READ).items
    if who.role is Role.TECHNICIAN:
        live = tuple(one for one in live if one.level == Level.TECHNICAL)
    asked = house.escalations.asked_of(tx, who.id)
    items = [one for one in live if not who.districts or one.district in ("", *who.districts) or one.id in asked]
    if not items:
        return house.text("coordinator.open_none"), ()
    lines = [house.text("coordinator.open_head", count=len(items))]
    lines += [_item(house, number, item, now) for number, item in enumerate(items[:SHOWN], 1)]
    if len(items) > SHOWN:
        lines.append(house.text("coordinator.open_more", count=len(items) - SHOWN))
    free = [(n, item) for n, item in enumerate(items[:SHOWN], 1) if item.acknowledged_at is None]
    buttons = [dict(button(house.text("coordinator.ack_numbered", n=n), f"{LISTED}{ACK}{item.id}")) for n, item in free]
    return "\n\n".join(lines), tuple(buttons)


def _item(house: House, number: int, item: Summary, now: datetime) -> str:
    line = house.text(
        "coordinator.open_item",
        n=number,
        level=house.text(f"levels.{item.level}"),
        name=item.resident_name,
        age=house.age(item.opened_at, now),
        reason=item.reasons[0] if item.reasons else "",
    )
    if item.acknowledged_at is None:
        return line
    by = house.text(
        "coordinator.open_taken", by=item.acknowledged_by_name or "", time=house.clock_time(item.acknowledged_at)
    )
    return f"{line}\n{by}"


def _duty(tx: Session, house: House, now: datetime) -> str:
    on_duty = house.escalations.on_duty(tx, now)
    if not on_duty:
        return house.text("coordinator.duty_none")
    names = {one.id: one.name for one in service.coordinators(tx)}
    lines = [house.text("coordinator.duty_item", rank=rank, name=names.get(id, id)) for rank, id in on_duty]
    return "\n".join([house.text("coordinator.duty_head"), *lines])
