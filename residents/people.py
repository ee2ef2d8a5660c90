"""Who the service is for and who stands by: plain, frozen, without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Unknown(LookupError):
    """There is no such person, home or device."""


class Consent(StrEnum):
    """What a resident may agree to, each by itself and revocable at any time."""

    VOICE = "voice"  # being spoken to by the speaker at home
    CHAT = "chat"  # being written to in the chat
    SENSORS = "sensors"  # readings of the home being kept
    HEALTH = "health"  # health data being kept and scored
    FAMILY = "family"  # anything at all being shared with relatives
    AUDIO = "audio"  # the sound of what they say being kept, for 30 days


class Topic(StrEnum):
    """What may be shared with one receiver."""

    HEALTH = "health"
    MOOD = "mood"
    WHEREABOUTS = "whereabouts"
    ACTIVITY = "activity"


class Leaving(StrEnum):
    """Why everything of a resident is erased."""

    WITHDRAWN = "withdrawn"  # they do not want to be known here any more
    DIED = "died"
    MOVED = "moved"  # another city looks after them now
    MISTAKE = "mistake"  # they should never have been entered


@dataclass(frozen=True)
class ConsentGiven:
    """The last word on one topic: granted or withdrawn, when, in which wording, and who noted it."""

    topic: str
    granted: bool
    at: datetime
    wording: str
    by: str


class Role(StrEnum):
    """What somebody may do in the control centre."""

    ADMIN = "admin"  # everything, people and audit too
    SUPERVISOR = "supervisor"  # all districts, takes over anything
    COORDINATOR = "coordinator"  # the own districts
    TECHNICIAN = "technician"  # devices and technical tasks
    VIEWER = "viewer"  # reads only


@dataclass(frozen=True)
class Resident:
    """One resident. `plan` as in the town file.

    How they like to be spoken to: `rate` words a minute and `pitch` 0 to 100, None for the usual; `formal`: 합쇼체.
    """

    id: str
    name: str
    called: str
    home: str
    district: str = ""
    born: int | None = None
    sex: str | None = None
    phone: str | None = None
    address: str | None = None
    way_in: str | None = None
    conditions: tuple[str, ...] = ()
    medicines: tuple[str, ...] = ()
    plan: Mapping[str, Any] | None = None
    quiet_from: str = "21:00"
    quiet_to: str = "08:00"
    rate: int | None = None
    pitch: int | None = None
    formal: bool = False
    notes: str | None = None


#: the parts of a resident that say how they like to be spoken to.
MANNER = ("rate", "pitch", "formal")


@dataclass(frozen=True)
class Place:
    """Where a resident belongs: what can be sorted and chosen by without opening anything sealed."""

    id: str
    home: str
    district: str


@dataclass(frozen=True)
class Contact:
    """A relative or neighbour. `emergency` False: not even an emergency is told to this one."""

    id: str
    resident: str
    name: str
    relation: str
    order: int
    topics: tuple[str, ...] = ()
    emergency: bool = True
    phone: str | None = None


@dataclass(frozen=True)
class Device:
    """A device of a home. `resident` only where a home has two and this one belongs to one of them."""

    home: str
    device: str
    kind: str
    room: str = ""
    resident: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Coordinator:
    """Somebody who works with the control centre. No districts = all of them."""

    id: str
    name: str
    email: str
    role: Role
    districts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Absence:
    """A resident is away (or has guests) until `end`; check-ins and silence alarms pause."""

    id: str
    resident: str
    reason: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Person:
    """Whoever is linked to a chat: kind "resident", "contact" or "coordinator", and the id."""

    kind: str
    id: str


@dataclass(frozen=True)
class Principal:
    """Who makes a request. `kind`: "coordinator", "token" or "device"; `device` as "home/device"."""

    kind: str
    id: str
    role: Role | None = None
    name: str = ""
    districts: tuple[str, ...] = ()
    device: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
