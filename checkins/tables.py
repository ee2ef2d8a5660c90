"""What is kept of plans, check-ins and talks. Storage only."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from store import Json, Leased, Secret, SecretJson, UtcDateTime, Versioned


class PlanRow(Versioned, table=True):
    """A resident's plan as it was given, and how far ahead its slots have been written down."""

    __tablename__ = "plans"

    resident: str = Field(primary_key=True)
    plan: dict[str, Any] = Field(sa_type=Json)
    since: datetime = Field(sa_type=UtcDateTime)
    planned_until: datetime = Field(sa_type=UtcDateTime, index=True)


class CheckInRow(Versioned, Leased, table=True):
    """A check-in; one per resident, local day and slot. See checkin.py for what each column means."""

    __tablename__ = "checkins"
    __table_args__ = (UniqueConstraint("resident", "local_date", "slot"),)

    id: str = Field(primary_key=True)
    resident: str = Field(index=True)
    local_date: str
    slot: str
    origin: str
    script: str = "daily"
    state: str = Field(index=True)
    planned_at: datetime = Field(sa_type=UtcDateTime, index=True)
    attempts_min: list[int] = Field(sa_type=Json)
    channels: list[str] = Field(sa_type=Json)
    attempt: int = 0
    tried: list[str] = Field(default_factory=list, sa_type=Json)
    again: bool = False
    unreachable: int = 0
    channel: str | None = None
    base_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    late: bool = False
    reason: str | None = None
    by: str | None = None
    escalation: str | None = None


class TalkRow(Versioned, Leased, table=True):
    """The conversation of a check-in, open as long as its state says. `due_at`: when silence has lasted too long.
    `scripts`: the number of the last change of the scripts when it began; it keeps to their words of then."""

    __tablename__ = "talks"

    checkin: str = Field(primary_key=True)
    resident: str = Field(index=True)
    open: bool = Field(default=True, index=True)
    state: dict[str, Any] = Field(sa_type=SecretJson)
    channel: str = ""
    address: str = Field(default="", sa_type=Secret)
    home: str = ""
    sentences: int = 0
    scripts: int = 0
    opened_at: datetime = Field(sa_type=UtcDateTime)
    heard_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TurnRow(SQLModel, table=True):
    """One thing said in a talk, by the service or by the resident."""

    __tablename__ = "turns"

    id: str = Field(primary_key=True)
    checkin: str = Field(index=True)
    resident: str
    at: datetime = Field(sa_type=UtcDateTime)
    who: str
    text: str = Field(sa_type=Secret)
    confidence: float | None = None
    channel: str = ""


class AcquaintanceRow(Versioned, table=True):
    """What the service remembers of talking with a resident: the first talk, and when which advice was given."""

    __tablename__ = "acquaintances"

    resident: str = Field(primary_key=True)
    introduced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    said: dict[str, str] = Field(default_factory=dict, sa_type=Json)


class FactRow(Versioned, table=True):
    """One remembered thing; see facts.py for what each column means. Days are local, as text. `held_by`: the consent
    it rests on, "" for none of its own: taken back, it is deleted."""

    __tablename__ = "facts"

    id: str = Field(primary_key=True)
    resident: str = Field(index=True)
    kind: str
    topic: str
    how: str
    about: str = Field(default="", sa_type=Secret)
    said: str = Field(default="", sa_type=Secret)
    said_at: datetime = Field(sa_type=UtcDateTime)
    turn: str = ""
    state: str = "open"
    since: str
    last: str = ""
    asked: str | None = None
    times: int = 0
    day: str | None = None
    held_by: str = ""


class InstrumentDueRow(Versioned, table=True):
    """When an instrument is offered to a resident next; None: no more, until a person starts it again. `refused`: how
    often in a row."""

    __tablename__ = "instrument_dues"

    resident: str = Field(primary_key=True)
    instrument: str = Field(primary_key=True)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    refused: int = 0


class InstrumentResultRow(SQLModel, table=True):
    """One time an instrument was asked. `how`: "filled" or "stopped"; `points`: the published score, None where it was
    not finished; `answers`: points of each item answered. `held_by`: the consent it rests on."""

    __tablename__ = "instrument_results"

    id: str = Field(primary_key=True)
    resident: str = Field(index=True)
    instrument: str
    instrument_version: str
    checkin: str
    at: datetime = Field(sa_type=UtcDateTime)
    how: str
    points: int | None = None
    positive: bool = False
    answers: list[int] = Field(sa_type=SecretJson)
    held_by: str


class WishRow(Versioned, table=True):
    """A wish as a task; `fact` is what was asked for. `due_on`: a local day; `answer`: what the resident is told."""

    __tablename__ = "wishes"

    fact: str = Field(primary_key=True)
    resident: str = Field(index=True)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    due_on: str
    owner: str = ""
    escalation: str | None = None
    outcome: str = Field(default="open", index=True)
    answer: str = Field(default="", sa_type=Secret)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WordingRow(SQLModel, table=True):
    """One change of a sentence of the scripts; the last one of a `key` holds. Append-only. wordings: none puts the
    shipped ones back; shipped: what stood there when it was changed."""

    __tablename__ = "wordings"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = Field(index=True)
    wordings: list[str] = Field(sa_type=Json)
    shipped: list[str] = Field(sa_type=Json)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    why: str = Field(sa_type=Secret)


class MarkRow(SQLModel, table=True):
    """How far a sweep over time has come, by name."""

    __tablename__ = "checkin_marks"

    name: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
