"""A sign: one thing seen, said or measured about a resident, with the evidence it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How soon a person must come."""

    EMERGENCY = "emergency"  # now: SOS, cry for help, chest pain, fall, fire
    URGENT = "urgent"  # within 15 minutes: self-harm thought, long silence, third miss with silent sensors
    WATCH = "watch"  # the same working day: third miss, low band, falling trend, wish
    TECHNICAL = "technical"  # within two working days: battery, offline, outage

    @property
    def gravity(self) -> int:
        """3 for emergency down to 0 for technical."""
        return _GRAVITY[self]


_GRAVITY = {Level.TECHNICAL: 0, Level.WATCH: 1, Level.URGENT: 2, Level.EMERGENCY: 3}


class Source(StrEnum):
    """Where a sign came from. A score rests on at least two of these."""

    CHECKIN = "checkin"  # whether they answered at all
    TALK = "talk"  # what they said, by voice or chat
    SENSOR = "sensor"  # the home: motion, doors, temperature
    VITAL = "vital"  # blood pressure, pulse, weight…
    INSTRUMENT = "instrument"  # PHQ-2, WHO-5 and the like
    SOS = "sos"  # the button
    SERVICE = "service"  # the service about itself: outage, missed while down


class Part(StrEnum):
    """A part of the wellbeing score."""

    ANSWERING = "answering"
    MOOD = "mood"
    HEALTH = "health"
    MEALS = "meals"
    SLEEP = "sleep"
    MEDICINE = "medicine"
    SOCIAL = "social"
    ACTIVITY = "activity"
    VITALS = "vitals"
    INSTRUMENTS = "instruments"


@dataclass(frozen=True)
class Sign:
    """One sign. Signs make the score; one with a `level` also opens (or joins) an escalation.

    id: stable, so that the same sign reported twice is one. resident: None for a sign about a home or the fleet.
    kind: a plain noun ("sos", "fall", "silence", "missed_checkin", "meal_skipped", "battery_low").
    text: one Korean sentence a coordinator can read aloud. part and value (0 bad … 1 good): its weight in the score,
    None when it does not count there. rule: name and version of the rule that made it, "silence@1".
    evidence: what it rests on, JSON-able.
    """

    id: str
    resident: str | None
    kind: str
    at: datetime
    source: Source
    text: str
    rule: str
    level: Level | None = None
    part: Part | None = None
    value: float | None = None
    home: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
