"""What a running service's clock shows, whatever the day and the hour at which the tests run."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from store import Store
from store.clock import ClockAnchor
from store.migrate import migrate
from tests.running import Service

#: a Monday, eleven in the morning: everybody is awake, and no check-in of the usual plans is near.
MONDAY = datetime(2026, 11, 23, 11, 0, tzinfo=ZoneInfo("Asia/Seoul"))


def clock_shows(service: Service, at: datetime = MONDAY) -> timedelta:
    """Set the clock of a service that has never run; by how much it is ahead of the machine's from then on."""
    environment = service.environment
    store = Store(environment["ANBU_DATABASE_URL"], environment["ANBU_SECRET_KEY"])
    try:
        migrate(store)
        real = datetime.now(UTC)
        store.write(lambda tx: tx.add(ClockAnchor(real=real, service=at)))
        return at - real
    finally:
        store.close()
