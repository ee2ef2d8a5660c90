"""The export: what each room knows, read through its service, as one NDJSON file for each type of resource."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from itertools import groupby
from pathlib import Path

from sqlmodel import Session

from checkins import screening
from checkins.service import Checkins, CheckInShown
from escalations.service import Escalations
from escalations.views import Recorded, Sent
from prompts import Words
from records import ndjson
from records.fhir.audit_event import Entry, audit_event
from records.fhir.basics import Resource
from records.fhir.communication import communication
from records.fhir.consent import consent
from records.fhir.flag import flag
from records.fhir.instrument_response import instrument_response
from records.fhir.patient import patient
from records.fhir.questionnaire_response import questionnaire_response, was_asked
from records.fhir.score import score_observation
from records.fhir.task import tasks
from records.fhir.vitals import vitals_observations
from residents import service as people
from residents.people import Resident
from sensors.service import Sensors
from store.audit import AuditRow, entries
from wellbeing.service import ScoreAt, Wellbeing
from wellbeing.wording import part_name

_PAGE = 200
#: before the first record there can be.
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rooms:
    """Where the records are read. zone: whose days and offsets they are told in."""

    escalations: Escalations
    wellbeing: Wellbeing
    checkins: Checkins
    sensors: Sensors
    words: Words
    zone: tzinfo


def export_fhir(
    tx: Session, rooms: Rooms, out: Path, *, resident: str | None = None, since: datetime | None = None
) -> dict[str, int]:
    """Write `<type>.ndjson` for every type into `out` and return the resources by type. since: leave out older records;
    people and consents are told as they stand."""
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    records = _Records(tx, rooms, resident, since)
    types: dict[str, Iterable[Resource]] = {
        "Patient": records.patients(),
        "Consent": records.consents(),
        "QuestionnaireResponse": records.questionnaire_responses(),
        "Observation": records.observations(),
        "Flag": records.flags(),
        "Task": records.tasks(),
        "Communication": records.communications(),
        "AuditEvent": records.audit_events(),
    }
    return {name: ndjson.write(out / f"{name}.ndjson", found) for name, found in types.items()}


@dataclass(frozen=True)
class _Records:
    """Everything of one resident, or of all, type by type."""

    tx: Session
    rooms: Rooms
    resident: str | None
    since: datetime | None

    def patients(self) -> Iterator[Resource]:
        for person in self._people:
            yield patient(person, people.contacts(self.tx, person.id))

    def consents(self) -> Iterator[Resource]:
        for person in self._people:
            for given in people.consents_given(self.tx, person.id):
                yield consent(person.id, given, self.rooms.zone)

    def questionnaire_responses(self) -> Iterator[Resource]:
        for person in self._people:
            for checkin in self._checkins(person.id):
                if was_asked(checkin):
                    yield questionnaire_response(checkin, self.rooms.zone, health=self._may_tell(person.id))
            if self._may_tell(person.id):
                yield from self._instruments(person.id)

    def _instruments(self, resident: str) -> Iterator[Resource]:
        for form in screening.shown(self.rooms.checkins, self.tx, resident, limit=_PAGE):
            for result in form.results:
                if self.since is None or result.at >= self.since:
                    yield instrument_response(resident, form, result, self.rooms.zone)

    def observations(self) -> Iterator[Resource]:
        for person in self._people:
            health = self._may_tell(person.id)
            for found in self._scores(person.id):
                yield score_observation(person.id, found, self.rooms.zone, self._part_name, health=health)
            if health:
                measured = self.rooms.sensors.measured(self.tx, person, self.since)
                yield from vitals_observations(person.id, measured, self.rooms.zone)

    def flags(self) -> Iterator[Resource]:
        for found in self._escalations():
            yield flag(found, self.rooms.zone, health=self._may_tell(found.summary.resident))

    def tasks(self) -> Iterator[Resource]:
        for found in self._escalations():
            yield from tasks(found, self.rooms.zone, health=self._may_tell(found.summary.resident))

    def communications(self) -> Iterator[Resource]:
        for sent in self._sent():
            about = self._about(sent)
            if self.resident in (None, about):
                yield communication(sent, about, self.rooms.zone)

    def audit_events(self) -> Iterator[Resource]:
        known = {person.id for person in self._people}
        for entry in self._audit():
            if self.resident is None or self.resident in entry.people:
                yield audit_event(entry, self.rooms.zone, known)

    @cached_property
    def _people(self) -> Sequence[Resident]:
        return people.residents(self.tx, None if self.resident is None else [self.resident])

    @cached_property
    def _agreed(self) -> frozenset[str]:
        return frozenset(person.id for person in self._people if people.has_consent(self.tx, person.id, "health"))

    @cached_property
    def _resident_of_contact(self) -> dict[str, str]:
        return {c.id: c.resident for person in self._people for c in people.contacts(self.tx, person.id)}

    def _may_tell(self, resident: str | None) -> bool:
        """Whether what was said and measured may leave the house; what is about nobody may."""
        return resident is None or resident in self._agreed

    def _part_name(self, part: str) -> str:
        return part_name(part, self.rooms.words)

    def _checkins(self, resident: str) -> Iterator[CheckInShown]:
        before = None
        while page := self.rooms.checkins.of_resident(self.tx, resident, self.since, limit=_PAGE, before=before):
            yield from page
            before = page[-1].id

    def _scores(self, resident: str) -> Iterator[ScoreAt]:
        """The last one of each day; the present one with the parts it is made of."""
        kept = self.rooms.wellbeing.history(self.tx, resident, self.since or _EVER)
        days = [
            list(day)[-1] for _, day in groupby(kept, key=lambda score: score.at.astimezone(self.rooms.zone).date())
        ]
        yield from days[:-1]
        if days:
            yield ScoreAt(days[-1].at, self.rooms.wellbeing.score_of(self.tx, resident))

    def _escalations(self) -> Iterator[Recorded]:
        cursor: str | None = None
        while True:
            page = self.rooms.escalations.recorded(self.tx, self.resident, self.since, cursor)
            yield from page.items
            if (cursor := page.next) is None:
                return

    def _sent(self) -> Iterator[Sent]:
        cursor: str | None = None
        while True:
            page = self.rooms.escalations.sent(self.tx, self.since, cursor)
            yield from page.items
            if (cursor := page.next) is None:
                return

    def _about(self, sent: Sent) -> str | None:
        if sent.person_kind == "resident":
            return sent.person_id
        return sent.resident or self._resident_of_contact.get(sent.person_id if sent.person_kind == "contact" else "")

    def _audit(self) -> Iterator[Entry]:
        before = None
        while page := entries(self.tx, before=before, limit=_PAGE):
            yield from (_entry(row) for row in page if self.since is None or row.at >= self.since)
            before = page[-1].id


def _entry(row: AuditRow) -> Entry:
    return Entry(row.id or 0, row.at, row.who, row.what, row.whose, row.where, row.detail)
