"""What is kept about people. Whatever names somebody is sealed."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from store import Json, Secret, SecretJson, UtcDateTime, Versioned


class ResidentRow(Versioned, table=True):
    """A resident. `imported`: the consents as the last town file had them, so that only a changed file changes them."""

    __tablename__ = "residents"

    id: str = Field(primary_key=True)
    name: str = Field(sa_type=Secret)
    called: str = Field(sa_type=Secret)
    home: str = Field(index=True)
    district: str = Field(default="", index=True)
    born: int | None = None
    sex: str | None = None
    phone: str | None = Field(default=None, sa_type=Secret)
    address: str | None = Field(default=None, sa_type=Secret)
    way_in: str | None = Field(default=None, sa_type=Secret)
    conditions: list[str] = Field(default_factory=list, sa_type=SecretJson)
    medicines: list[str] = Field(default_factory=list, sa_type=SecretJson)
    plan: dict[str, Any] | None = Field(default=None, sa_type=Json)
    quiet_from: str = "21:00"
    quiet_to: str = "08:00"
    rate: int | None = None
    pitch: int | None = None
    formal: bool = False
    notes: str | None = Field(default=None, sa_type=Secret)
    imported: list[str] | None = Field(default=None, sa_type=Json)


class ConsentRow(SQLModel, table=True):
    """One consent as it stands now; its history is in the audit."""

    __tablename__ = "consents"

    resident: str = Field(primary_key=True, foreign_key="residents.id")
    topic: str = Field(primary_key=True)
    granted: bool
    at: datetime = Field(sa_type=UtcDateTime)
    wording: str
    by: str


class ContactRow(Versioned, table=True):
    """A relative or neighbour, with what may be shared with them. `notify`: addresses besides the chat."""

    __tablename__ = "contacts"

    id: str = Field(primary_key=True)
    resident: str = Field(index=True, foreign_key="residents.id")
    name: str = Field(sa_type=Secret)
    relation: str = Field(sa_type=Secret)
    order: int = Field(default=1, sa_column_kwargs={"name": "rank_order"})
    topics: list[str] = Field(default_factory=list, sa_type=Json)
    emergency: bool = True
    phone: str | None = Field(default=None, sa_type=Secret)
    imported: list[str] | None = Field(default=None, sa_type=Json)
    notify: list[str] | None = Field(default=None, sa_type=SecretJson)


class HomeRow(SQLModel, table=True):
    """A home and its gateway's password, as a hash."""

    __tablename__ = "homes"

    id: str = Field(primary_key=True)
    password_hash: str


class DeviceRow(SQLModel, table=True):
    """A device known in a home."""

    __tablename__ = "devices"

    home: str = Field(primary_key=True, foreign_key="homes.id")
    device: str = Field(primary_key=True)
    kind: str
    room: str = ""
    resident: str | None = Field(default=None, foreign_key="residents.id")
    address: str | None = None


class PresenceRow(SQLModel, table=True):
    """A speaker that is connected until `until` (real time) unless it says so again."""

    __tablename__ = "presence"

    home: str = Field(primary_key=True)
    device: str = Field(primary_key=True)
    until: datetime = Field(sa_type=UtcDateTime)
    instance: str


class CoordinatorRow(Versioned, table=True):
    """Somebody who signs in to the control centre. `email_hash` finds the row, the address itself is sealed."""

    __tablename__ = "coordinators"

    id: str = Field(primary_key=True)
    name: str = Field(sa_type=Secret)
    email: str = Field(sa_type=Secret)
    email_hash: str = Field(unique=True, index=True)
    role: str
    districts: list[str] = Field(default_factory=list, sa_type=Json)
    password_hash: str | None = None
    notify: list[str] | None = Field(default=None, sa_type=SecretJson)


class AbsenceRow(SQLModel, table=True):
    """A time away; `ended_at` when it ended before its end."""

    __tablename__ = "absences"

    id: str = Field(primary_key=True)
    resident: str = Field(index=True, foreign_key="residents.id")
    reason: str = Field(sa_type=Secret)
    start: datetime = Field(sa_type=UtcDateTime)
    end: datetime = Field(sa_type=UtcDateTime, index=True, sa_column_kwargs={"name": "ends_at"})
    by: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CodeRow(SQLModel, table=True):
    """A linking code, as a hash: works once, for seven days."""

    __tablename__ = "codes"

    hash: str = Field(primary_key=True)
    kind: str
    person: str = Field(index=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ChatRow(SQLModel, table=True):
    """Which chat belongs to whom: one chat a person, one person a chat."""

    __tablename__ = "chats"

    chat: str = Field(primary_key=True)
    kind: str
    person: str = Field(index=True)
    linked_at: datetime = Field(sa_type=UtcDateTime)


class TokenRow(SQLModel, table=True):
    """An API or device token, as a hash."""

    __tablename__ = "tokens"

    hash: str = Field(primary_key=True)
    role: str
    name: str = ""
    home: str | None = Field(default=None, index=True)
    device: str | None = None
    made_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
