"""The page of the homes' devices: what needs a hand first, who cannot be seen, and asking a technician."""

import re
from datetime import timedelta

from sqlmodel import Session

from residents.tables import DeviceRow
from sensors.tables import DeviceStateRow, HomeStateRow
from tests.console.desk import Desk

DAY = timedelta(days=1)


def _install(desk: Desk) -> None:
    """home-001 is well, home-002 has a worn battery and a silent door, home-003's gateway said goodbye."""
    now = desk.clock.now()

    def keep(tx: Session) -> None:
        tx.add(DeviceRow(home="home-001", device="button", kind="sos"))
        tx.add(DeviceRow(home="home-002", device="front_door", kind="contact"))
        tx.add(DeviceRow(home="home-002", device="hall_motion", kind="motion"))
        tx.add(DeviceRow(home="home-003", device="bed_mat", kind="bed"))
        for home, device, ago, battery in [
            ("home-001", "kitchen_motion", timedelta(minutes=3), 90.0),
            ("home-001", "button", 9 * DAY, 80.0),
            ("home-002", "front_door", 3 * DAY, 60.0),
            ("home-002", "hall_motion", timedelta(minutes=8), 7.0),
        ]:
            tx.add(DeviceStateRow(home=home, device=device, seen_at=now - ago, battery=battery, updated_at=now - ago))
        for home in ("home-001", "home-002"):
            tx.add(HomeStateRow(home=home, online=True, told_at=now, heartbeat_at=now, heard_at=now))
        gone = now - timedelta(hours=2)
        tx.add(HomeStateRow(home="home-003", online=False, told_at=gone, heartbeat_at=gone, heard_at=gone))

    desk.store.write(keep)


def _order(page: str) -> list[str]:
    return re.findall(r'href="\?home=([^"]+)"', page)


async def test_what_needs_a_hand_stands_first(desk: Desk) -> None:
    _install(desk)
    browser = await desk.signed_in("supervisor")
    page = (await browser.get("/devices")).text
    assert _order(page) == ["home-003", "home-002", "home-001"]
    assert "중계기가 끊겨 지금 이 댁을 살펴볼 수 없습니다" in page
    assert page.count("신호 없음</span>") == 1  # the button that nobody pressed for nine days is no silent sensor
    assert _order((await browser.get("/devices?show=low")).text) == ["home-002"]
    assert _order((await browser.get("/devices?show=never")).text) == ["home-003"]
    assert _order((await browser.get("/devices?home=home-001")).text) == ["home-001"]
    assert (await browser.get("/devices?show=nonsense")).status_code == 422


async def test_who_cannot_be_seen_is_said_on_the_front_to_those_whose_business_it_is(desk: Desk) -> None:
    _install(desk)
    supervisor, coordinator = await desk.signed_in("supervisor"), await desk.signed_in("coordinator")
    front = (await supervisor.get("/")).text
    assert "지금 살펴볼 수 없는 분 1명" in front
    assert "살펴볼 수 없는 분" not in (await coordinator.get("/")).text  # home-003 is of the other district
    assert "home-003" not in (await coordinator.get("/devices")).text
    technician = await desk.signed_in("technician")
    page = (await technician.get("/")).text
    assert "home-003" in page
    assert "이하늘" not in page


async def test_a_gateway_that_is_back_hides_nobody(desk: Desk) -> None:
    _install(desk)

    def heard(tx: Session) -> None:
        row = tx.get(HomeStateRow, "home-003")
        assert row is not None
        row.heard_at = desk.clock.now()
        tx.add(row)

    desk.store.write(heard)
    browser = await desk.signed_in("supervisor")
    assert "살펴볼 수 없는 분" not in (await browser.get("/")).text


async def test_a_technician_is_asked_takes_the_task_and_ends_it(desk: Desk) -> None:
    _install(desk)
    coordinator = await desk.signed_in("coordinator")
    asked = {"home": "home-002", "device": "front_door", "what": "문틀에서 떨어졌대요"}
    answer = await coordinator.post("/devices/tasks", data=asked)
    assert answer.status_code == 303
    task = answer.headers["location"]
    again = await coordinator.post("/devices/tasks", data={**asked, "what": "아직 그대로예요"})
    assert again.headers["location"] == task  # one visit, not two

    technician = await desk.signed_in("technician")
    page = (await technician.get("/devices?show=tasks")).text
    assert _order(page) == ["home-002"]
    assert "문틀에서 떨어졌대요" in page
    assert (await technician.post(f"{task}/acknowledge", data={})).status_code == 303
    assert "technician 님 확인 중" in (await coordinator.get("/devices")).text
    assert (await technician.post(f"{task}/close", data={"outcome": "helped"})).status_code == 303
    assert _order((await technician.get("/devices?show=tasks")).text) == []


async def test_nobody_asks_for_what_is_not_theirs_or_not_there(desk: Desk) -> None:
    _install(desk)
    coordinator, viewer = await desk.signed_in("coordinator"), await desk.signed_in("viewer")
    assert (await coordinator.post("/devices/tasks", data={"home": "home-003"})).status_code == 404
    assert (await coordinator.post("/devices/tasks", data={"home": "home-001", "device": "x"})).status_code == 404
    assert (await viewer.post("/devices/tasks", data={"home": "home-001"})).status_code == 403
    assert "기사 점검 요청" not in (await viewer.get("/devices")).text
