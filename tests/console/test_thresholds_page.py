"""Thresholds in the control centre: tried first, then changed; nobody else's business."""

from datetime import timedelta

from sqlmodel import Session

from sensors.tables import ReadingRow
from tests.console.desk import Desk
from tests.sensors_rules.home import FIRST, weeks


def _cold(desk: Desk) -> None:
    """home-001 read 17 °C for four hours, three days ago."""
    begin = desk.clock.now() - timedelta(days=3)

    def keep(tx: Session) -> None:
        for n in range(9):
            at = begin + timedelta(minutes=30 * n)
            tx.add(ReadingRow(key=f"k{n}", home="home-001", device="t", kind="temperature", at=at, value=17.0))

    desk.store.write(keep)


async def test_a_change_is_tried_on_the_last_month_and_then_made(desk: Desk) -> None:
    _cold(desk)
    browser = await desk.signed_in("supervisor")
    given = {"scope": "city", "cold_room.watch": "18"}
    page = (await browser.post("/thresholds/preview", data=given)).text
    assert "추운 방" in page
    assert "+1" in page
    assert "home-001" in page
    assert desk.store.read(desk.sensors.thresholds) == {}

    answer = await browser.post("/thresholds", data=given)
    assert answer.status_code == 303
    assert desk.store.read(desk.sensors.thresholds) == {"city": {"cold_room.watch": 18.0}}
    assert 'value="18"' in (await browser.get(answer.headers["location"])).text
    home = (await browser.get("/thresholds?scope=home:home-001")).text
    assert 'placeholder="18"' in home  # what holds there without a word of its own


async def test_how_patient_silence_is_can_be_tried_and_set(desk: Desk) -> None:
    """A month of a home that lives by the clock, and three afternoons on which nobody was seen."""
    begin = desk.clock.now() - timedelta(days=29)

    def live(tx: Session) -> None:
        for n, one in enumerate(weeks("home-1", 28)):
            at, day = begin + (one.at - FIRST), (one.at - FIRST).days
            if not (day in (20, 23, 26) and 15 <= one.at.hour < 22):
                row = ReadingRow(key=f"k{n}", home="home-001", device=one.device, kind=one.kind, at=at, value=one.value)
                tx.add(row)

    desk.store.write(live)
    browser = await desk.signed_in("supervisor")
    assert "댁이 오래 조용할 때" in (await browser.get("/thresholds")).text
    given = {"scope": "home:home-001", "silence.check": "5", "silence.check_most": "3.5"}
    page = (await browser.post("/thresholds/preview", data=given)).text
    assert "조용함" in page
    assert "갑자기 못 움직이시게 되면" in page
    assert "여쭙기까지" in page
    assert (await browser.post("/thresholds", data=given)).status_code == 303
    assert desk.store.read(desk.sensors.thresholds)["home:home-001"]["silence.check_most"] == 3.5
    turned = {"scope": "city", "silence.check": "0.7", "silence.urgent": "0.9"}
    assert (await browser.post("/thresholds", data=turned)).status_code == 422


async def test_what_cannot_stand_is_shown_and_not_set(desk: Desk) -> None:
    browser = await desk.signed_in("admin")
    for given in ({"cold_room.watch": "12", "cold_room.urgent": "14"}, {"cold_room.watch": "warm"}):
        for path in ("/thresholds/preview", "/thresholds"):
            answer = await browser.post(path, data={"scope": "city", **given})
            assert answer.status_code == 422
            assert "쓸 수 없습니다" in answer.text
    assert desk.store.read(desk.sensors.thresholds) == {}
    assert (await browser.post("/thresholds/preview", data={"scope": "home:nowhere"})).status_code == 404
    assert (await browser.get("/thresholds?scope=district:nowhere")).status_code == 404


async def test_a_month_without_readings_says_so(desk: Desk) -> None:
    browser = await desk.signed_in("admin")
    page = (await browser.post("/thresholds/preview", data={"scope": "city", "cold_room.watch": "18"})).text
    assert "남아 있는 센서 자료가 없어" in page


async def test_only_who_answers_for_all_changes_them(desk: Desk) -> None:
    for role in ("coordinator", "technician", "viewer"):
        browser = await desk.signed_in(role)
        assert (await browser.post("/thresholds", data={"scope": "city"})).status_code == 403
        assert (await browser.post("/thresholds/preview", data={"scope": "city"})).status_code == 403
