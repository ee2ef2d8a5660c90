"""What every handler knows: the services, the words, the ports, and the city's time zone."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.phrases import Phrases
from checkins.service import Checkins
from escalations.service import Escalations
from prompts import Words
from residents.sign import Level, Sign, Source
from speech.meaning import Understand
from wellbeing.service import Wellbeing


class NoVoice(Exception):
    """There is no voice model just now: raised by what is handed in as `transcribe`."""


Transcribe = Callable[[bytes], Awaitable[tuple[str, float] | None]]


@dataclass(frozen=True)
class House:
    """Made once by wiring, which hands in what looks the other way: how words are understood and voices heard.

    transcribe: audio as Telegram sends it (ogg/opus) → the text and how sure, None when nothing could be made out;
    raises NoVoice while the model is missing; itself None where no voices are heard at all. Holds no state of its own.
    """

    escalations: Escalations
    wellbeing: Wellbeing
    checkins: Checkins
    words: Words
    understand: Understand
    transcribe: Transcribe | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Seoul"))

    @cached_property
    def phrases(self) -> Phrases:
        """What people may say to the bot."""
        return Phrases(self.words.data("bot"))

    def text(self, key: str, **values: object) -> str:
        """A sentence of the bot's."""
        return self.words.text(f"bot.{key}", **values)

    def clock_time(self, at: datetime) -> str:
        """ "오전 9:05", in the city's time."""
        local = at.astimezone(self.zone)
        return self.text(
            "morning" if local.hour < 12 else "afternoon", hour=(local.hour - 1) % 12 + 1, minute=local.minute
        )

    def day(self, day: date) -> str:
        """ "11월 25일(수)"."""
        return self.text("day", month=day.month, day=day.day, weekday=self.words.options("bot.weekdays")[day.weekday()])

    def age(self, since: datetime, now: datetime) -> str:
        """ "3분 전"."""
        minutes = max(0, int((now - since).total_seconds() // 60))
        if minutes < 60:
            return self.text("minutes_ago", n=minutes) if minutes else self.text("just_now")
        return (
            self.text("hours_ago", n=minutes // 60) if minutes < 60 * 24 else self.text("days_ago", n=minutes // 1440)
        )

    def today(self, now: datetime) -> date:
        """The local date."""
        return now.astimezone(self.zone).date()


def sign(
    id: str, resident: str, kind: str, level: Level | None, text: str, now: datetime, because: Iterable[str] = ()
) -> Sign:
    """A sign the bot itself gives: it weighs in no score, but a person must look."""
    evidence = {"because": sorted(because)} if because else {}
    return Sign(id, resident, kind, now, Source.TALK, text, "bot@1", level=level, evidence=evidence)
