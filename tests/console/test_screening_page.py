"""A resident's questionnaires in the control centre: results with their source, and the next time."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from checkins import screening
from checkins.outcomes import Asked
from tests.console.desk import Desk


def filled(desk: Desk, *points: int) -> None:
    """PHQ-2 was answered so."""

    def note(tx: Session) -> None:
        screening.begin(desk.checkins, tx, "r-001", desk.clock.now())
        tx.flush()
        asked = Asked("phq2", "filled", points)
        screening.note(desk.checkins, tx, "r-001", "home-001", "k-1", asked, desk.clock.now())

    desk.store.write(note)


async def test_results_are_shown_with_their_source_and_that_they_are_no_diagnosis(desk: Desk) -> None:
    filled(desk, 3, 2)
    browser = await desk.signed_in("coordinator")
    page = (await browser.get("/residents/r-001/screening")).text
    assert "5점" in page
    assert "살펴봐 주세요" in page
    assert "Kroenke" in page
    assert "이 서비스의 번역" in page
    assert "진단이 아니라" in page
    assert '/residents/r-001/screening"' in (await browser.get("/residents/r-001")).text


async def test_a_coordinator_offers_it_at_the_next_talk_or_no_more(desk: Desk) -> None:
    filled(desk, 0, 0)
    browser = await desk.signed_in("coordinator")
    await browser.post("/residents/r-001/screening/who5", data={"when": "next"})
    now = desk.clock.now()
    assert desk.store.read(screening.due, ["r-001"], now) == {"r-001": "who5"}
    await browser.post("/residents/r-001/screening/who5", data={"when": "never"})
    assert desk.store.read(screening.due, ["r-001"], now + timedelta(days=20)) == {}
    assert "여쭙지 않고 있습니다" in (await browser.get("/residents/r-001/screening")).text


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("viewer", "/residents/r-001/screening/who5", 403),
        ("technician", "/residents/r-001/screening/who5", 403),
        ("coordinator", "/residents/r-001/screening/nothing", 404),
        ("coordinator", "/residents/r-999/screening/who5", 404),
    ],
)
async def test_who_may_not_or_what_is_not_there(desk: Desk, role: str, path: str, status: int) -> None:
    browser = await desk.signed_in(role)
    assert (await browser.post(path, data={"when": "next"})).status_code == status


async def test_technicians_do_not_see_results(desk: Desk) -> None:
    browser = await desk.signed_in("technician")
    assert (await browser.get("/residents/r-001/screening")).status_code == 403
