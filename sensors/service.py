"""The homes for the rest of the house: presses, looks at what is new, outages, and what may be shown.

`Sensors` is made once by wiring; every method runs inside the caller's transaction and never commits.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from prompts import Words
from residents import batch
from residents import service as residents
from residents.people import Resident, Unknown
from residents.sign import Level, Sign, Source
from sensors import adjusting, fleet, hours, measured, views
from sensors.measured import Measured
from sensors.message import Message, Sos
from sensors.outage import gone_since
from sensors.presses import Answer, take_press
from sensors.preview import Preview, preview
from sensors.tables import QuarantineRow
from sensors.today import MORNING_H, seen_today
from sensors.unseen import Unseen, unseen
from sensors.views import Activity, DeviceShown, HourShown, ValueShown
from sensors.watching import AskNow, LastAnswer, Watching
from wellbeing.service import Wellbeing

#: a home without a sign of life for so long before a missed check-in counts as silent too.
QUIET = timedelta(hours=3)


def _never(_tx: Session, _resident: str, _since: datetime) -> None:
    return None


@dataclass(frozen=True)
class Sensors:
    """ask_now: how a silence of level `check` is answered, `(tx, resident, reason, now)`. zone: whose hours count.
    last_answer: when and by which channel the resident last answered or talked, `(tx, resident, since)`."""

    wellbeing: Wellbeing
    words: Words
    ask_now: AskNow
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Seoul"))
    last_answer: LastAnswer = _never

    @cached_property
    def watching(self) -> Watching:
        """The live rules, with this process's memory of the homes."""
        return Watching(self.wellbeing, self.words, self.zone, self.ask_now, self.last_answer)

    # -- what comes in ---------------------------------------------------------------------------------------

    def press(self, tx: Session, sos: Sos, message: Message, now: datetime, /) -> Answer:
        """Open (or join) the emergency of one press, once. The ingest calls it."""
        return take_press(tx, self.wellbeing, self.words, sos, message, now)

    def listening(self, tx: Session, now: datetime, real: datetime) -> None:
        """The broker connection is up; to be said every 10 real seconds by whoever holds it."""
        fleet.listening(tx, now, real)

    # -- what is due -----------------------------------------------------------------------------------------

    def sweep(self, tx: Session, now: datetime, real: datetime, limit: int = 20, holder: str = "clock") -> int:
        """Look at homes with something new or a deadline. How many; call again while it equals `limit`.

        Wake it with `store.signals.waiter("watches")`, and every real second in any case.
        """
        return self.watching.sweep(tx, now, real, limit, holder)

    def sweep_fleet(self, tx: Session, now: datetime, real: datetime) -> None:
        """See whether everybody is silent at once; to be called every half minute."""
        if fleet.look(tx, now, real).may_judge:
            self.watching.act(tx, fleet.judge(tx, now, self.zone), now)
        elif (deaf := fleet.deaf_since(tx, real)) is not None:
            self.wellbeing.take(tx, [self._deaf(deaf, now, real)], now)

    def purge(self, tx: Session, now: datetime) -> int:
        """Delete what is older than it is kept. Call again while it is not 0."""
        return hours.purge(tx, now)

    # -- what others may know --------------------------------------------------------------------------------

    def last_activity(self, tx: Session, resident: str) -> datetime | None:
        """When a resident was last known to be up and about, for the 119 brief."""
        last = self.last_seen(tx, resident)
        return None if last is None else last.at

    def last_seen(self, tx: Session, resident: str) -> Activity | None:
        """The same with device, kind and room."""
        person = self._person(tx, resident)
        return None if person is None else views.last_activity(tx, person)

    def quiet_home(self, tx: Session, resident: str, now: datetime) -> Mapping[str, Any] | None:
        """For a missed check-in: {"silent", "lost", "text"}; None where the home has no sensors (or no consent)."""
        person = self._person(tx, resident)
        if person is None or not views.has_sensors(tx, person.home):
            return None
        if not residents.has_consent(tx, resident, "sensors"):
            return None
        last = views.last_activity(tx, person)
        watch = self.watching.watch_of(tx, person.home)
        lost = watch is not None and gone_since(watch.known.gateway, now.timestamp()) is not None
        silent = (watch is not None and watch.is_silent) or (last is not None and now - last.at > QUIET)
        return {"silent": silent and not lost, "lost": lost, "text": "" if last is None else self._said(last, now)}

    def seen_today(self, tx: Session, ids: Collection[str], now: datetime) -> Mapping[str, frozenset[str]]:
        """Resident → what their home has shown of today (`sensors.today`); only of who agreed to sensors and lives
        alone: of two nobody knows who it was."""
        agreed = [id for id, topics in batch.consents_of(tx, ids).items() if "sensors" in topics]
        alone = batch.alone(tx, agreed)
        here = now.astimezone(self.zone)
        uses = views.uses(tx, set(alone.values()), here.replace(hour=MORNING_H, minute=0, second=0, microsecond=0))
        watches = self.watching.watches_of(tx, set(uses))
        return {
            id: seen_today(watches[home].habits.day if home in watches else None, uses[home], here)
            for id, home in alone.items()
            if home in uses
        }

    def device_states(self, tx: Session, now: datetime, home: str | None = None) -> Sequence[DeviceShown]:
        """Every device with battery, link and state."""
        return views.device_states(tx, now, home)

    def home_states(self, tx: Session, now: datetime) -> Mapping[str, str]:
        """Home → online|offline|unknown."""
        return views.home_states(tx, now)

    def heard(self, tx: Session) -> Mapping[str, datetime | None]:
        """Home → when anything of it was heard last; homes never heard are not in it."""
        return views.heard(tx)

    def unseen(self, tx: Session, now: datetime, real: datetime) -> Mapping[str, Unseen]:
        """Home → why nobody can see into it now; homes that can be seen are not in it."""
        return unseen(tx, now, real)

    def thresholds(self, tx: Session) -> Mapping[str, Mapping[str, float]]:
        """Scope → name → value of what is set otherwise than the rules' own (`sensors.thresholds`)."""
        return adjusting.kept(tx)

    def set_thresholds(
        self, tx: Session, scope: str, limits: Mapping[str, float], by: str, where: str, now: datetime
    ) -> None:
        """These and no others are set otherwise in this scope. Raises adjusting.BadThreshold."""
        adjusting.change(tx, scope, limits, by, where, now)

    def preview(self, tx: Session, scope: str, limits: Mapping[str, float], now: datetime) -> Preview:
        """What these thresholds would have done over the last 30 days; takes seconds."""
        return preview(tx, scope, limits, now, self.zone)

    def activity(self, tx: Session, home: str, since: datetime, until: datetime) -> Sequence[HourShown]:
        """Signs of life by hour and room."""
        return views.activity(tx, home, since, until)

    def values(self, tx: Session, home: str, kind: str, since: datetime, until: datetime) -> Sequence[ValueShown]:
        """Hourly means of a measured kind."""
        return views.values(tx, home, kind, since, until)

    def measured(self, tx: Session, person: Resident, since: datetime | None = None) -> Iterator[Measured]:
        """What a resident's own devices measured of the body, by time; of old readings the means of hours."""
        return measured.measured(tx, person, since)

    def quarantine(self, tx: Session, before: int | None, limit: int) -> Sequence[QuarantineRow]:
        """What could not be used, newest first."""
        return views.quarantine(tx, before, limit)

    def outage(self, tx: Session, now: datetime, real: datetime) -> Mapping[str, Any] | None:
        """The outage that hides homes now: {"since", "homes"}; None while there is none."""
        lasting = fleet.look(tx, now, real).outage
        if lasting is None:
            return None
        since = datetime.fromtimestamp(lasting.since, self.zone)
        return {"since": since, "homes": lasting.homes - len(lasting.back)}

    def counts(self, tx: Session) -> Mapping[str, int]:
        """For the status page."""
        return views.counts(tx)

    def _deaf(self, since: datetime, now: datetime, real: datetime) -> Sign:
        minutes = round((real - since).total_seconds() / 60)
        return Sign(
            id=f"s-deaf-{since.timestamp():.0f}",
            resident=None,
            kind="outage",
            at=now,
            source=Source.SERVICE,
            text=self.words.text("intake.broker.silent", minutes=minutes),
            rule="listening@1",
            level=Level.TECHNICAL,
            evidence={"since": since.isoformat()},
        )

    def _person(self, tx: Session, resident: str) -> Resident | None:
        try:
            return residents.resident(tx, resident)
        except Unknown:
            return None

    def _said(self, last: Activity, now: datetime) -> str:
        room = self.words.data("intake")["rooms"].get(last.room, last.room)
        what = self.words.text(f"intake.evidence.kinds.{last.kind}")
        at = last.at.astimezone(self.zone)
        days = (now.astimezone(self.zone).date() - at.date()).days
        key = "last" if days == 0 else "yesterday" if days == 1 else "older"
        return self.words.text(
            f"intake.evidence.{key}", room=f"{room} " if room else "", what=what, time=at.strftime("%H:%M"), days=days
        )
