"""What is kept of the homes: raw readings for a while, hours for long, states, watches, quarantine, presses."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer
from sqlmodel import Field, SQLModel

from store import Json, Leased, UtcDateTime, Versioned

#: counts up; SQLite numbers only INTEGER keys by itself.
_Counter = BigInteger().with_variant(Integer, "sqlite")


class ReadingRow(SQLModel, table=True):
    """A reading. `key` makes a duplicate fall out; `mark` is the payload's hash where the sender gave no time."""

    __tablename__ = "readings"
    __table_args__ = (Index("ix_readings_home_seq", "home", "seq"), Index("ix_readings_home_at", "home", "at"))

    seq: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
    key: str = Field(unique=True)
    home: str
    device: str
    kind: str
    at: datetime = Field(sa_type=UtcDateTime)
    value: float
    mark: int | None = Field(default=None, sa_type=BigInteger)


class HourRow(SQLModel, table=True):
    """One device's readings of one kind in one hour: what remains when the raw ones are gone.

    `active` counts those that say "somebody is here" (a state of 1); `total` is the sum of the values.
    """

    __tablename__ = "reading_hours"

    home: str = Field(primary_key=True)
    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    device: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    count: int
    active: int
    total: float
    low: float
    high: float


class DeviceStateRow(SQLModel, table=True):
    """What a device last said about itself. `seen_at`: its last live message."""

    __tablename__ = "device_states"

    home: str = Field(primary_key=True)
    device: str = Field(primary_key=True)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    battery: float | None = None
    battery_low: bool | None = None
    link: float | None = None
    online: bool | None = None
    updated_at: datetime = Field(sa_type=UtcDateTime)


class HomeStateRow(SQLModel, table=True):
    """What a gateway last said, at `told_at`. `heartbeat_at`: its last live "here"; `heard_at`: anything live."""

    __tablename__ = "home_states"

    home: str = Field(primary_key=True)
    online: bool | None = None
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    heartbeat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    heard_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class WatchRow(Versioned, Leased, table=True):
    """The rules' memory of one home. `due_at`: new readings, or the next deadline of its rules.

    Readings up to `fed` and states up to `noted_at` are in it; `stamp` changes with every save.
    """

    __tablename__ = "watches"

    home: str = Field(primary_key=True)
    fed: int = Field(default=0, sa_type=BigInteger)
    noted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stamp: str = ""
    state: dict[str, Any] | None = Field(default=None, sa_type=Json)


class FleetRow(SQLModel, table=True):
    """The one row about all homes together: whether the service hears, and whether anybody can be heard.

    `listening_at` (service time) and `listening_real`: when the broker connection was last known to be up;
    `since_real`: since when without a break. `blind_until`: nothing could be heard before. The outage that lasts:
    silent since `outage_since`, so many homes, declared then.
    """

    __tablename__ = "fleet"

    id: int = Field(default=1, primary_key=True)
    listening_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    listening_real: datetime | None = Field(default=None, sa_type=UtcDateTime)
    since_real: datetime | None = Field(default=None, sa_type=UtcDateTime)
    blind_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outage_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outage_declared: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outage_homes: int = 0


class ThresholdRow(SQLModel, table=True):
    """A threshold that is set otherwise. scope: "city", "district:…" or "home:…"; name: as in `thresholds.py`."""

    __tablename__ = "thresholds"

    scope: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value: float


class QuarantineRow(SQLModel, table=True):
    """What could not be used, with the reason, until a technician has looked or it is old."""

    __tablename__ = "quarantine"

    id: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    home: str | None = Field(default=None, index=True)
    device: str | None = None
    topic: str
    reason: str
    detail: str = ""
    payload: str = ""


class PressRow(SQLModel, table=True):
    """One SOS. `slot` is unique, so that two workers cannot both open the same one."""

    __tablename__ = "sos_presses"
    __table_args__ = (Index("ix_sos_presses_home_mark", "home", "mark"),)

    id: str = Field(primary_key=True)
    slot: str = Field(unique=True)
    home: str
    press: str
    device: str | None = None
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    mark: int = Field(sa_type=BigInteger)
    verified: bool = True
    escalation: str | None = None
