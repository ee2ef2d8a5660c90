"""AuditEvent: one entry of the access log; who, when, from where, whose data, what and why."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from ipaddress import ip_address
from typing import Any

from records.fhir.basics import Resource, coding, concept, made, outside, own, reference, when

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_SIGN_IN = frozenset({"signed in", "signed out", "sign-in failed"})
#: facts of an entry that have a place of their own in the resource.
_PLACED = frozenset({"reason", "residents"})


@dataclass(frozen=True)
class Entry:
    """An entry of the audit. `detail` holds ids and reasons, never names."""

    id: int
    at: datetime
    who: str
    what: str
    whose: str
    where: str
    detail: Mapping[str, Any]

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody it names: whose data it was, and who was on a list that was seen."""
        listed = self.detail.get("residents") or ()
        return tuple(dict.fromkeys(person for person in (self.whose, *map(str, listed)) if person))


def audit_event(entry: Entry, zone: tzinfo, patients: Collection[str]) -> Resource:
    """One entry. patients: the residents this export speaks of; nobody else's name on a list leaves with it."""
    ours = f"audit-{entry.id}"
    return made(
        "AuditEvent",
        ours,
        type=_type(entry),
        subtype=[own("audit", entry.what.replace(" ", "-"), entry.what)],
        action=_action(entry.what),
        recorded=when(entry.at, zone),
        outcome="4" if entry.what == "sign-in failed" else "0",
        purposeOfEvent=[concept(text=_text(entry.detail.get("reason")))],
        agent=[_agent(entry)],
        source={"observer": outside("Device", "service", "anbu")},
        entity=_entities(entry, patients),
    )


def _type(entry: Entry) -> Resource:
    if entry.what in _SIGN_IN:
        return coding(_DICOM, "110114", "User Authentication")
    if entry.what == "export":
        return coding(_DICOM, "110106", "Export")
    if entry.people:
        return coding(_DICOM, "110110", "Patient Record")
    return coding(_DICOM, "110100", "Application Activity")


def _action(what: str) -> str:
    if what in _SIGN_IN:
        return "E"
    return "R" if what == "export" or what.startswith("viewed") else "U"


def _agent(entry: Entry) -> Resource:
    known = entry.who or "unknown"
    return {"who": outside(None, "person", known), "requestor": True, **_from(entry.where)}


def _from(where: str) -> Resource:
    try:
        return {"network": {"address": str(ip_address(where)), "type": "2"}}
    except ValueError:
        return {"location": {"display": where}}


def _entities(entry: Entry, patients: Collection[str]) -> list[Resource]:
    role = coding("object-role", "1", "Patient")
    named = [{"what": reference("Patient", each), "role": role} for each in entry.people if each in patients]
    other = entry.whose if entry.whose and entry.whose not in patients else None
    facts = [{"type": k, "valueString": _text(v)} for k, v in entry.detail.items() if k not in _PLACED and _text(v)]
    about = {"what": outside(None, "person", other), "detail": facts}
    return [*named, about] if other or facts else named


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
