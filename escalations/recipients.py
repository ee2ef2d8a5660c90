"""Whom a step asks: "rank:1", "duty:2", "contact:1", "supervisor", "technician" turned into people. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from escalations.actor import TAKERS
from escalations.roster import Roster
from residents.people import Contact, Coordinator, Role, Topic
from residents.sign import Level, Part

#: which sharing topic a sign belongs to; what has no part counts as health, the most private one.
_TOPICS = {
    Part.MOOD: Topic.MOOD,
    Part.ANSWERING: Topic.ACTIVITY,
    Part.ACTIVITY: Topic.ACTIVITY,
    Part.SOCIAL: Topic.ACTIVITY,
}


@dataclass(frozen=True)
class Team:
    """Everybody of the control centre, and their roster."""

    coordinators: tuple[Coordinator, ...]
    roster: Roster

    def duty(self, now: datetime, district: str | None) -> list[tuple[int, Coordinator]]:
        """(rank, who) on duty now, by rank; at each rank those of the district, or anybody where none of them is.

        Whoever may not take an escalation over is not on duty for it, whatever the roster says: nobody waits for them.
        """
        by_rank: dict[int, list[Coordinator]] = {}
        known = {c.id: c for c in self.coordinators if c.role.value in TAKERS}
        for shift in self.roster.on_duty(now):
            who = known.get(shift.coordinator)
            if who and who not in by_rank.setdefault(shift.rank, []):
                by_rank[shift.rank].append(who)
        return [(rank, who) for rank, people in by_rank.items() for who in _of_district(people, district)]

    def staff(self, spec: str, now: datetime, district: str | None) -> list[Coordinator]:
        """The people one recipient stands for; empty when there is nobody."""
        kind, _, number = spec.partition(":")
        if kind == "supervisor":
            return self._with_role(Role.SUPERVISOR, district) or self._with_role(Role.ADMIN, district)
        if kind == "technician":
            return self._with_role(Role.TECHNICIAN, district)
        duty = self.duty(now, district)
        rank = int(number) if kind == "rank" else _nth_rank(duty, int(number))
        return [who for at, who in duty if at == rank]

    def _with_role(self, role: Role, district: str | None) -> list[Coordinator]:
        return _of_district([c for c in self.coordinators if c.role is role], district)


def may_hear(contacts: Iterable[Contact], level: Level, topics: frozenset[str], family: bool) -> list[Contact]:
    """The contacts who may be asked, in their order.

    An emergency reaches all but those who never want one. Anything else needs the resident's `family` consent and a
    topic that is shared with this contact.
    """
    willing = [contact for contact in contacts if contact.emergency]
    if level is Level.EMERGENCY:
        return willing
    return [contact for contact in willing if family and topics & set(contact.topics)]


def topic_of(part: Part | None) -> str:
    """The sharing topic of a sign."""
    return (_TOPICS.get(part, Topic.HEALTH) if part else Topic.HEALTH).value


def _of_district(people: Sequence[Coordinator], district: str | None) -> list[Coordinator]:
    of_it = [who for who in people if not district or not who.districts or district in who.districts]
    return of_it or list(people)


def _nth_rank(duty: Sequence[tuple[int, Coordinator]], number: int) -> int | None:
    ranks = list(dict.fromkeys(rank for rank, _ in duty))
    return ranks[number - 1] if number <= len(ranks) else None
