"""What is kept of sign-ins. Tokens and addresses only as hashes; all times here are real time."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from store import UtcDateTime


class SessionRow(SQLModel, table=True):
    """One sign-in at the console."""

    __tablename__ = "sessions"

    hash: str = Field(primary_key=True)
    coordinator: str = Field(index=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInTryRow(SQLModel, table=True):
    """Failed sign-ins of one account from one address (or of one address alone)."""

    __tablename__ = "sign_in_tries"

    key: str = Field(primary_key=True)
    failures: int = 0
    last_at: datetime = Field(sa_type=UtcDateTime, index=True)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
