"""The services, made once and handed to each other in one line: escalations ← wellbeing ← check-ins ← sensors."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from threading import Lock
from typing import Any

import structlog
from sqlmodel import Session

from bot.messages import FamilyMail
from checkins.service import AlreadyRunning, Checkins
from escalations.service import Escalations
from residents.service import has_consent
from residents.sign import Level, Sign, Source
from sensors.message import Message, Sos
from sensors.service import Sensors
from settings import Settings
from speech.meaning import Explain, Explained, Meaning, Understand
from speech.understanding.reader import Reader
from speech.understanding.reader import load as load_understanding
from wellbeing.service import Wellbeing
from wiring.house import House

log = structlog.get_logger(__name__)

#: real seconds that belong to the start alone.
WARM_UP_AFTER_S = 0.5


@dataclass(frozen=True)
class Services:
    """Everything an edge may call."""

    understand: Understand
    explain: Explain
    escalations: Escalations
    wellbeing: Wellbeing
    checkins: Checkins
    sensors: Sensors

    async def warm_up(self, sentence: str) -> None:
        """Load what the first utterance would else wait for, once the start itself is through. Raises for bad words."""
        await asyncio.sleep(WARM_UP_AFTER_S)
        await asyncio.to_thread(self.understand, sentence, sentence)

    async def understood(self, text: str, prompt: str) -> Meaning:
        """What it means, worked out away from the event loop."""
        return await asyncio.to_thread(self.understand, text, prompt)

    def press_sos(self, tx: Session, home: str, device: str, press: str, now: datetime) -> str:
        """A speaker's SOS goes the same way as a button's. The escalation's id."""
        message = Message(f"homes/{home}/sos", b"", now)
        answer = self.sensors.press(tx, Sos(home, device, press, now), message, now)
        return answer.escalation or answer.press


def make_services(house: House) -> Services:
    """All services of this house. What looks the other way along the line is a function handed in here."""
    looks = _Looks()
    settings, words = house.settings, house.words
    urls = tuple(settings.notify_urls.split())
    escalations = Escalations(words, settings.timezone, urls, last_activity=looks.last_activity)
    wellbeing = Wellbeing(escalations, words)
    checkins = Checkins(
        words,
        wellbeing,
        settings.zone,
        settings.speed,
        quiet_home=looks.quiet_home,
        late_answer=lambda tx, escalation, _resident, now: escalations.late_answer(tx, escalation, now),
        family=FamilyMail(words),
        seen_today=looks.seen_today,
    )
    sensors = Sensors(wellbeing, words, _AskNow(checkins, wellbeing), settings.zone, checkins.last_answer)
    looks.sensors = sensors
    return Services(*_reader(settings), escalations, wellbeing, checkins, sensors)


def _reader(settings: Settings) -> tuple[Understand, Explain]:
    """Understanding that loads when first used (`warm_up` does it right after the start): a start need not wait.
    Two first messages at once wait for the same load."""
    loaded = cache(lambda: load_understanding(settings.language, settings.sentiment_model, settings.sentiment_labels))
    one_at_a_time = Lock()

    def load() -> Reader:
        with one_at_a_time:
            return loaded()

    def understand(text: str, prompt: str) -> Meaning:
        return load().read(text, prompt)

    def explain(text: str, prompt: str) -> Explained:
        return load().explain(text, prompt)

    return understand, explain


class _Looks:
    """What escalations and check-ins ask of the sensors, which are made last."""

    sensors: Sensors

    def last_activity(self, tx: Session, resident: str) -> datetime | None:
        return self.sensors.last_activity(tx, resident)

    def seen_today(self, tx: Session, residents: Collection[str], now: datetime) -> Mapping[str, frozenset[str]]:
        return self.sensors.seen_today(tx, residents, now)

    def quiet_home(self, tx: Session, resident: str, now: datetime) -> Mapping[str, Any] | None:
        return self.sensors.quiet_home(tx, resident, now)


@dataclass(frozen=True)
class _AskNow:
    """A home is silent: its resident is asked at once, unless somebody is already asking. Who may not be asked is a
    person's to look after: a task, once a day."""

    checkins: Checkins
    wellbeing: Wellbeing

    def __call__(self, tx: Session, resident: str, reason: str, now: datetime, /) -> None:
        if not (has_consent(tx, resident, "voice") or has_consent(tx, resident, "chat")):
            self._tell_a_person(tx, resident, reason, now)
            return
        try:
            self.checkins.start(tx, resident, "sensors", now, reason="silence")
        except AlreadyRunning:
            log.info("silence while a check-in is running", resident=resident)

    def _tell_a_person(self, tx: Session, resident: str, reason: str, now: datetime) -> None:
        sign_id = f"silence_unasked:{resident}:{self.checkins.local_day(now)}"
        sign = Sign(sign_id, resident, "silence", now, Source.SENSOR, reason, "silence_unasked@1", Level.WATCH)
        self.wellbeing.take(tx, [sign], now)
