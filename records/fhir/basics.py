"""FHIR's small parts: ids, times, codings, references. Pure."""

import hashlib
import re
from datetime import datetime, tzinfo
from typing import Any

Resource = dict[str, Any]

#: the namespace of what only this service names: codes, identifiers, extensions.
OURS = "urn:anbu:"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
#: escalation level → how a receiver should order its work (value set request-priority).
PRIORITY = {"emergency": "stat", "urgent": "urgent", "watch": "routine", "technical": "routine"}

_FOREIGN = re.compile(r"[^A-Za-z0-9\-.]")
_LONGEST = 64


def fhir_id(ours: str) -> str:
    """Our id where FHIR allows it (64 of A-Z a-z 0-9 - .), else a readable stand-in that is as unique and stays."""
    plain = _FOREIGN.sub("-", ours)
    if ours and plain == ours and len(ours) <= _LONGEST:
        return ours
    digest = hashlib.sha256(ours.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{plain[: _LONGEST - 17]}.{digest}"


def reference(kind: str, ours: str | None) -> Resource | None:
    """To a resource of this export, such as Patient/r-001; None to nobody."""
    return {"reference": f"{kind}/{fhir_id(ours)}"} if ours else None


def outside(kind: str | None, name: str, ours: str | None) -> Resource | None:
    """To somebody or something this export has no resource of: a logical reference by our identifier."""
    return {"type": kind, "identifier": identifier(name, ours)} if ours else None


def identifier(name: str, ours: str) -> Resource:
    """Our own id, whatever FHIR made of it."""
    return {"system": OURS + name, "value": ours}


def when(at: datetime | None, zone: tzinfo) -> str | None:
    """A dateTime or instant: ISO 8601 with the offset of the residents' zone."""
    return None if at is None else at.astimezone(zone).isoformat(timespec="milliseconds")


def coding(system: str, code: str, display: str | None = None) -> Resource:
    """One code of a system; a bare name is one of terminology.hl7.org's."""
    return {"system": system if ":" in system else _TERMINOLOGY + system, "code": code, "display": display}


def own(name: str, code: str, display: str | None = None) -> Resource:
    """A code that only this service knows."""
    return coding(OURS + name, code, display)


def concept(*codings: Resource, text: str | None = None) -> Resource:
    """A CodeableConcept."""
    return {"coding": list(codings), "text": text}


def masked() -> Resource:
    """There is something, and it is not to be told."""
    return concept(coding("data-absent-reason", "masked", "Masked"))


def quantity(value: float, unit: str, code: str) -> Resource:
    """A value with its UCUM code."""
    return {"value": value, "unit": unit, "system": UCUM, "code": code}


def made(kind: str, ours: str, **parts: Any) -> Resource:
    """A resource without its empty parts, which FHIR forbids."""
    filled = {"resourceType": kind, "id": fhir_id(ours), **parts}
    found: Resource = _filled(filled)
    return found


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _filled(part) for key, part in value.items()}
        return {key: part for key, part in kept.items() if not _empty(part)}
    if isinstance(value, list):
        return [part for part in map(_filled, value) if not _empty(part)]
    return value


def _empty(value: Any) -> bool:
    return (
        value is None
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, dict | list) and not value)
    )
