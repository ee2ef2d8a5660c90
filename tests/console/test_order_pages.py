"""Roster, stand-ins, holidays, policies, drills and figures in the control centre: who may, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from escalations.roster import Shift
from residents import service as people
from residents.sign import Level
from tests.console.desk import Desk

EMERGENCY = {
    "scope": "city",
    "level": "emergency",
    "staff-0": "rank:1",
    "contact-0": "contact:1",
    "wait-0": "45",
    "unit-0": "s",
    "staff-1": "supervisor",
    "wait-1": "1",
    "unit-1": "min",
    "wait-remind": "20",
    "unit-remind": "min",
    "times": "2",
}


def shift(who: str, start: str, end: str, *days: str) -> dict[str, Any]:
    return {"rows": "1", "who-0": who, "days-0": list(days), "start-0": start, "end-0": end, "rank-0": "1"}


EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")


async def test_an_empty_hour_is_refused_by_name_unless_its_fallback_is_chosen(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    half = shift("u-coordinator", "09:00", "18:00", *EVERY_DAY)
    refused = await browser.post("/duty", data=half)
    assert refused.status_code == 422
    assert "월 18:00-화 09:00" in refused.text
    assert desk.store.read(desk.escalations.roster) == [Shift("u-coordinator")], "nothing was saved"
    assert (await browser.post("/duty", data=half | {"fallback": "1"})).status_code == 303
    assert desk.store.read(desk.escalations.roster) == [Shift("u-coordinator", "daily", "09:00", "18:00")]
    assert "supervisor 님 님이 대신 받습니다" in (await browser.get("/duty")).text


async def test_a_roster_that_leaves_holidays_empty_is_refused_and_nonsense_too(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    rows = shift("u-coordinator", "00:00", "24:00", *EVERY_DAY[:-1])
    rows |= {
        "rows": "2",
        "who-1": "u-admin",
        "days-1": ["holiday"],
        "start-1": "09:00",
        "end-1": "18:00",
        "rank-1": "1",
    }
    refused = await browser.post("/duty", data=rows)
    assert refused.status_code == 422
    assert "12.25 00:00–12.25 09:00" in refused.text
    odd: list[dict[str, Any]] = [
        {"who-0": "u-nobody"},
        {"start-0": "25:00"},
        {"rank-0": "first"},
        {"days-0": []},
        {"rows": "x"},
    ]
    for nonsense in odd:
        answer = await browser.post("/duty", data=shift("u-coordinator", "00:00", "24:00", *EVERY_DAY) | nonsense)
        assert answer.status_code in (303, 422), nonsense
        assert desk.store.read(desk.escalations.roster)[0].coordinator == "u-coordinator" or "rows" in nonsense


async def test_somebody_stands_in_and_nobody_is_refused(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    away = {"who": "u-coordinator", "start": "2026-11-24T09:00", "end": "2026-11-25T09:00"}
    refused = await browser.post("/duty/stand-ins", data=away)
    assert refused.status_code == 422
    assert "11.24 09:00" in refused.text
    assert (await browser.post("/duty/stand-ins", data=away | {"substitute": "u-supervisor"})).status_code == 303
    tomorrow = desk.clock.now() + timedelta(days=1)
    assert desk.store.read(desk.escalations.on_duty, tomorrow) == [(1, "u-supervisor")]
    (one,) = desk.store.read(desk.escalations.stand_ins, desk.clock.now())
    await browser.post(f"/duty/stand-ins/{one.id}/end")
    assert desk.store.read(desk.escalations.on_duty, tomorrow) == [(1, "u-coordinator")]
    backwards = await browser.post("/duty/stand-ins", data=away | {"end": "2026-11-23T09:00"})
    assert backwards.status_code == 422


async def test_the_city_adds_and_drops_holidays(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    await browser.post("/duty/holidays", data={"day": "2026-12-01", "off": "yes", "name": "시민의 날"})
    await browser.post("/duty/holidays", data={"day": "2026-12-25", "off": "no"})
    page = (await browser.get("/duty")).text
    assert "시민의 날" in page
    assert "2026-12-25" not in page
    await browser.post("/duty/holidays", data={"day": "2026-12-25", "off": "yes"})
    assert "성탄절" in (await browser.get("/duty")).text


async def test_a_policy_counts_for_what_opens_from_now_on_and_never_for_what_is_open(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    before = desk.raise_sos(1)
    too_slow = await browser.post("/policy", data=EMERGENCY | {"wait-0": "20", "unit-0": "min"})
    assert too_slow.status_code == 422
    assert "5분" in too_slow.text
    assert (await browser.post("/policy", data=EMERGENCY)).status_code == 303
    mine = EMERGENCY | {"scope": "resident:r-003", "wait-0": "30"}
    assert (await browser.post("/policy", data=mine)).status_code == 303
    versions = [
        desk.store.read(desk.escalations.detail, id, desk.clock.now()).policy["version"]
        for id in (before, desk.raise_sos(2, "r-002"), desk.raise_sos(3, "r-003"))
    ]
    assert versions == ["policy@3", "policy@3 city@1", "policy@3 city@1 resident:r-003@1"]
    await browser.post("/policy", data={"scope": "city", "level": "emergency", "take_back": "1"})
    assert desk.store.read(desk.escalations.policy, "햇살1동")["version"] == "policy@3"
    assert (await browser.post("/policy", data=EMERGENCY | {"scope": "district:없는동"})).status_code == 404


async def test_a_coordinator_drills_their_own_homes_only(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    page = (await browser.get("/drills")).text
    assert "home-001" in page
    assert "home-003" not in page
    assert (await browser.post("/drills", data={"home": "home-003"})).status_code == 404
    started = await browser.post("/drills", data={"home": "home-001"})
    assert started.headers["location"] == "/drills?said=started"
    assert (await browser.post("/drills", data={"home": "home-001"})).headers["location"] == "/drills?said=not_now"
    viewer = await desk.signed_in("viewer")
    assert (await viewer.post("/drills", data={"home": "home-002"})).status_code == 403


async def test_a_false_alarm_says_why_and_the_month_counts_it(desk: Desk) -> None:
    id = desk.raise_sos()
    desk.clock.forward(seconds=40)
    async with desk.program("coordinator") as api:
        await api.post(f"/api/v1/escalations/{id}/acknowledge", json={})
        given = await api.post(f"/api/v1/escalations/{id}/give_back", json={})
        assert given.json()["state"] == "open"
        assert (await api.post(f"/api/v1/escalations/{id}/give_back", json={})).status_code == 409
        body = {"outcome": "false_alarm", "note": "", "why": "mistake"}
        assert (await api.post(f"/api/v1/escalations/{id}/close", json=body)).json()["why"] == "mistake"
        found = (await api.get("/api/v1/figures")).json()
        assert found["speed"]["emergency"]["median_s"] == 40.0
        assert found["rules"][0] | {"because": []} == {
            "of": "sos@1",
            "right": 0,
            "wrong": 1,
            "unknown": 0,
            "share": 0.0,
            "because": [],
        }
        assert found["rules"][0]["because"] == [["mistake", 1]]
        assert (await api.get("/api/v1/figures?month=2099-01")).status_code == 404
    browser = await desk.signed_in("supervisor")
    assert "잘못 누르심" in (await browser.get("/figures")).text
    assert "단추를 누르지 않으셨다면" in (await browser.get(f"/escalations/{id}")).text


async def test_consents_and_sharing_are_noted_and_on_the_record(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    await browser.post("/residents/r-001/consents/health", data={"granted": "no"})
    await browser.post("/residents/r-001/contacts/c-001/sharing", data={"topics": ["mood", "activity"]})
    assert not desk.store.read(people.has_consent, "r-001", "health")
    (contact,) = desk.store.read(people.contacts, "r-001")
    assert sorted(contact.topics) == ["activity", "mood"]
    await browser.post("/residents/r-001/contacts/c-001/sharing", data={})
    assert desk.store.read(people.contacts, "r-001")[0].topics == ()
    for path in ("/residents/r-003/consents/health", "/residents/r-003/contacts/c-001/sharing"):
        assert (await browser.post(path, data={"granted": "no"})).status_code == 403
    assert (await browser.post("/residents/r-002/contacts/c-001/sharing", data={})).status_code == 404
    assert (await browser.post("/residents/r-001/consents/everything", data={"granted": "no"})).status_code == 422


async def test_nobody_with_something_pressing_open_is_shown_as_well(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    assert "주의" in (await browser.get("/residents/r-001")).text
    desk.raise_sos(1, level=Level.URGENT)
    page = (await browser.get("/residents/r-001")).text
    assert "지금은 열린 알림이 먼저입니다" in page
    assert "열린 알림 먼저" in (await browser.get("/residents")).text


WATCH = EMERGENCY | {"level": "watch", "calm": "1", "unit-0": "morning", "unit-1": "morning", "gather": "30"}


async def test_how_long_what_can_wait_is_gathered_is_the_citys_to_say(desk: Desk) -> None:
    browser = await desk.signed_in("supervisor")
    assert "120분" in (await browser.get("/policy")).text
    refused = await browser.post("/policy", data=WATCH | {"gather": "300"})
    assert refused.status_code == 422
    assert "240분" in refused.text
    assert (await browser.post("/policy", data=WATCH)).status_code == 303
    assert desk.store.read(desk.escalations.policy, "")["levels"]["watch"]["gather_min"] == 30
    assert "30분" in (await browser.get("/policy")).text


@pytest.mark.parametrize("stored", ["not json", '["x"]', '{"watch": {"calm": true, "steps": "x"}}', '{"watch": 3}'])
async def test_a_stored_policy_nobody_can_read_is_shown_as_that_and_can_be_mended(desk: Desk, stored: str) -> None:
    def break_it(tx: Session) -> None:
        row = "INSERT INTO policies (scope, number, levels, at, by, version) VALUES ('city', 4, :levels, :at, 'u', 1)"
        tx.connection().execute(text(row), {"levels": stored, "at": "2026-11-22 00:00:00"})

    desk.store.write(break_it)
    browser = await desk.signed_in("supervisor")
    page = await browser.get("/policy")
    assert "도시 전체에 저장된 규정을 읽을 수 없습니다" in page.text
    assert "policy@3</code>" in page.text, "what holds meanwhile is the shipped one"
    assert "읽을 수 없습니다" in (await browser.get("/policy", params={"scope": "resident:r-001"})).text
    id = desk.raise_sos()
    assert desk.store.read(desk.escalations.detail, id, desk.clock.now()).policy["version"] == "policy@3"
    back = {"scope": "city", "level": "watch", "take_back": "1"}
    assert (await browser.post("/policy", data=back)).status_code == 303
    page = await browser.get("/policy")
    assert "읽을 수 없습니다" not in page.text
    assert (await browser.post("/policy", data=WATCH)).status_code == 303
