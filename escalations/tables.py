"""What is kept of escalations, their ledger, the outbox and the roster. Storage only."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, Index, SQLModel

from store import Json, Leased, Secret, SecretJson, UtcDateTime, Versioned


class EscalationRow(Leased, Versioned, table=True):
    """One escalation. `policy` is frozen at the opening; `due_at` is the next step, None once a person has it."""

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
    confirmed_by: str | None = None
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = None
    closed_name: str | None = Field(default=None, sa_type=Secret)
    outcome: str | None = None
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
    __table_args__ = (Index("ix_deliveries_lane", "gravity", "due_at"),)

    id: str = Field(primary_key=True)
    idempotency_key: str = Field(unique=True)
    kind: str
    channel: str
    address: str = Field(sa_type=Secret)
    #: the address of a speaker ("home/device"), which only the process holding its socket may claim; else empty.
    route: str = Field(default="", index=True)
    person_kind: str = ""
    person_id: str = ""
    escalation: str | None = Field(default=None, index=True)
    checkin: str | None = Field(default=None, index=True)
    level: str | None = None
    gravity: int = -1
    step: int | None = None
    body: dict[str, Any] = Field(sa_type=SecretJson)
    state: str = "waiting"
    posted_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
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


class AuditRunRow(SQLModel, table=True):
    """What the auditor found in a minute; kept a week."""

    __tablename__ = "audit_runs"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    clean: bool
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
