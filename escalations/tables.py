"""What is kept of escalations, their ledger, the outbox and the roster. Storage only."""

from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel import Field, Index, SQLModel

from store import Json, Leased, Secret, SecretJson, UtcDateTime, Versioned


def _where(name: str, *columns: str | TextClause, where: str) -> Index:
    """An index of some rows only: what is settled, most of a year, need not stand in it."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class EscalationRow(Leased, Versioned, table=True):
    """One escalation. `policy` is frozen at the opening; `due_at` is the next step, once a person has it the next
    reminder. why: of a false alarm, a key of `escalations.why` in prompts. drill: a press that was asked for."""

    __tablename__ = "escalations"
    __table_args__ = (Index("ix_escalations_queue", "state", "gravity", "opened_at"),)

    id: str = Field(primary_key=True)
    resident: str | None = Field(default=None, index=True)
    home: str | None = Field(default=None, index=True)
    district: str = ""
    level: str
    gravity: int
    state: str
    opened_at: datetime = Field(sa_type=UtcDateTime)
    counted_from: datetime = Field(sa_type=UtcDateTime)
    policy: dict[str, Any] = Field(sa_type=Json)
    step: int = 0
    round: int = 0
    serial: int = 0
    taken_by: str | None = None
    taken_name: str | None = Field(default=None, sa_type=Secret)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reminders: int = 0
    duty_ends: datetime | None = Field(default=None, sa_type=UtcDateTime)
    drill: bool = False
    confirmed_by: str | None = None
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = None
    closed_name: str | None = Field(default=None, sa_type=Secret)
    outcome: str | None = None
    why: str | None = None
    note: str | None = Field(default=None, sa_type=Secret)


class EvidenceRow(SQLModel, table=True):
    """A sign that opened or joined an escalation, as it was then."""

    __tablename__ = "escalation_signs"

    id: int | None = Field(default=None, primary_key=True)
    escalation: str = Field(index=True)
    sign: str = Field(unique=True)
    kind: str
    level: str
    at: datetime = Field(sa_type=UtcDateTime)
    topic: str = ""
    rule: str = ""
    text: str = Field(sa_type=Secret)
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=SecretJson)


class StepRow(SQLModel, table=True):
    """The ledger: every step, attempt and outcome with its seconds since the opening. Append-only; no names."""

    __tablename__ = "escalation_steps"

    id: int | None = Field(default=None, primary_key=True)
    escalation: str = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    seconds: float
    what: str
    step: int | None = None
    round: int = 0
    person_kind: str = ""
    person_id: str = ""
    channel: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class DeliveryRow(Leased, Versioned, table=True):
    """One message for one address. `attempts` is also the fence: only the holder of the latest one may settle it."""

    __tablename__ = "deliveries"
    __table_args__ = (
        _where("ix_deliveries_lane", text("gravity DESC"), "due_at", where="due_at IS NOT NULL"),
        _where("ix_deliveries_expires_at", "expires_at", where="due_at IS NOT NULL"),
        _where("ix_deliveries_escalation", "escalation", where="escalation IS NOT NULL"),
        _where("ix_deliveries_checkin", "checkin", where="checkin IS NOT NULL"),
        Index("ix_deliveries_person", "person_id", "posted_at"),
        # half of a page stays free: a row that is claimed keeps its place, and its indexes are left alone
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: str = Field(primary_key=True)
    idempotency_key: str = Field(unique=True)
    kind: str
    channel: str
    address: str = Field(sa_type=Secret)
    #: the address of a speaker ("home/device"), which only the process holding its socket may claim; else empty.
    route: str = ""
    person_kind: str = ""
    person_id: str = ""
    escalation: str | None = None
    checkin: str | None = None
    level: str | None = None
    gravity: int = -1
    step: int | None = None
    body: dict[str, Any] = Field(sa_type=SecretJson)
    state: str = "waiting"
    posted_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    in_flight: bool = False
    again: int = 0
    last_error: str | None = None
    receipt: str | None = None


class ShiftRow(SQLModel, table=True):
    """One shift of the roster, in the order it was given."""

    __tablename__ = "shifts"

    position: int = Field(primary_key=True)
    coordinator: str
    days: str
    start: str
    end: str
    rank: int


class CoverRow(SQLModel, table=True):
    """Somebody is away from their shifts; `substitute` holds them, None: nobody."""

    __tablename__ = "duty_covers"

    id: str = Field(primary_key=True)
    coordinator: str
    substitute: str | None = None
    start: datetime = Field(sa_type=UtcDateTime)
    end: datetime = Field(sa_type=UtcDateTime, sa_column_kwargs={"name": "ends_at"})
    by: str


class HolidayRow(SQLModel, table=True):
    """The city's own word on a local day (ISO): a holiday with this name, or none although the shipped list has one."""

    __tablename__ = "holidays"

    day: str = Field(primary_key=True)
    off: bool
    name: str = ""


class PolicyRow(Versioned, table=True):
    """What one scope says for itself about who is asked: "city", "district:NAME", "resident:ID"."""

    __tablename__ = "policies"

    scope: str = Field(primary_key=True)
    number: int = 1
    levels: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str


class DrillRow(Versioned, table=True):
    """A drill of one home: until `until` the first press counts as the one that was asked for."""

    __tablename__ = "drills"

    id: str = Field(primary_key=True)
    home: str = Field(index=True)
    by: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    pressed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: escalation ids, of several residents of a home several.
    escalations: list[str] = Field(default_factory=list, sa_type=Json)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AuditRunRow(SQLModel, table=True):
    """What the auditor found in a minute; kept a week."""

    __tablename__ = "audit_runs"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    clean: bool
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
