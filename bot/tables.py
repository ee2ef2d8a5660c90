"""What the bot keeps: updates until they are handled, who polls, and who wants no daily news."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from store import Secret, SecretBytes, SecretJson, UtcDateTime, Versioned


class UpdateState(StrEnum):
    """Where an update stands."""

    WAITING = "waiting"  # kept, not handled yet
    DONE = "done"  # handled; its content is gone, its id stays so that a repetition does nothing
    QUARANTINED = "quarantined"  # could not be handled, however often tried; kept for a person to look at


class UpdateRow(Versioned, table=True):
    """One update as it came. Times are real: this is about the network, not about care."""

    __tablename__ = "telegram_updates"

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    state: str = Field(default=UpdateState.WAITING.value, index=True)
    body: dict[str, Any] | None = Field(default=None, sa_type=SecretJson)
    pressed: str | None = Field(default=None, index=True)  # which message's button answered, as a hash: once is enough
    failures: int = 0
    error: str | None = None
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)
    handled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PollRow(Versioned, table=True):
    """The poll lease: one process polls at a time. `held_until` is real time."""

    __tablename__ = "telegram_polls"

    id: str = Field(primary_key=True)
    holder: str
    held_until: datetime = Field(sa_type=UtcDateTime)


class MuteRow(SQLModel, table=True):
    """A contact who wants no daily news; emergencies come all the same. `until` None: until they say otherwise."""

    __tablename__ = "telegram_mutes"

    contact: str = Field(primary_key=True)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FamilyMessageRow(SQLModel, table=True):
    """What a relative wants read aloud at the next talk; `read_at` once it was. `text`: "" where they spoke it."""

    __tablename__ = "family_messages"

    id: str = Field(primary_key=True)
    resident: str = Field(index=True)
    contact: str
    text: str = Field(sa_type=Secret)
    at: datetime = Field(sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FamilyVoiceRow(SQLModel, table=True):
    """The sound of a message that was spoken. `id`: also its address, so 64 random hex digits. `sound`: Ogg Opus."""

    __tablename__ = "family_voices"

    id: str = Field(primary_key=True)
    message: str = Field(index=True)
    seconds: float
    sound: bytes = Field(sa_type=SecretBytes)
