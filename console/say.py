"""How times, spans and names are written on a page. Pure; the words come from prompts."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from prompts import Words

#: characters that turn the reading direction around or are not there to be seen.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)

#: 02-312-3456, 010-1234-5678, 01012345678, +82 10 1234 5678
_PHONE = re.compile(r"(?<![\d+-])(?:\+82[ -]?|0)\d{1,2}[ -]?\d{3,4}[ -]?\d{4}(?![\d-])")
_LINK = Markup('<a class="nowrap" href="tel:{}">{}</a>')


def plain(text: object) -> str:
    """Somebody else's text without invisible and direction-turning characters; escaping is the template's."""
    return _HIDDEN.sub("", str(text))


def lines(text: object) -> Markup:
    """Line breaks as such, everything else escaped."""
    return Markup("<br>").join(escape(line) for line in str(text).split("\n"))


def dialled(text: object) -> Markup:
    """As `lines`, with each Korean telephone number a link that dials it."""
    told, at = Markup(), 0
    for number in _PHONE.finditer(str(text)):
        told += lines(str(text)[at : number.start()])
        told += _LINK.format(re.sub("[ -]", "", number[0]), number[0])
        at = number.end()
    return told + lines(str(text)[at:])


class Say:
    """Writing for one language and time zone."""

    def __init__(self, words: Words, zone: ZoneInfo) -> None:
        self.words = words
        self.zone = zone

    def t(self, key: str, /, **values: object) -> str:
        """The console's words under a key."""
        return self.words.text(f"console.{key}", **values)

    def t_or(self, key: str, other: str) -> str:
        """The words under a key, or `other` where the key is one that came from outside."""
        return self.words.text(f"console.{key}") if self.words.has(f"console.{key}") else other

    def room(self, room: str) -> str:
        """A room as people call it; the town file's own name where it is an unusual one."""
        named = self.words.data("intake.rooms")
        return str(named.get(room, room or self.t("no_room")))

    def refusal(self, reason: str) -> str:
        """Why something stands in quarantine."""
        return str(self.words.data("intake.reasons").get(reason, reason))

    def rule(self, name: str) -> str:
        """What a rule watches for ("talk@1 fall"); its own name where there are no words for it."""
        of = name.rpartition(" ")[2].partition("@")[0]
        return self.t_or(f"rule.{of}", self.t_or(f"understanding.risk.{of}", name))

    def why(self, code: str) -> str:
        """Why an alarm was wrong; "" where nobody said."""
        return self.words.text(f"escalations.why.{code}") if code else self.t("escalation.why_unsaid")

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def iso(self, at: datetime) -> str:
        return self.local(at).isoformat()

    def clock(self, at: datetime) -> str:
        """09:30"""
        return f"{self.local(at):%H:%M}"

    def day(self, at: datetime) -> str:
        """11월 22일 (일)"""
        here = self.local(at)
        weekday = self.words.options("console.weekdays")[here.weekday()]
        return self.t("format.day", month=here.month, day=here.day, weekday=weekday)

    def stamp(self, at: datetime) -> str:
        """11.22 09:30"""
        return f"{self.local(at):%m.%d %H:%M}"

    def moment(self, at: datetime, now: datetime) -> str:
        """The time alone where it is today's, else with its day."""
        return self.clock(at) if self.local(at).date() == self.local(now).date() else self.stamp(at)

    def after(self, seconds: float) -> str:
        """How long after the opening: +0:12, +3:05, from an hour on +2시간."""
        whole = int(max(0.0, seconds))
        short = f"{whole // 60}:{whole % 60:02d}"
        return self.t("format.plus", span=short if whole < 3600 else self.length(timedelta(seconds=whole)))

    def length(self, span: timedelta) -> str:
        """A length of time in the one or two units that matter."""
        seconds = int(abs(span.total_seconds()))
        if seconds < 60:
            return self.t("format.seconds", n=seconds)
        if seconds < 3600:
            return self.t("format.minutes", n=seconds // 60)
        if seconds < 86400:
            return self._two("format.hours", seconds // 3600, "format.minutes", seconds % 3600 // 60)
        return self._two("format.days", seconds // 86400, "format.hours", seconds % 86400 // 3600)

    def span(self, seconds: float) -> str:
        """A length given in seconds."""
        return self.length(timedelta(seconds=seconds))

    def ago(self, at: datetime, now: datetime) -> str:
        """3분 전"""
        return self.t("format.ago", span=self.length(now - at)) if at <= now else self.stamp(at)

    def left(self, until: datetime, now: datetime) -> str:
        """0:42 below ten minutes, else as a length; the same past the time."""
        seconds = int(abs((until - now).total_seconds()))
        return f"{seconds // 60}:{seconds % 60:02d}" if seconds < 600 else self.length(until - now)

    def _two(self, first: str, many: int, second: str, few: int) -> str:
        head = self.t(first, n=many)
        return f"{head} {self.t(second, n=few)}" if few else head
