"""What is kept of voices: recordings to be spoken with, what was said by those who agreed, who holds which satellite,
and who was promised a call. Storage only."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from store import Secret, SecretBytes, UtcDateTime, Versioned


class RecordingRow(SQLModel, table=True):
    """A sentence in a real voice. `id`: also its address, so 64 random hex digits. `resident`: "" for everybody.
    `sentence`: the keyed hash of its normalised text. `sound`: WAV, PCM16, 16 kHz, mono."""

    __tablename__ = "recordings"
    __table_args__ = (UniqueConstraint("resident", "sentence"),)

    id: str = Field(primary_key=True)
    resident: str = Field(default="", index=True)
    sentence: str
    text: str = Field(sa_type=Secret)
    voice: str = Field(sa_type=Secret)
    seconds: float
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    sound: bytes = Field(sa_type=SecretBytes)


class KeptSoundRow(SQLModel, table=True):
    """The sound of one turn of a talk, by the resident's consent only. `sound`: Ogg Opus."""

    __tablename__ = "kept_sounds"

    turn: str = Field(primary_key=True)
    resident: str = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    seconds: float
    sound: bytes = Field(sa_type=SecretBytes)


class SatelliteHoldRow(Versioned, table=True):
    """Which process holds the connection to a satellite, until `held_until` (real time) unless it says so again."""

    __tablename__ = "satellite_holds"

    home: str = Field(primary_key=True)
    device: str = Field(primary_key=True)
    holder: str
    held_until: datetime = Field(sa_type=UtcDateTime)


class CallBackRow(SQLModel, table=True):
    """A speaker whose resident was told, at this real time, that they will be called back."""

    __tablename__ = "call_backs"

    home: str = Field(primary_key=True)
    device: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
