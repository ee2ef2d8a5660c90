"""Who may see and do what: every role against every route."""

import pytest

from residents.reach import set_addresses
from residents.sign import Level
from store.audit import entries
from tests.console.desk import Desk

#: page → roles that see it; the others get 403.
SEEN_BY = {
    "/": "admin supervisor coordinator technician viewer",
    "/residents": "admin supervisor coordinator viewer",
    "/residents/r-001": "admin supervisor coordinator viewer",
    "/understanding": "admin supervisor coordinator viewer",
    "/scripts": "admin supervisor coordinator viewer",
    "/people": "admin supervisor",
    "/devices": "admin supervisor coordinator technician viewer",
    "/thresholds": "admin supervisor",
    "/quarantine": "admin supervisor coordinator technician viewer",
    "/audit": "admin",
    "/drills": "admin supervisor coordinator viewer",
    "/figures": "admin supervisor coordinator viewer",
    "/duty": "admin supervisor",
    "/policy": "admin supervisor",
    "/status": "admin supervisor coordinator technician viewer",
}
MAIL = "mailto://anbu:geheim@example.kr?to=u1@example.kr"
ROLES = ["admin", "supervisor", "coordinator", "technician", "viewer"]


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_sees_its_pages(desk: Desk, role: str) -> None:
    desk.raise_sos()
    browser = await desk.signed_in(role)
    for page, roles in SEEN_BY.items():
        wanted = 200 if role in roles.split() else 403
        assert (await browser.get(page)).status_code == wanted, page


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_does_what_it_may(desk: Desk, role: str) -> None:
    acts = role in ("admin", "supervisor", "coordinator")
    async with desk.program(role) as api:
        id = desk.raise_sos()
        for path, body, done in (
            (f"/api/v1/escalations/{id}/acknowledge", {}, 200),
            (f"/api/v1/escalations/{id}/close", {"outcome": "safe"}, 200),
            ("/api/v1/residents/r-001/checkins", {}, 201),
        ):
            assert (await api.post(path, json=body)).status_code == (done if acts else 403), path


async def test_a_viewers_browser_cannot_post_anything_either(desk: Desk) -> None:
    id = desk.raise_sos()
    browser = await desk.signed_in("viewer")
    forms = {
        f"/escalations/{id}/acknowledge": {},
        f"/escalations/{id}/close": {"outcome": "safe"},
        "/residents/r-001/checkins": {},
        "/residents/r-001/absence": {"reason": "travel", "end": "2030-01-01T10:00"},
        "/residents/r-001/absence/end": {},
        "/people/invite": {"kind": "resident", "id": "r-001"},
        "/understanding/corrections": {"text": "잘 잤어", "sentiment": "positive"},
    }
    for path, form in forms.items():
        assert (await browser.post(path, data=form)).status_code == 403, path
    assert "내가 확인할게요" not in (await browser.get(f"/escalations/{id}")).text


async def test_a_technician_takes_technical_ones_only(desk: Desk) -> None:
    sos = desk.raise_sos(1)
    battery = desk.raise_sos(2, "r-003", Level.TECHNICAL)
    browser = await desk.signed_in("technician")
    listed = (await browser.get("/api/v1/escalations")).json()["items"]
    assert [e["id"] for e in listed] == [battery]
    assert (await browser.get(f"/escalations/{sos}")).status_code == 403
    assert (await browser.post(f"/api/v1/escalations/{battery}/acknowledge", json={})).status_code == 200


async def test_a_coordinator_keeps_to_the_own_districts(desk: Desk) -> None:
    own, other = desk.raise_sos(1, "r-001"), desk.raise_sos(2, "r-003")
    desk.quarantine("home-001", "home-003", "nobody-knows")
    browser = await desk.signed_in("coordinator")
    assert [r["id"] for r in (await browser.get("/api/v1/residents")).json()["items"]] == ["r-001", "r-002"]
    assert [e["id"] for e in (await browser.get("/api/v1/escalations")).json()["items"]] == [own]
    paths = ["/api/v1/residents/r-003", "/residents/r-003", "/api/v1/residents/r-003/signs"]
    for path in [*paths, f"/api/v1/escalations/{other}", f"/escalations/{other}"]:
        assert (await browser.get(path)).status_code == 403, path
    assert (await browser.post(f"/api/v1/escalations/{other}/acknowledge", json={})).status_code == 403
    assert (await browser.post("/api/v1/residents/r-003/checkins", json={})).status_code == 403
    for page in ("/", "/residents", "/devices"):
        assert "이하늘" not in (await browser.get(page)).text, page
    quarantined = (await browser.get("/api/v1/quarantine")).json()["items"]
    assert [q["home"] for q in quarantined] == ["nobody-knows", "home-001"]
    deliveries = (await browser.get("/api/v1/deliveries")).json()["items"]
    assert {d["escalation"] for d in deliveries} <= {own}


async def test_who_stands_in_for_another_district_sees_and_closes_what_they_are_asked_to_take(desk: Desk) -> None:
    desk.store.write(set_addresses, "coordinator", "u-coordinator", [MAIL], "admin", desk.clock.now())
    other = desk.raise_sos(1, "r-003")
    browser = await desk.signed_in("coordinator")
    assert [e["id"] for e in (await browser.get("/api/v1/escalations")).json()["items"]] == [other]
    assert "어느 길 1" in (await browser.get(f"/escalations/{other}")).text, "the 119 brief"
    assert (await browser.post(f"/api/v1/escalations/{other}/acknowledge", json={})).status_code == 200
    assert (await browser.get("/residents/r-003")).status_code == 403, "but no more than that"
    assert (await browser.post(f"/api/v1/escalations/{other}/close", json={"outcome": "safe"})).status_code == 200
    assert (await browser.get(f"/escalations/{other}")).status_code == 200


async def test_tokens_that_open_nothing(desk: Desk) -> None:
    device = desk.device_token("home-001", "kitchen_motion")
    for header, status in (
        ("Bearer wrong", 401),
        ("Bearer ", 401),
        ("Basic YTpi", 401),
        (b"Bearer \xff\xfe", 401),
        (f"Bearer {device}", 403),
    ):
        async with desk.client(authorization=header) as api:
            answer = await api.get("/api/v1/residents")
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
    async with desk.client() as nobody:
        answer = await nobody.get("/api/v1/residents")
        assert (answer.status_code, "www-authenticate" in answer.headers) == (401, True)


async def test_a_token_is_no_way_into_the_pages(desk: Desk) -> None:
    async with desk.program("admin") as api:
        api.headers["accept"] = "text/html"
        assert (await api.get("/people")).status_code == 303


async def test_every_view_of_somebodys_data_is_on_the_record(desk: Desk) -> None:
    id = desk.raise_sos()
    browser = await desk.signed_in("viewer")
    for path in (
        "/residents/r-001",
        f"/escalations/{id}",
        f"/escalations/{id}/brief",
        "/api/v1/residents/r-001",
        "/api/v1/residents/r-001/timeline",
        "/api/v1/residents/r-001/signs",
        "/api/v1/residents/r-001/checkins",
        f"/api/v1/escalations/{id}",
    ):
        before = len(desk.store.read(entries, whose="r-001"))
        assert (await browser.get(path)).status_code == 200
        rows = desk.store.read(entries, whose="r-001")
        assert len(rows) == before + 1, path
        assert (rows[0].who, rows[0].whose, bool(rows[0].what)) == ("u-viewer", "r-001", True)
        assert "김안부" not in str(rows[0].model_dump())


async def test_a_queue_that_refreshes_itself_is_one_view(desk: Desk) -> None:
    desk.raise_sos()
    browser = await desk.signed_in("viewer")
    for _ in range(5):
        await browser.get("/fragments/queue")
    views = [row for row in desk.store.read(entries) if row.what == "viewed queue"]
    assert [row.detail for row in views] == [{"residents": ["r-001"]}]


async def test_what_somebody_does_is_on_the_record_once_with_where_from(desk: Desk) -> None:
    id = desk.raise_sos()
    browser = await desk.signed_in("coordinator")
    desk.clock.forward(seconds=5)
    await browser.post(f"/api/v1/escalations/{id}/acknowledge", json={})
    await browser.post(f"/api/v1/escalations/{id}/close", json={"outcome": "safe"})
    await browser.post("/api/v1/residents/r-001/checkins", json={})
    rows = [row for row in desk.store.read(entries, whose="r-001") if row.at == desk.clock.now()]
    assert [row.what for row in rows] == ["check-in started", "escalation closed", "escalation acknowledged"]
    assert {(row.who, row.where) for row in rows} == {("u-coordinator", "127.0.0.1")}
