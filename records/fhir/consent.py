"""Consent: what a resident agrees to, as it stands; how it came so is in the audit."""

from datetime import tzinfo

from records.fhir.basics import LOINC, Resource, coding, concept, identifier, made, own, reference, when
from residents.people import ConsentGiven


def consent(resident: str, given: ConsentGiven, zone: tzinfo) -> Resource:
    """One topic: active while granted, inactive once withdrawn, with the date of the last word on it."""
    ours = f"consent.{resident}.{given.topic}"
    rule = coding("v3-ActCode", "OPTIN", "opt-in") if given.granted else coding("v3-ActCode", "OPTOUT", "opt-out")
    return made(
        "Consent",
        ours,
        identifier=[identifier("consent", ours)],
        status="active" if given.granted else "inactive",
        scope=concept(coding("consentscope", "patient-privacy", "Privacy Consent")),
        category=[concept(coding(LOINC, "59284-0", "Consent Document")), concept(own("consent", given.topic))],
        patient=reference("Patient", resident),
        dateTime=when(given.at, zone),
        policyRule=concept(rule, text=f"wording {given.wording}"),
        provision={"type": "permit" if given.granted else "deny", "code": [concept(own("consent", given.topic))]},
    )
