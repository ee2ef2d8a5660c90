"""A silent home whose resident may not be asked is looked after by a person, once a day."""

from datetime import timedelta

from sqlmodel import Session

from residents import service
from residents.tables import HomeRow, ResidentRow
from settings import Settings
from store import FixedClock, Store
from tests.wired import house_of
from wiring.services import make_services


def test_a_refuser_of_talks_is_a_persons_task_and_nobody_is_asked(store: Store, clock: FixedClock) -> None:
    services = make_services(house_of(store, clock, Settings()))

    def seed(tx: Session) -> None:
        tx.add(HomeRow(id="home-001", password_hash=""))
        tx.flush()
        tx.add(ResidentRow(id="r-001", name="김안부", called="안부 어르신", home="home-001"))
        tx.flush()
        service.set_consent(tx, "r-001", "sensors", True, "import", clock.now())

    store.write(seed)
    for hours in (0, 3):
        store.write(
            services.sensors.ask_now, "r-001", "세 시간 동안 움직임이 없습니다.", clock.now() + timedelta(hours=hours)
        )
    [task] = store.read(services.escalations.open_for, "r-001")
    assert task.level == "watch"
    assert store.read(services.checkins.of_resident, "r-001") == []
