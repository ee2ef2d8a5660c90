"""Patient: a resident, with the relatives and neighbours to be called."""

from collections.abc import Iterable

from records.fhir.basics import Resource, identifier, made
from residents.people import Contact, Resident

_GENDER = {"F": "female", "M": "male"}


def patient(resident: Resident, contacts: Iterable[Contact]) -> Resource:
    """One resident. The way in, conditions and medicines are not part of it (decision 50)."""
    called = {"use": "usual", "text": resident.called} if resident.called != resident.name else None
    return made(
        "Patient",
        resident.id,
        identifier=[identifier("resident", resident.id)],
        active=True,
        name=[{"use": "official", "text": resident.name}, called],
        telecom=_telecom(resident.phone),
        gender=_GENDER.get(resident.sex or "", "unknown"),
        birthDate=str(resident.born) if resident.born else None,
        address=_address(resident),
        contact=[_contact(contact) for contact in contacts],
    )


def _address(resident: Resident) -> list[Resource]:
    if not (resident.address or resident.district):
        return []
    return [{"use": "home", "text": resident.address, "district": resident.district, "country": "KR"}]


def _contact(contact: Contact) -> Resource:
    return {
        "relationship": [{"text": contact.relation}],
        "name": {"text": contact.name},
        "telecom": _telecom(contact.phone),
    }


def _telecom(phone: str | None) -> list[Resource]:
    return [{"system": "phone", "value": phone}] if phone else []
