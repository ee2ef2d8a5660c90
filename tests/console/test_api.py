"""The JSON API, as section 8 of the contract has it."""

from datetime import datetime
from pathlib import Path

import pytest

from residents.sign import Level
from store import FixedClock, Store
from tests.console.desk import Desk


async def test_an_escalation_is_listed_read_taken_and_closed(desk: Desk) -> None:
    id = desk.raise_sos()
    async with desk.program("coordinator") as api:
        listed = (await api.get("/api/v1/escalations?state=open")).json()
        assert [e["id"] for e in listed["items"]] == [id]
        assert listed["next"] is None
        wanted = {"id", "resident", "resident_name", "level", "state", "opened_at", "acknowledged_at"}
        assert wanted | {"acknowledged_by", "reasons", "next_step_at"} <= set(listed["items"][0])
        assert datetime.fromisoformat(listed["items"][0]["opened_at"]).tzinfo is not None

        full = (await api.get(f"/api/v1/escalations/{id}")).json()
        assert full["steps"]
        assert full["evidence"][0]["text"] == "응급 단추를 눌렀습니다."
        assert full["brief"]

        taken = await api.post(f"/api/v1/escalations/{id}/acknowledge")
        assert (taken.status_code, taken.json()["state"]) == (200, "acknowledged")
        again = await api.post(f"/api/v1/escalations/{id}/acknowledge", json={})
        assert again.status_code == 200

        closed = await api.post(f"/api/v1/escalations/{id}/close", json={"outcome": "safe", "note": "괜찮으심"})
        assert (closed.status_code, closed.json()["state"], closed.json()["outcome"]) == (200, "closed", "safe")
        assert (await api.get("/api/v1/escalations?state=open")).json()["items"] == []


async def test_another_person_gets_409_unless_taking_over(desk: Desk) -> None:
    id = desk.raise_sos()
    async with desk.program("coordinator") as first, desk.program("supervisor") as second:
        assert (await first.post(f"/api/v1/escalations/{id}/acknowledge", json={})).status_code == 200
        refused = await second.post(f"/api/v1/escalations/{id}/acknowledge", json={})
        assert refused.status_code == 409
        assert refused.headers["content-type"] == "application/problem+json"
        over = await second.post(f"/api/v1/escalations/{id}/acknowledge", json={"take_over": True})
        assert over.status_code == 200
        assert over.json()["acknowledged_by_name"] == "supervisor program"


async def test_worse_ones_come_first_then_the_older(desk: Desk) -> None:
    watch = desk.raise_sos(1, "r-001", Level.WATCH)
    desk.clock.forward(minutes=1)
    first = desk.raise_sos(2, "r-002")
    desk.clock.forward(minutes=1)
    second = desk.raise_sos(3, "r-003")
    async with desk.program("admin") as api:
        ids = [e["id"] for e in (await api.get("/api/v1/escalations")).json()["items"]]
        assert ids == [first, second, watch]
        page = (await api.get("/api/v1/escalations?limit=2")).json()
        rest = (await api.get("/api/v1/escalations", params={"limit": 2, "cursor": page["next"]})).json()
        assert [e["id"] for e in page["items"] + rest["items"]] == ids
        assert rest["next"] is None


async def test_a_resident_in_full(desk: Desk) -> None:
    async with desk.program("viewer") as api:
        listed = (await api.get("/api/v1/residents")).json()
        assert [r["id"] for r in listed["items"]] == ["r-001", "r-002", "r-003"]
        one = (await api.get("/api/v1/residents/r-001")).json()
        assert one["score"]["value"] == 54
        assert one["score"]["reasons"][0]["signs"] == ["s-9"]
        assert 0 <= one["score"]["coverage"] <= 1
        assert one["consents"]["health"] is True
        for part in ("timeline", "signs", "checkins"):
            answer = await api.get(f"/api/v1/residents/r-001/{part}")
            assert (answer.status_code, set(answer.json())) == (200, {"items", "next"})
        assert (await api.get("/api/v1/residents/nobody")).status_code == 404


async def test_residents_come_in_pages(desk: Desk) -> None:
    async with desk.program("admin") as api:
        ids, cursor = [], None
        for _ in range(3):
            params = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
            page = (await api.get("/api/v1/residents", params=params)).json()
            ids += [r["id"] for r in page["items"]]
            cursor = page["next"]
        assert (ids, cursor) == (["r-001", "r-002", "r-003"], None)


async def test_a_check_in_is_started_once(desk: Desk) -> None:
    async with desk.program("coordinator") as api:
        first = await api.post("/api/v1/residents/r-001/checkins", json={})
        assert (first.status_code, first.json()["state"]) == (201, "planned")
        second = await api.post("/api/v1/residents/r-001/checkins", json={})
        assert (second.status_code, second.headers["content-type"]) == (409, "application/problem+json")


async def test_deliveries_and_quarantine(desk: Desk) -> None:
    desk.raise_sos()
    desk.quarantine("home-001", "home-002", "home-003", "home-001", "nobody-knows")
    async with desk.program("admin") as api:
        assert set((await api.get("/api/v1/deliveries?state=waiting")).json()) == {"items", "next"}
        page = (await api.get("/api/v1/quarantine?limit=3")).json()
        assert len(page["items"]) == 3
        rest = (await api.get("/api/v1/quarantine", params={"cursor": page["next"]})).json()
        assert [q["id"] for q in page["items"] + rest["items"]] == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/v1/escalations/{id}/close", b'{"outcome": "gone"}', 422),  # no such outcome
        ("POST", "/api/v1/escalations/{id}/close", b'{"outcome": NaN}', 422),  # not JSON, but Python reads it
        ("POST", "/api/v1/escalations/{id}/close", b'{"outcome": "safe", "note": NaN}', 422),
        ("POST", "/api/v1/escalations/{id}/close", b'{"outcome": "safe", "note": "\\ud800"}', 422),  # half a character
        ("POST", "/api/v1/escalations/{id}/close", b"", 422),
        ("POST", "/api/v1/escalations/{id}/close", b"\xff\xfe{", 400),
        ("POST", "/api/v1/escalations/{id}/close", b"{" * 5000, 422),
        ("POST", "/api/v1/escalations/{id}/close", b"[" * 100_000, 400),  # deeper than any parser likes
        ("POST", "/api/v1/escalations/{id}/close", b"[]", 422),
        ("POST", "/api/v1/escalations/{id}/acknowledge", b'{"take_over": "perhaps"}', 422),
        ("POST", "/api/v1/escalations/{id}/acknowledge", b'{"takeover": true}', 422),  # misspelt is not silently no
        ("POST", "/api/v1/residents/r-001/checkins", b'{"at": NaN}', 422),
        ("POST", "/api/v1/residents/r-001/checkins", b'"x"', 422),
        ("POST", "/api/v1/escalations/{id}/close", b'{"note": "' + b"x" * 2_000_000 + b'"}', 413),
        ("GET", "/api/v1/escalations?state=lost", b"", 422),
        ("GET", "/api/v1/escalations?limit=201", b"", 422),
        ("GET", "/api/v1/escalations?limit=0", b"", 422),
        ("GET", "/api/v1/escalations?cursor=%F0%9F%98%80", b"", 422),
        ("GET", "/api/v1/residents?cursor=bm90LWpzb24", b"", 422),
        ("GET", "/api/v1/residents/r-001/signs?cursor=x", b"", 422),
        ("GET", "/api/v1/residents/r-001/timeline?since=yesterday", b"", 422),
        ("GET", "/api/v1/residents/r-001/timeline?since=2026-11-22T09:00:00", b"", 422),  # no offset
        ("GET", "/api/v1/residents/r-001/timeline?since=9999-12-31T23:59:59-14:00", b"", 422),  # beyond every clock
        ("GET", "/api/v1/residents/r-001/signs?since=0001-01-01T00:00:00%2B14:00", b"", 422),
        ("GET", "/api/v1/residents/%00", b"", 400),
        ("GET", "/api/v1/escalations/nothing", b"", 404),
        ("GET", "/api/v1/nowhere", b"", 404),
        ("DELETE", "/api/v1/residents", b"", 405),
        ("PUT", "/healthz", b"", 405),
    ],
)
async def test_every_fault_is_a_problem(desk: Desk, method: str, path: str, body: bytes, status: int) -> None:
    id = desk.raise_sos()
    async with desk.program("admin") as api:
        headers = {"content-type": "application/json"} if body or method == "POST" else {}
        answer = await api.request(method, path.replace("{id}", id), content=body, headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        told = answer.json()
        assert told["status"] == status
        assert {"type", "title", "detail"} <= set(told)
        state = (await api.get(f"/api/v1/escalations/{id}")).json()["state"]
        assert state == "open"  # nothing half done


async def test_a_crash_is_a_problem_and_says_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError("김안부 010-0000-0001")

    async with desk.program("admin") as api:
        monkeypatch.setattr(type(desk.wellbeing), "scores", crash)
        answer = await api.get("/api/v1/residents")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "김안부" not in answer.text
    assert "nosniff" in answer.headers["x-content-type-options"]


async def test_health_is_open_and_tells_the_state(desk: Desk) -> None:
    async with desk.client() as anybody:
        assert (await anybody.get("/healthz")).json() == {"status": "ok"}
        assert (await anybody.get("/readyz")).status_code == 200
        desk.ready = {"ready": False, "parts": {"database": "not answering"}, "degraded": []}
        down = await anybody.get("/readyz")
        assert (down.status_code, down.json()["ready"]) == (503, False)
        assert "python_info" in (await anybody.get("/metrics")).text
        described = (await anybody.get("/openapi.json")).json()
        assert "/api/v1/escalations/{id}/close" in described["paths"]
        assert "/login" not in described["paths"]


async def test_the_same_on_both_databases(any_store: Store, clock: FixedClock, tmp_path: Path) -> None:
    desk = Desk(any_store, clock, tmp_path)
    id = desk.raise_sos()
    desk.quarantine("home-001")
    browser = await desk.signed_in("coordinator")
    paths = ["residents", "residents/r-001", "residents/r-001/timeline", "residents/r-001/signs", "escalations"]
    for path in [*paths, f"escalations/{id}", "residents/r-001/checkins", "deliveries", "quarantine"]:
        assert (await browser.get(f"/api/v1/{path}")).status_code == 200, path
    for page in ("/", "/residents/r-001", "/devices", "/status"):
        assert (await browser.get(page)).status_code == 200, page
    assert (await browser.post(f"/api/v1/escalations/{id}/close", json={"outcome": "safe"})).status_code == 200
    wrong = {"email": "admin@example.kr", "password": "wrong"}
    assert [(await browser.post("/login", data=wrong)).status_code for _ in range(6)] == [401] * 5 + [429]
