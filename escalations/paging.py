"""Taking a step: turning its recipients into pages in the outbox, and what could not be done into the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from escalations.escalation import State
from escalations.events import Page
from escalations.gathering import leaves_at
from escalations.house import House, about, evidence, resident_of
from escalations.ledger import gave_back, note, times_paged
from escalations.notices import ACK
from escalations.other_way import key_part
from escalations.outbox import Order, cancel, post
from escalations.policy import policy_of
from escalations.recipients import may_hear
from escalations.tables import EscalationRow, EvidenceRow
from residents import service as people
from residents.addresses import channel_of
from residents.people import Contact, Coordinator
from residents.reach import Way, ways
from residents.sign import Level


@dataclass(frozen=True)
class _Pager:
    tx: Session
    house: House
    row: EscalationRow
    todo: Page
    now: datetime
    signs: list[EvidenceRow]

    def staff(self, spec: str) -> bool:
        found = self.house.team(self.tx).staff(spec, self.now, self.row.district or None)
        if not found:
            duty = spec.partition(":")[0] in ("rank", "duty")
            self._note("nobody_on_duty" if duty else "nobody", to=spec)
        found = [who for who in found if not gave_back(self.tx, self.row, who.id)]
        reached = [self._page_coordinator(who) for who in found]  # a list: everybody is paged, not only the first
        return any(reached)

    def contact(self, spec: str) -> bool:
        number = int(spec.partition(":")[2])
        reachable = self._reachable_contacts(record=number == 1)
        if number > len(reachable):
            if number == 1:
                self._note("no_contact")
            return False
        contact, found = reachable[number - 1]
        self._page(("contact", contact.id), found, "contact", self._shared_with(contact))
        return True

    def broadcast(self) -> None:
        for number, url in enumerate(self.house.notify_urls):
            text = self._words("broadcast", self._reasons(), 1)
            way = Way(channel_of(url), url)
            self._post(("", ""), way, f"/:notify-{number}/{way.channel}", {"text": text})
            self._note("broadcast", channel=way.channel)

    def _page_coordinator(self, who: Coordinator) -> bool:
        person = ("coordinator", who.id)
        found = ways(self.tx, *person)
        if not found:
            self._note("unreachable", person=person)
            return False
        self._page(person, found, "staff", self._reasons())
        return True

    def _reachable_contacts(self, record: bool) -> list[tuple[Contact, Sequence[Way]]]:
        found: list[tuple[Contact, Sequence[Way]]] = []
        for contact in self._willing():
            if to_them := ways(self.tx, "contact", contact.id):
                found.append((contact, to_them))
            elif record:
                self._note("unreachable", person=("contact", contact.id))
        return found

    def _willing(self) -> list[Contact]:
        if self.row.resident is None:
            return []
        topics = frozenset(sign.topic for sign in self.signs)
        family = people.has_consent(self.tx, self.row.resident, "family")
        return may_hear(people.contacts(self.tx, self.row.resident), Level(self.row.level), topics, family)

    def _shared_with(self, contact: Contact) -> list[str]:
        emergency = Level.EMERGENCY.value
        return [s.text for s in self.signs if s.level == emergency or s.topic in contact.topics]

    def _reasons(self) -> list[str]:
        return [sign.text for sign in self.signs]

    def _page(self, person: tuple[str, str], found: Sequence[Way], audience: str, reasons: list[str]) -> None:
        """By the first way; an emergency that nobody has taken in a whole round goes by every way at once."""
        times = 1
        if self.todo.serial > 1:
            times += times_paged(self.tx, self.row.id, person)
            # An earlier page that has not left yet says the same: the newer one takes its place.
            cancel(self.tx, self.now, escalation=self.row.id, kinds=("page",), person=person)
        button = {"text": self.house.words.text("escalations.button"), "data": ACK + self.row.id}
        text, plain = (self._words(each, reasons, times) for each in (audience, f"{audience}_plain"))
        body: dict[str, object] = {"text": text, "plain": plain, "buttons": [button], "times": times}
        if (at := self._leaves_at(person)) is not None:
            body["line"] = self.house.writer.line(about(self.tx, self.row), reasons)
        louder = self.todo.round > 0 and self.row.level == Level.EMERGENCY
        for way in found if louder else found[:1]:
            self._post(person, way, key_part(person, way), body, at)
            self._note("paged", person=person, channel=way.channel, times=times)

    def _leaves_at(self, person: tuple[str, str]) -> datetime | None:
        """When a page that can wait leaves, with others where there are any; None for what leaves at once."""
        policy = policy_of(self.row.policy, Level(self.row.level))
        if not policy.calm or person[0] != "coordinator":
            return None
        return leaves_at(self.tx, self.house, policy, person[1], self.now, ("page",))

    def _post(
        self, person: tuple[str, str], way: Way, key: str, body: dict[str, object], at: datetime | None = None
    ) -> None:
        kind, id = person
        order = Order(
            key=f"{self.row.id}/{self.todo.serial}{key}",
            kind="page",
            channel=way.channel,
            address=way.address,
            body=body,
            person_kind=kind,
            person_id=id,
            escalation=self.row.id,
            level=Level(self.row.level),
            not_before=at,
            step=self.todo.serial,
        )
        post(self.tx, order, self.now)

    def _words(self, audience: str, reasons: list[str], times: int) -> str:
        raised = self.row.counted_from > self.row.opened_at and self.todo.round == 0
        text = self.house.writer.page(audience, about(self.tx, self.row), reasons, times, raised)
        return text + self.house.words.text("escalations.page.no_drill") if self._beside_a_drill() else text

    def _beside_a_drill(self) -> bool:
        """Something real while a drill of this home is open: nobody must take it for the drill."""
        if self.row.drill or self.row.level != Level.EMERGENCY:
            return False
        person = resident_of(self.tx, self.row)  # what was said in the chat has no home of its own
        home = self.row.home or (person.home if person else None)
        drills = select(EscalationRow.id).where(EscalationRow.home == home, col(EscalationRow.drill).is_(True))
        return self.tx.exec(drills.where(EscalationRow.state != State.CLOSED)).first() is not None

    def _note(self, what: str, person: tuple[str, str] = ("", ""), channel: str = "", **detail: object) -> None:
        number = self.todo.number
        note(self.tx, self.row, what, self.now, person=person, channel=channel, step=number, detail=detail)


def take_step(tx: Session, house: House, row: EscalationRow, todo: Page, now: datetime) -> bool:
    """Page everybody the step names. Whether somebody was paged whose answer the step waits for.

    Where a step names staff, a contact in parallel does not make it wait: nobody on duty goes on at once.
    """
    pager = _Pager(tx, house, row, todo, now, evidence(tx, row.id))
    staff = [pager.staff(spec) for spec in todo.step.staff]
    contacts = [pager.contact(spec) for spec in todo.step.contacts]
    if "supervisor" in todo.step.to:
        pager.broadcast()
    return any(staff) if todo.step.staff else any(contacts)
