"""Taking a parsed town file into the store: all or nothing, twice is once, and only what is new gets secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from prompts import load
from residents.access import device_token, email_hash, hash_password, home_password, link_code, new_password
from residents.forms import ContactIn, CoordinatorIn, DeviceIn, ResidentIn
from residents.notifiers import fault_of
from residents.people import MANNER, Consent
from residents.reach import set_addresses
from residents.service import set_consent, set_topics
from residents.tables import ContactRow, CoordinatorRow, DeviceRow, HomeRow, ResidentRow
from residents.town import BadTown, Problem, Town
from store.audit import audit

BY = "import"
_PEOPLE: Mapping[str, type[ResidentRow | ContactRow | CoordinatorRow]] = {
    "residents": ResidentRow,
    "contacts": ContactRow,
    "coordinators": CoordinatorRow,
}


@dataclass
class Imported:
    """What an import did. `secrets` are shown once; `plans` are the resident ids whose plan is new or changed."""

    counts: dict[str, int]
    telegram: dict[str, str] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)
    mqtt: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    plans: list[str] = field(default_factory=list)

    def printed(self) -> dict[str, Any]:
        """The JSON object the contract promises."""
        return {k: v for k, v in vars(self).items() if k != "plans"}


@dataclass(frozen=True)
class NewPasswords:
    """Passwords made before the transaction, because hashing one takes tens of milliseconds."""

    plain: Mapping[str, str]
    hashed: Mapping[str, str]


def prepare_passwords(tx: Session, town: Town) -> NewPasswords:
    """A password for each coordinator of the file who is not known yet."""
    known = {row.id for row in tx.exec(select(CoordinatorRow))}
    plain = {c.id: new_password() for c in town.coordinators if c.id not in known}
    return NewPasswords(plain, {who: hash_password(password) for who, password in plain.items()})


def import_town(tx: Session, town: Town, passwords: NewPasswords, now: datetime) -> Imported:
    """Take the file in. Raises BadTown, naming rows, when it refers to somebody or something that is not there."""
    done = Imported({t: len(getattr(town, t)) for t in ("residents", "contacts", "devices", "coordinators", "roster")})
    _check_references(tx, town)
    for home in dict.fromkeys(r.home for r in town.residents):
        if tx.get(HomeRow, home) is None:
            done.mqtt[home] = home_password(tx, home)
    tx.flush()
    for person in town.residents:
        _resident(tx, person, done, now)
    tx.flush()
    for contact in town.contacts:
        _contact(tx, contact, done, now)
    for device in town.devices:
        _device(tx, device, done, now)
    for who in town.coordinators:
        _coordinator(tx, who, passwords, done, now)
    tx.flush()
    return done


def _resident(tx: Session, form: ResidentIn, done: Imported, now: datetime) -> None:
    fields = form.model_dump(exclude={"consents", "plan"})
    fields["called"] = form.called or load().text("residents.called", name=form.name)
    plan = None if form.plan is None else form.plan.model_dump(mode="json")
    for name in MANNER:  # what the file says nothing of stays as the control centre has set it
        if fields[name] is None:
            del fields[name]
    row = tx.get(ResidentRow, form.id)
    if row is None:
        row = ResidentRow(**fields)
        tx.add(row)
        tx.flush()
        done.telegram[form.id] = link_code(tx, "resident", form.id, now)
    for name, value in fields.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
    if row.plan != plan:
        audit(tx, who=BY, what="plan", whose=form.id, now=now, detail={"plan": plan})
        row.plan = plan
        done.plans.append(form.id)
    _consents(tx, row, form, now)


def _consents(tx: Session, row: ResidentRow, form: ResidentIn, now: datetime) -> None:
    """Only what changed in the file counts: a consent that was withdrawn by voice must not come back by itself."""
    before, wanted = set(row.imported or []), {topic.value for topic in form.consents}
    if row.imported is not None and before == wanted:
        return
    for topic in Consent:
        if (topic.value in wanted) != (topic.value in before):
            set_consent(tx, row.id, topic.value, topic.value in wanted, BY, now)
    row.imported = sorted(wanted)


def _contact(tx: Session, form: ContactIn, done: Imported, now: datetime) -> None:
    fields = form.model_dump(mode="json", exclude={"topics", "notify"})
    wanted = sorted(topic.value for topic in form.topics)
    row = tx.get(ContactRow, form.id)
    if row is None:
        row = ContactRow(**fields)
        tx.add(row)
        tx.flush()
        done.telegram[form.id] = link_code(tx, "contact", form.id, now)
    for name, value in fields.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
    if row.imported != wanted:
        set_topics(tx, form.id, wanted, BY, now)
        row.imported = wanted
    _addresses(tx, "contact", form, now)


def _device(tx: Session, form: DeviceIn, done: Imported, now: datetime) -> None:
    row = tx.get(DeviceRow, (form.home, form.device))
    if row is None:
        tx.add(DeviceRow(**form.model_dump()))
        tx.flush()
        if form.kind == "speaker":
            done.devices[f"{form.home}/{form.device}"] = device_token(tx, form.home, form.device, now)
        return
    for name, value in form.model_dump().items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _coordinator(tx: Session, form: CoordinatorIn, passwords: NewPasswords, done: Imported, now: datetime) -> None:
    fields = form.model_dump(exclude={"notify"})
    row = tx.get(CoordinatorRow, form.id)
    if row is None:
        hashed = passwords.hashed[form.id]
        row = CoordinatorRow(**fields, email_hash=email_hash(form.email), password_hash=hashed)
        tx.add(row)
        tx.flush()
        done.telegram[form.id] = link_code(tx, "coordinator", form.id, now)
        done.passwords[form.id] = passwords.plain[form.id]
    else:
        for name, value in (fields | {"email_hash": email_hash(form.email)}).items():
            if getattr(row, name) != value:
                setattr(row, name, value)
    _addresses(tx, "coordinator", form, now)


def _addresses(tx: Session, kind: str, form: ContactIn | CoordinatorIn, now: datetime) -> None:
    """A file that does not speak of addresses leaves what was noted in the control centre."""
    if form.notify is not None:
        set_addresses(tx, kind, form.id, form.notify, BY, now)


def _check_references(tx: Session, town: Town) -> None:
    """Everything a row refers to must be in the file or in the store."""
    residents = {r.id for r in town.residents} | set(tx.exec(select(ResidentRow.id)))
    homes = {r.home for r in town.residents} | set(tx.exec(select(HomeRow.id)))
    staff = {c.id for c in town.coordinators} | set(tx.exec(select(CoordinatorRow.id)))
    problems = [
        Problem("contacts", town.line_of(c), "resident", f"no resident {c.resident!r} in the file or the store")
        for c in town.contacts
        if c.resident not in residents
    ]
    for device in town.devices:
        if device.home not in homes:
            problems.append(Problem("devices", town.line_of(device), "home", f"nobody lives in {device.home!r}"))
        if device.resident is not None and device.resident not in residents:
            problems.append(Problem("devices", town.line_of(device), "resident", f"no resident {device.resident!r}"))
    problems += [
        Problem("roster", town.line_of(s), "coordinator", f"no coordinator {s.coordinator!r} in the file or the store")
        for s in town.roster
        if s.coordinator not in staff
    ]
    problems += _taken(tx, town) + _unknown_addresses(town)
    if problems:
        raise BadTown(problems)


def _taken(tx: Session, town: Town) -> list[Problem]:
    """An e-mail address or an id that already belongs to somebody else."""
    hashes = {email_hash(c.email): c for c in town.coordinators}
    rows = tx.exec(select(CoordinatorRow).where(col(CoordinatorRow.email_hash).in_(hashes)))
    wrong = [hashes[row.email_hash] for row in rows if row.id != hashes[row.email_hash].id]
    problems = [Problem("coordinators", town.line_of(c), "email", "belongs to another coordinator") for c in wrong]
    return problems + [problem for table in _PEOPLE for problem in _ids_of_others(tx, town, table)]


def _unknown_addresses(town: Town) -> list[Problem]:
    rows: list[tuple[str, ContactIn | CoordinatorIn]] = [
        *(("contacts", row) for row in town.contacts),
        *(("coordinators", row) for row in town.coordinators),
    ]
    return [
        Problem(table, town.line_of(row), f"notify.{number}", fault)
        for table, row in rows
        for number, address in enumerate(row.notify or [])
        if (fault := fault_of(address)) is not None
    ]


def _ids_of_others(tx: Session, town: Town, table: str) -> list[Problem]:
    """An id names one person, whoever it is: `invite` and the chat know people by it alone."""
    rows: list[ResidentIn | ContactIn | CoordinatorIn] = getattr(town, table)
    ids = [row.id for row in rows]
    others = [model for name, model in _PEOPLE.items() if name != table]
    known = {id for model in others for id in tx.exec(select(model.id).where(col(model.id).in_(ids)))}
    return [
        Problem(table, town.line_of(r), "id", "belongs to somebody of another table") for r in rows if r.id in known
    ]
