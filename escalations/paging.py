"""Taking a step: turning its recipients into pages in the outbox, and what could not be done into the ledger."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from escalations.events import Page
from escalations.house import House, about, evidence
from escalations.ledger import note, times_paged
from escalations.outbox import Order, cancel, post
from escalations.recipients import may_hear
from escalations.tables import EscalationRow, EvidenceRow
from residents import service as people
from residents.people import Contact, Coordinator
from residents.sign import Level

#: what a coordinator or contact presses.
ACK = "ack:"


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
        reached = [self._page_coordinator(who) for who in found]  # a list: everybody is paged, not only the first
        return any(reached)

    def contact(self, spec: str) -> bool:
        number = int(spec.partition(":")[2])
        reachable = self._reachable_contacts(record=number == 1)
        if number > len(reachable):
            if number == 1:
                self._note("no_contact")
            return False
        contact, chat = reachable[number - 1]
        self._page(("contact", contact.id), chat, "contact", self._shared_with(contact))
        return True

    def broadcast(self) -> None:
        for number, url in enumerate(self.house.notify_urls):
            text = self._words("broadcast", self._reasons(), 1)
            self._post(("", f"notify-{number}"), "apprise", url, {"text": text})
            self._note("broadcast", channel="apprise")

    def _page_coordinator(self, who: Coordinator) -> bool:
        person = ("coordinator", who.id)
        chat = people.chat_of(self.tx, *person)
        if chat is None:
            self._note("unreachable", person=person)
            return False
        self._page(person, chat, "staff", self._reasons())
        return True

    def _reachable_contacts(self, record: bool) -> list[tuple[Contact, str]]:
        found = []
        for contact in self._willing():
            chat = people.chat_of(self.tx, "contact", contact.id)
            if chat is not None:
                found.append((contact, chat))
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

    def _page(self, person: tuple[str, str], chat: str, audience: str, reasons: list[str]) -> None:
        times = 1
        if self.todo.serial > 1:
            times += times_paged(self.tx, self.row.id, person)
            # An earlier page that has not left yet says the same: the newer one takes its place.
            cancel(self.tx, self.now, escalation=self.row.id, kinds=("page",), person=person)
        button = {"text": self.house.words.text("escalations.button"), "data": ACK + self.row.id}
        body = {"text": self._words(audience, reasons, times), "buttons": [button], "times": times}
        self._post(person, "telegram", chat, body)
        self._note("paged", person=person, channel="telegram", times=times)

    def _post(self, person: tuple[str, str], channel: str, address: str, body: dict[str, object]) -> None:
        kind, id = person
        order = Order(
            key=f"{self.row.id}/{self.todo.serial}/{kind}:{id}/{channel}",
            kind="page",
            channel=channel,
            address=address,
            body=body,
            person_kind=kind,
            person_id=id if kind else "",
            escalation=self.row.id,
            level=Level(self.row.level),
            step=self.todo.serial,
        )
        post(self.tx, order, self.now)

    def _words(self, audience: str, reasons: list[str], times: int) -> str:
        raised = self.row.counted_from > self.row.opened_at and self.todo.round == 0
        return self.house.writer.page(audience, about(self.tx, self.row), reasons, times, raised)

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
