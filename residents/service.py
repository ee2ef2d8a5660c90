"""People, looked up and changed: residents, contacts, devices, coordinators, consents, absences, presence."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from residents.access import (
    LinkFailed,
    api_token,
    by_chat,
    chat_of,
    device_by_token,
    home_login,
    link_code,
    login,
    redeem,
    token_create,
    unlink,
    user_add,
)
from residents.people import (
    MANNER,
    Absence,
    Consent,
    ConsentGiven,
    Contact,
    Coordinator,
    Device,
    Place,
    Resident,
    Role,
    Unknown,
)
from residents.tables import (
    AbsenceRow,
    ConsentRow,
    ContactRow,
    CoordinatorRow,
    DeviceRow,
    HomeRow,
    PresenceRow,
    ResidentRow,
)
from store import changed, new_id
from store.audit import audit
from store.retention import forget

__all__ = [
    "LinkFailed",
    "absence",
    "absences_ending",
    "api_token",
    "by_chat",
    "chat_of",
    "consents",
    "consents_given",
    "contact",
    "contacts",
    "coordinator",
    "coordinators",
    "device",
    "device_by_token",
    "devices",
    "end_absence",
    "has_consent",
    "home_login",
    "homes",
    "link_code",
    "login",
    "of_device",
    "places",
    "present",
    "present_devices",
    "redeem",
    "resident",
    "residents",
    "residents_of_home",
    "satellites",
    "set_absence",
    "set_consent",
    "set_manner",
    "set_presence",
    "set_topics",
    "token_create",
    "unlink",
    "user_add",
]

#: which wording of the consent the resident heard or signed.
WORDING = "2026-11"


_GRANTED = select(ConsentRow.granted).where(
    ConsentRow.resident == bindparam("resident"), ConsentRow.topic == bindparam("topic")
)


def resident(tx: Session, id: str) -> Resident:
    """One resident. Raises Unknown."""
    row = tx.get(ResidentRow, id)
    if row is None:
        raise Unknown(f"no resident {id!r}")
    return _resident(row)


def residents(tx: Session, ids: Iterable[str] | None = None) -> list[Resident]:
    """All residents, or those of `ids`, by id."""
    statement = select(ResidentRow).order_by(col(ResidentRow.id))
    if ids is not None:
        statement = statement.where(col(ResidentRow.id).in_(list(ids)))
    return [_resident(row) for row in tx.exec(statement)]


def places(tx: Session) -> list[Place]:
    """Where everybody belongs, by id: for lists of thousands, of which a page is read in full."""
    rows = tx.exec(select(ResidentRow.id, ResidentRow.home, ResidentRow.district).order_by(col(ResidentRow.id)))
    return [Place(*row) for row in rows]


def homes(tx: Session) -> list[str]:
    """Every home's id."""
    return list(tx.exec(select(HomeRow.id).order_by(col(HomeRow.id))))


def residents_of_home(tx: Session, home: str) -> list[Resident]:
    """Everyone who lives in a home; empty for an unknown one."""
    return [_resident(row) for row in tx.exec(select(ResidentRow).where(ResidentRow.home == home))]


def of_device(tx: Session, home: str, device_name: str) -> list[Resident]:
    """Whose device it is: the resident it names, else all of the home."""
    known = device(tx, home, device_name)
    at_home = residents_of_home(tx, home)
    named = [r for r in at_home if known and r.id == known.resident]
    return named or at_home


def contacts(tx: Session, resident_id: str) -> list[Contact]:
    """A resident's contacts, the first one first."""
    rows = tx.exec(select(ContactRow).where(ContactRow.resident == resident_id))
    return sorted((_contact(row) for row in rows), key=lambda c: (c.order, c.id))


def contact(tx: Session, id: str) -> Contact:
    """One contact. Raises Unknown."""
    row = tx.get(ContactRow, id)
    if row is None:
        raise Unknown(f"no contact {id!r}")
    return _contact(row)


def set_topics(tx: Session, contact_id: str, topics: Iterable[str], by: str, now: datetime) -> None:
    """Share exactly these topics with a contact from now on; audited."""
    row = tx.get(ContactRow, contact_id)
    if row is None:
        raise Unknown(f"no contact {contact_id!r}")
    wanted = sorted(set(topics))
    if wanted != sorted(row.topics):
        audit(tx, who=by, what="sharing", whose=row.resident, now=now, detail={"contact": row.id, "topics": wanted})
        row.topics = wanted


def devices(tx: Session, home: str | None = None) -> list[Device]:
    """All devices, or those of one home."""
    statement = select(DeviceRow).order_by(col(DeviceRow.home), col(DeviceRow.device))
    if home is not None:
        statement = statement.where(DeviceRow.home == home)
    return [_device(row) for row in tx.exec(statement)]


def satellites(tx: Session) -> list[Device]:
    """The speakers that the service connects to, rather than they to it."""
    statement = select(DeviceRow).where(DeviceRow.kind == "speaker", col(DeviceRow.address).is_not(None))
    return [_device(row) for row in tx.exec(statement)]


def device(tx: Session, home: str, device_name: str) -> Device | None:
    """One device of a home, None where it is not known."""
    row = tx.get(DeviceRow, (home, device_name))
    return None if row is None else _device(row)


def coordinators(tx: Session) -> list[Coordinator]:
    """Everyone of the control centre, by id."""
    return [_coordinator(row) for row in tx.exec(select(CoordinatorRow).order_by(col(CoordinatorRow.id)))]


def coordinator(tx: Session, id: str) -> Coordinator:
    """One coordinator. Raises Unknown."""
    row = tx.get(CoordinatorRow, id)
    if row is None:
        raise Unknown(f"no coordinator {id!r}")
    return _coordinator(row)


def consents(tx: Session, resident_id: str) -> dict[str, bool]:
    """Every consent topic and whether it is granted."""
    granted = {row.topic: row.granted for row in tx.exec(select(ConsentRow).where(ConsentRow.resident == resident_id))}
    return {topic.value: granted.get(topic.value, False) for topic in Consent}


def consents_given(tx: Session, resident_id: str) -> list[ConsentGiven]:
    """The last word on every topic that was ever spoken of, with its date."""
    statement = select(ConsentRow).where(ConsentRow.resident == resident_id).order_by(col(ConsentRow.topic))
    return [ConsentGiven(row.topic, row.granted, row.at, row.wording, row.by) for row in tx.exec(statement)]


def has_consent(tx: Session, resident_id: str, topic: str) -> bool:
    """Whether the resident agrees to this, now."""
    return tx.exec(_GRANTED, params={"resident": resident_id, "topic": topic}).first() is True


def set_consent(
    tx: Session, resident_id: str, topic: str, granted: bool, by: str, now: datetime, wording: str = WORDING
) -> None:
    """Grant or withdraw a consent, at once; dated and audited. No effect where it already stands so."""
    row = tx.get(ConsentRow, (resident_id, topic))
    if row is not None and row.granted == granted:
        return
    if row is None and not granted:
        return
    if row is None:
        row = ConsentRow(resident=resident_id, topic=topic, granted=granted, at=now, wording=wording, by=by)
    row.granted, row.at, row.wording, row.by = granted, now, wording, by
    tx.add(row)
    if not granted:
        _forget(tx, topic, resident_id)
    what = "consent given" if granted else "consent withdrawn"
    audit(tx, who=by, what=what, whose=resident_id, now=now, detail={"topic": topic, "wording": wording})
    changed(tx, "resident", resident_id, now, consent=topic, granted=granted)


def _forget(tx: Session, topic: str, resident_id: str) -> None:
    """What was kept by the consent alone. Sound may hold the voice of whoever lives in the same home."""
    home = resident(tx, resident_id).home if topic == Consent.AUDIO else None
    for id in [one.id for one in residents_of_home(tx, home)] if home else [resident_id]:
        forget(tx, topic, id)


def set_manner(
    tx: Session, resident_id: str, rate: int | None, pitch: int | None, formal: bool, by: str, now: datetime
) -> None:
    """How the resident likes to be spoken to, from the next talk on; audited. Raises Unknown."""
    row = tx.get(ResidentRow, resident_id)
    if row is None:
        raise Unknown(f"no resident {resident_id!r}")
    before = {name: getattr(row, name) for name in MANNER}
    after: dict[str, Any] = {"rate": rate, "pitch": pitch, "formal": formal}
    if before == after:
        return
    row.rate, row.pitch, row.formal = rate, pitch, formal
    audit(tx, who=by, what="manner", whose=resident_id, now=now, detail={"was": before, "is": after})
    changed(tx, "resident", resident_id, now, manner=True)


def absence(tx: Session, resident_id: str, now: datetime) -> Absence | None:
    """The absence a resident is in, None when at home."""
    row = tx.exec(
        select(AbsenceRow)
        .where(AbsenceRow.resident == resident_id, col(AbsenceRow.ended_at).is_(None))
        .where(AbsenceRow.start <= now, AbsenceRow.end > now)
        .order_by(col(AbsenceRow.end).desc())
    ).first()
    return None if row is None else _absence(row)


def set_absence(
    tx: Session, resident_id: str, reason: str, start: datetime, end: datetime, by: str, now: datetime
) -> Absence:
    """Note an absence. Raises Unknown, and ValueError where it ends before it starts or is already over."""
    resident(tx, resident_id)
    if end <= start or end <= now:
        raise ValueError("an absence needs an end after its start and after now")
    row = AbsenceRow(id=new_id("a"), resident=resident_id, reason=reason, start=start, end=end, by=by)
    tx.add(row)
    audit(tx, who=by, what="absence", whose=resident_id, now=now, detail={"until": end.isoformat()})
    changed(tx, "resident", resident_id, now, absent=True)
    return _absence(row)


def end_absence(tx: Session, resident_id: str, by: str, now: datetime) -> None:
    """The resident is back: every absence of theirs ends now."""
    rows = tx.exec(
        select(AbsenceRow).where(
            AbsenceRow.resident == resident_id, col(AbsenceRow.ended_at).is_(None), AbsenceRow.end > now
        )
    ).all()
    for row in rows:
        row.ended_at = now
        tx.add(row)
    if rows:
        audit(tx, who=by, what="absence ended", whose=resident_id, now=now)
        changed(tx, "resident", resident_id, now, absent=False)


def absences_ending(tx: Session, after: datetime, until: datetime) -> list[Absence]:
    """Absences that ran to their end in this span: each is followed by a return check."""
    rows = tx.exec(
        select(AbsenceRow).where(AbsenceRow.end > after, AbsenceRow.end <= until, col(AbsenceRow.ended_at).is_(None))
    )
    return [_absence(row) for row in rows]


def set_presence(tx: Session, home: str, device_name: str, until: datetime | None, instance: str = "") -> None:
    """A speaker is connected until then (real time); None: it has gone."""
    row = tx.get(PresenceRow, (home, device_name))
    if until is None:
        if row is not None and row.instance == instance:
            tx.delete(row)
    elif row is None:
        tx.add(PresenceRow(home=home, device=device_name, until=until, instance=instance))
    else:
        row.until, row.instance = until, instance
        tx.add(row)


def present(tx: Session, home: str, device_name: str, real: datetime) -> bool:
    """Whether a speaker is connected to any process, judged by real time."""
    row = tx.get(PresenceRow, (home, device_name))
    return row is not None and row.until > real


def present_devices(tx: Session, real: datetime, home: str | None = None) -> set[tuple[str, str]]:
    """(home, device) of every connected speaker."""
    statement = select(PresenceRow).where(PresenceRow.until > real)
    if home is not None:
        statement = statement.where(PresenceRow.home == home)
    return {(row.home, row.device) for row in tx.exec(statement)}


def _resident(row: ResidentRow) -> Resident:
    kept = row.model_dump(exclude={"version", "imported", "conditions", "medicines"})
    return Resident(**kept, conditions=tuple(row.conditions), medicines=tuple(row.medicines))


def _contact(row: ContactRow) -> Contact:
    return Contact(**row.model_dump(exclude={"version", "imported", "topics", "notify"}), topics=tuple(row.topics))


def _device(row: DeviceRow) -> Device:
    return Device(**row.model_dump())


def _coordinator(row: CoordinatorRow) -> Coordinator:
    return Coordinator(row.id, row.name, row.email, Role(row.role), tuple(row.districts))


def _absence(row: AbsenceRow) -> Absence:
    return Absence(row.id, row.resident, row.reason, row.start, row.end)
