"""Communication: a message that left the house. Its words stay here: they may be about somebody else too."""

from datetime import tzinfo

from escalations.views import Sent
from records.fhir.basics import PRIORITY, Resource, coding, concept, identifier, made, outside, own, reference, when

_MEDIUM = {"telegram": ("ONLINEWRIT", "online written"), "speaker": ("VERBAL", "verbal")}
_ELECTRONIC = ("ELECTRONIC", "electronic data")
_KIND = {"contact": "RelatedPerson", "coordinator": "Practitioner"}


def communication(sent: Sent, resident: str | None, zone: tzinfo) -> Resource:
    """One delivery the channel has taken. resident: whom it is about, None where nobody."""
    medium = coding("v3-ParticipationMode", *_MEDIUM.get(sent.channel, _ELECTRONIC))
    return made(
        "Communication",
        sent.id,
        identifier=[identifier("delivery", sent.id)],
        status="completed",
        category=[concept(own("delivery", sent.kind))],
        priority=PRIORITY[sent.level] if sent.level else None,
        medium=[concept(medium, own("channel", sent.channel))],
        subject=reference("Patient", resident),
        about=[reference("Flag", sent.escalation), reference("QuestionnaireResponse", sent.checkin)],
        sent=when(sent.sent_at, zone),
        recipient=[_recipient(sent)],
        sender=outside("Device", "service", "anbu"),
    )


def _recipient(sent: Sent) -> Resource | None:
    if sent.person_kind == "resident":
        return reference("Patient", sent.person_id)
    return outside(_KIND.get(sent.person_kind), "person", sent.person_id)
