"""The 119 brief: one page for the emergency service, and what is read aloud of it in 30 seconds. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from escalations.roster import local_time
from escalations.texts import Writer
from residents.people import Contact, Resident

#: how many of a list are read aloud; the page has them all. At 300 syllables a minute 30 s hold about 150.
SPOKEN_ITEMS = 3


@dataclass(frozen=True)
class Brief:
    """`page`: heading → text, in reading order. `spoken`: the 30 seconds, the address first, as 119 asks for it."""

    page: dict[str, str]
    spoken: str


def brief(
    resident: Resident,
    contacts: Sequence[Contact],
    happened: Sequence[tuple[datetime, str]],
    last_activity: datetime | None,
    now: datetime,
    writer: Writer,
) -> Brief:
    """The brief of one resident. happened: when and what, the gravest first, each once.

    last_activity None: not known.
    """
    scribe = _Scribe(resident, writer)
    when = writer.when(last_activity) if last_activity else scribe.words("unknown")
    first: dict[str, datetime] = {}
    for at, text in happened:
        first[text] = min(at, first.get(text, at))
    lines = [scribe.words("happened_line", when=writer.when(at), text=text) for text, at in first.items()]
    page = {
        "name": resident.name,
        "age": scribe.age_and_sex(now),
        "phone": resident.phone or scribe.words("unknown"),
        "address": resident.address or scribe.words("unknown"),
        "way_in": resident.way_in or scribe.words("unknown"),
        "happened": "\n".join(lines),
        "conditions": ", ".join(resident.conditions) or scribe.words("none"),
        "medicines": ", ".join(resident.medicines) or scribe.words("none"),
        "last_activity": when,
        "contacts": "\n".join(scribe.contact(contact) for contact in contacts) or scribe.words("none"),
    }
    headed = {scribe.words(heading): text for heading, text in page.items()}
    return Brief(headed, scribe.spoken(page, [text for _, text in happened[:1]], last_activity))


@dataclass(frozen=True)
class _Scribe:
    resident: Resident
    writer: Writer

    def words(self, key: str, **values: object) -> str:
        return self.writer.words.text(f"escalations.brief.{key}", **values)

    def age_and_sex(self, now: datetime) -> str:
        born, sex = self.resident.born, self.resident.sex
        age = local_time(now, self.writer.timezone).year - born if born else None
        parts = [self.writer.words.text("escalations.age", age=age)] if age else []
        parts += [self.words(f"sex.{sex}")] if sex in ("F", "M") else []
        return " ".join(parts) or self.words("unknown")

    def contact(self, contact: Contact) -> str:
        line = self.words("contact_line", name=contact.name, relation=contact.relation, phone=contact.phone or "")
        return line.strip()

    def spoken(self, page: dict[str, str], happened: list[str], last: datetime | None) -> str:
        person = self.resident
        said = self.words(
            "spoken",
            address=page["address"],
            who=f"{person.name}, {page['age']}",
            way_in=self._part("way_in", person.way_in and [person.way_in.rstrip(". ")], "way_in"),
            happened=" ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in happened),
            conditions=self._part("conditions", person.conditions, "items"),
            medicines=self._part("medicines", person.medicines, "items"),
            last_activity=self.words("spoken_last", when=page["last_activity"]) if last else "",
        )
        return " ".join(said.split())

    def _part(self, name: str, items: Sequence[str] | None, field: str) -> str:
        if not items:
            return ""
        few = ", ".join(items[:SPOKEN_ITEMS])
        left = len(items) - SPOKEN_ITEMS
        shown = self.words("more", items=few, count=left) if left > 0 else few
        return self.words(f"spoken_{name}", **{field: shown})
