"""Section 8 of the contract: what a program may ask, and what it is told when it asks for the wrong thing."""

import asyncio
import itertools
import json
from typing import Any

import httpx
import pytest

from tests.acceptance.conftest import Home, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("residents?limit=0", 422),
        ("residents?limit=201", 422),
        ("residents?cursor=garbage", 422),
        ("deliveries?cursor=garbage", 422),
        ("deliveries?state=bogus", 422),
        ("escalations?state=bogus", 422),
        ("escalations?cursor=garbage", 422),
        ("residents/nobody", 404),
        ("residents/nobody/checkins", 404),
        ("residents/r-001/timeline?since=yesterday", 422),
        ("escalations/none", 404),
        ("nothing/here", 404),
        ("residents/%00", 400),
    ],
)
async def test_a_wrong_question_is_answered_as_a_problem(town: Town, path: str, status: int) -> None:
    answer = await town.call("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"NaN",
        b'{"outcome": NaN}',
        b'{"outcome": "fine"}',
        b'{"outcome": "safe", "note": 5}',
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"outcome": "safe", "note": "' + b"x" * 2_000_000 + b'"}',
    ],
    ids=range(10),
)
async def test_no_body_becomes_a_500(town: Town, body: bytes) -> None:
    for path in ("escalations/none/close", "escalations/none/acknowledge"):
        answer = await town.call("POST", path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 404, 413, 422}
        assert answer.headers["content-type"] == PROBLEM


async def test_who_may_read_and_who_may_do(home: Home) -> None:
    escalation = (await (await home.gateway()).press({"id": "1"}))["escalation"]
    device = {"Authorization": f"Bearer {home.device_token}"}
    assert (await home.town.call("GET", "residents", role=None)).status_code == 401
    assert (await home.town.call("GET", "residents", role=None, headers=device)).status_code == 403
    assert (await home.town.call("GET", f"residents/{home.resident}", role="viewer")).status_code == 200
    for path in (
        f"residents/{home.resident}/checkins",
        f"escalations/{escalation}/acknowledge",
        f"escalations/{escalation}/close",
    ):
        body = {"outcome": "safe"} if path.endswith("close") else {}
        assert (await home.town.call("POST", path, role="viewer", json=body)).status_code == 403
    [found] = await home.open()
    assert found["state"] == "open"


async def test_an_escalation_is_taken_once_and_closed_once(home: Home) -> None:
    id = (await (await home.gateway()).press({"id": "1"}))["escalation"]
    found = await home.town.get(f"escalations/{id}")
    assert found.keys() >= {
        "id", "resident", "resident_name", "level", "state", "opened_at", "acknowledged_at", "acknowledged_by",
        "reasons", "next_step_at", "steps", "deliveries", "evidence", "brief",
    }  # fmt: skip

    async def take(role: str, **body: Any) -> int:
        return (await home.town.call("POST", f"escalations/{id}/acknowledge", role=role, json=body)).status_code

    assert [await take("admin"), await take("admin"), await take("coordinator")] == [200, 200, 409]
    assert await take("coordinator", take_over=True) == 200

    async def close(outcome: str) -> int:
        body = {"outcome": outcome, "note": "통화함"}
        return (await home.town.call("POST", f"escalations/{id}/close", json=body)).status_code

    assert [await close("fine"), await close("safe"), await close("helped")] == [422, 200, 409]
    closed = await home.town.get(f"escalations/{id}")
    assert (closed["state"], closed["outcome"], closed["next_step_at"]) == ("closed", "safe", None)


async def test_lists_go_on_where_the_page_before_ended(home: Home) -> None:
    gateway = await home.gateway()
    for press in range(3):
        id = (await gateway.press({"id": f"p{press}"}))["escalation"]
        await home.town.call("POST", f"escalations/{id}/close", json={"outcome": "safe"})
    for path in ("residents?", "escalations?state=all&", "deliveries?", f"residents/{home.resident}/signs?"):
        whole = [item["id"] for item in (await home.town.get(f"{path}limit=200"))["items"]]
        assert len(whole) > 2
        met: list[str] = []
        cursor = ""
        for _ in itertools.repeat(None, len(whole)):
            part = await home.town.get(f"{path}limit=2{cursor}")  # a cursor needs no quoting
            met += [item["id"] for item in part["items"]]
            if part["next"] is None or len(met) > 10:
                break
            cursor = f"&cursor={part['next']}"
        assert met == whole[: len(met)]
    times = [item["posted_at"] for item in (await home.town.get("deliveries?limit=200"))["items"]]
    assert times == sorted(times, reverse=True)


async def test_changes_stream_as_they_happen(home: Home) -> None:
    headers = {"Authorization": f"Bearer {home.town.token}"}
    async with (
        httpx.AsyncClient(timeout=10) as client,
        client.stream("GET", f"{home.town.service.url}/api/v1/events", headers=headers) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        await anext(lines)
        ack = await (await home.gateway()).press({"id": "1"})
        async with asyncio.timeout(10):
            async for line in lines:
                if line.startswith("data:") and json.loads(line[5:]).get("ref") == ack["escalation"]:
                    break


async def test_the_service_says_how_it_is(town: Town) -> None:
    async with httpx.AsyncClient(base_url=town.service.url) as client:
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json().keys() >= {"ready", "parts", "degraded"}
        assert "/api/v1/residents" in (await client.get("/openapi.json")).json()["paths"]
    assert (await town.counted()).keys() == {"total", "duplicate_total", "quarantined_total"}
