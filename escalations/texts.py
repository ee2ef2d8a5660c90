"""The sentences of pages and notices, put together from prompts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from escalations.roster import local_time
from prompts import Words
from residents.people import Resident
from residents.sign import Level

#: the home of an escalation whose person was erased: nobody's any more, and not "several homes" either.
ERASED = ""


@dataclass(frozen=True)
class About:
    """Whom and what an escalation is about, as people are told. `resident` None: a home, or several."""

    resident: Resident | None
    home: str | None
    level: Level
    opened_at: datetime
    drill: bool = False


@dataclass(frozen=True)
class Writer:
    """Writes what people read about escalations, in local time."""

    words: Words
    timezone: str

    def when(self, at: datetime) -> str:
        """ "11월 22일 15:05"."""
        local = local_time(at, self.timezone)
        return self._text("when", month=local.month, day=local.day, time=local.strftime("%H:%M"))

    def name(self, about: About) -> str:
        """Whom it is about."""
        if about.resident:
            return about.resident.name
        if about.home == ERASED:
            return self._text("erased")
        return self._text("home", home=about.home) if about.home else self._text("everywhere")

    def page(self, audience: str, about: About, reasons: Sequence[str], times: int, raised: bool) -> str:
        """A page's text. audience: "staff" | "contact" | "broadcast", or "staff_plain" | "contact_plain"
        where no button can be pressed; times: which page to this person it is."""
        person = about.resident
        text = self._text(
            f"page.{audience}",
            head=self._head(about, times, raised),
            name=self.name(about),
            facts=self._facts(person, about.opened_at) if person else "",
            reasons="\n".join(f"· {line}" for line in reasons) or self._text("page.private"),
            when=self.when(about.opened_at),
            phone=self._reach(person, audience) if person else "",
        )
        return text + self._text("page.drill") if about.drill else text

    def line(self, about: About, reasons: Sequence[str]) -> str:
        """A page as one line among others."""
        facts = self._facts(about.resident, about.opened_at) if about.resident else ""
        mark = self._text(f"mark.{about.level.value}")
        reason = reasons[0] if reasons else self._text("page.private")
        return self._text("together.line", mark=mark, name=self.name(about), facts=facts, reason=reason)

    def notice(self, key: str, about: About, at: datetime, **facts: str) -> str:
        """A notice's text; `key` below `escalations.notice`."""
        return self._text(f"notice.{key}", name=self.name(about), when=self.when(at), **facts)

    def outcome(self, code: str) -> str:
        """An outcome code in words."""
        return self._text(f"outcome.{code}")

    def _head(self, about: About, times: int, raised: bool) -> str:
        level = about.level.value
        key = "page.head_drill" if about.drill else "page.head"
        head = self._text(key, mark=self._text(f"mark.{level}"), level=self._text(f"level.{level}"))
        head += self._text("page.raised") if raised else ""
        return head + (self._text("page.again", times=times) if times > 1 else "")

    def _facts(self, person: Resident, now: datetime) -> str:
        born = self._text("age", age=local_time(now, self.timezone).year - person.born) if person.born else ""
        facts = [fact for fact in (born, person.district) if fact]
        return f" ({', '.join(facts)})" if facts else ""

    def _reach(self, person: Resident, audience: str) -> str:
        phone = self._text("page.phone", phone=person.phone) if person.phone else ""
        address = self._text("page.address", address=person.address) if person.address else ""
        return phone + (address if audience.startswith("staff") else "")

    def _text(self, key: str, **values: object) -> str:
        return self.words.text(f"escalations.{key}", **values)
