"""The service's clock. Only the shell (edges, sweeps, the command line) reads it; rules get `now` as a parameter."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Field, Session, SQLModel, select

from store.columns import UtcDateTime


class ClockAnchor(SQLModel, table=True):
    """The one row that all processes share: at real time `real` the service's clock showed `service`."""

    __tablename__ = "clock_anchor"

    id: int = Field(default=1, primary_key=True)
    real: datetime = Field(sa_type=UtcDateTime)
    service: datetime = Field(sa_type=UtcDateTime)
    speed: float = 1.0


@dataclass(frozen=True)
class Clock:
    """Service time: `speed` times as fast as real time, from one shared anchor. Leases and time-outs stay real."""

    anchor_real: datetime
    anchor_service: datetime
    speed: float = 1.0

    def now(self) -> datetime:
        """Service time, aware UTC."""
        if self.speed == 1.0 and self.anchor_real == self.anchor_service:
            return self.real()
        return self.anchor_service + (self.real() - self.anchor_real) * self.speed

    def real(self) -> datetime:
        """Real time, aware UTC."""
        return datetime.now(UTC)

    def real_seconds(self, service: timedelta) -> float:
        """How many real seconds a span of service time takes."""
        return service.total_seconds() / self.speed


@dataclass
class FixedClock:
    """A clock the test moves."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def real(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> datetime:
        """Move on by a timedelta's keywords and return the new time."""
        self.at += timedelta(**span)
        return self.at


def load_clock(tx: Session, speed: float) -> Clock:
    """The shared clock. A changed speed is anchored anew at the moment the old clock shows, so time never jumps back.

    At speed 1 with a clock that was never fast, service time is simply real time.
    """
    real = datetime.now(UTC)
    row = tx.exec(select(ClockAnchor)).first()
    if row is None:
        row = ClockAnchor(real=real, service=real, speed=speed)
        tx.add(row)
    elif row.speed != speed:
        row.service = Clock(row.real, row.service, row.speed).now()
        row.real, row.speed = real, speed
        tx.add(row)
    return Clock(row.real, row.service, row.speed)
