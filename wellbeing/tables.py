"""What is kept of signs and scores. Storage only."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, Index, SQLModel

from store import Secret, SecretJson, UtcDateTime, Versioned


class SignRow(SQLModel, table=True):
    """One sign, as it was taken. `escalation`: the one it opened or joined."""

    __tablename__ = "signs"
    __table_args__ = (Index("ix_signs_of_resident", "resident", "at"),)

    id: str = Field(primary_key=True)
    resident: str | None = None
    home: str | None = None
    kind: str
    at: datetime = Field(sa_type=UtcDateTime)
    taken_at: datetime = Field(sa_type=UtcDateTime)
    source: str
    text: str = Field(sa_type=Secret)
    rule: str
    level: str | None = None
    part: str | None = None
    value: float | None = None
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=SecretJson)
    escalation: str | None = None


class ScoreRow(Versioned, table=True):
    """A resident's score as it stands. low, falling: what has been said about it already."""

    __tablename__ = "scores"

    resident: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    value: int | None = None
    band: str
    coverage: float
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_type=SecretJson)
    low: str | None = None
    falling: bool = False


class ScoreHistoryRow(SQLModel, table=True):
    """The last score of an hour."""

    __tablename__ = "score_history"

    resident: str = Field(primary_key=True)
    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    at: datetime = Field(sa_type=UtcDateTime)
    value: int | None = None
    band: str
    coverage: float
