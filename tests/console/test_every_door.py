"""Fault 21: every role against every route. A new route must be entered here, with those it opens to."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from tests.console.desk import STAFF, Desk

#: who comes in: a(dmin), s(upervisor), c(oordinator), t(echnician), v(iewer); "*": everybody, also without a name.
ALL, ACT, PEOPLE, HEADS, READ = "asctv", "asc", "ascv", "as", "ascv"
#: route → who may, and the form or body without which it would not get so far.
DOORS: dict[str, tuple[str, dict[str, Any]]] = {
    "GET /healthz": ("*", {}),
    "GET /readyz": ("*", {}),
    "GET /metrics": ("*", {}),
    "GET /login": ("*", {}),
    "POST /login": ("*", {"email": "", "password": ""}),
    "POST /logout": ("*", {}),
    "GET /": (ALL, {}),
    "GET /fragments/queue": (ALL, {}),
    "GET /fragments/alarm": (ALL, {}),
    "GET /escalations/{id}": (ALL, {}),
    "GET /fragments/escalations/{id}": (ALL, {}),
    "GET /escalations/{id}/brief": (ALL, {}),
    "POST /escalations/{id}/acknowledge": ("asct", {}),
    "POST /escalations/{id}/close": ("asct", {"outcome": "safe"}),
    "POST /escalations/{id}/give_back": ("asct", {}),
    "GET /residents": (READ, {}),
    "GET /residents/{id}": (READ, {}),
    "GET /residents/{id}/erase": (HEADS, {}),
    "POST /residents/{id}/erase": (HEADS, {"reason": "moved", "typed": "nobody"}),
    "POST /residents/{id}/checkins": (ACT, {}),
    "POST /residents/{id}/absence": (ACT, {"reason": "travel", "end": "2030-01-01T10:00"}),
    "POST /residents/{id}/absence/end": (ACT, {}),
    "POST /residents/{id}/memory/{fact}/delete": (ACT, {}),
    "POST /residents/{id}/wishes/{wish}": (ACT, {"outcome": "done"}),
    "GET /residents/{id}/screening": (READ, {}),
    "POST /residents/{id}/screening/{key}": (ACT, {"when": "next"}),
    "POST /residents/{id}/consents/{topic}": (ACT, {"granted": "no"}),
    "POST /residents/{id}/manner": (ACT, {"rate": "115", "pitch": "0", "formal": "yes"}),
    "POST /residents/{id}/contacts/{contact}/sharing": (ACT, {"topics": "health"}),
    "GET /sounds/{turn}.wav": (ACT, {}),
    "GET /understanding": (READ, {}),
    "POST /understanding": (READ, {"text": "잘 잤어"}),
    "POST /understanding/corrections": (ACT, {"text": ""}),
    "GET /scripts": (READ, {}),
    "GET /scripts/sound.wav": (ACT, {}),
    "GET /scripts/{key}": (READ, {}),
    "POST /scripts/{key}": (ACT, {}),
    "POST /scripts/{key}/preview": (ACT, {}),
    "GET /recordings": (READ, {}),
    "GET /recordings/{id}.wav": (READ, {}),
    "POST /recordings": (ACT, {"resident": "nobody"}),
    "POST /recordings/{sentence}": (HEADS, {}),
    "POST /recordings/{sentence}/delete": (HEADS, {}),
    "GET /devices": (ALL, {}),
    "POST /devices/tasks": ("asct", {"home": "nowhere"}),
    "GET /thresholds": (HEADS, {}),
    "POST /thresholds": (HEADS, {}),
    "POST /thresholds/preview": (HEADS, {}),
    "GET /people": (HEADS, {}),
    "POST /people/invite": ("a", {"kind": "resident", "id": "nobody"}),
    "GET /people/{kind}/{id}/addresses": (HEADS, {}),
    "POST /people/{kind}/{id}/addresses": (HEADS, {"address": ""}),
    "POST /people/{kind}/{id}/addresses/remove": (HEADS, {"place": "1", "mark": "x"}),
    "POST /people/{kind}/{id}/addresses/try": (HEADS, {"place": "1", "mark": "x"}),
    "GET /quarantine": (ALL, {}),
    "GET /audit": ("a", {}),
    "GET /status": (ALL, {}),
    "GET /drills": (READ, {}),
    "POST /drills": (ACT, {"home": "nowhere"}),
    "POST /drills/{id}/cancel": (ACT, {}),
    "GET /figures": (READ, {}),
    "GET /duty": (HEADS, {}),
    "POST /duty": (HEADS, {}),
    "POST /duty/stand-ins": (HEADS, {"who": "nobody", "start": "2030-01-01T10:00", "end": "2030-01-02T10:00"}),
    "POST /duty/stand-ins/{id}/end": (HEADS, {}),
    "POST /duty/holidays": (HEADS, {"day": "2030-01-01", "off": "yes"}),
    "GET /policy": (HEADS, {}),
    "POST /policy": (HEADS, {"scope": "nowhere", "level": "watch"}),
    "GET /api/v1/me": (ALL, {}),
    "GET /api/v1/residents": (READ, {}),
    "GET /api/v1/residents/{id}": (READ, {}),
    "GET /api/v1/residents/{id}/timeline": (READ, {}),
    "GET /api/v1/residents/{id}/signs": (READ, {}),
    "GET /api/v1/residents/{id}/checkins": (READ, {}),
    "POST /api/v1/residents/{id}/checkins": (ACT, {}),
    "GET /api/v1/escalations": (ALL, {}),
    "GET /api/v1/escalations/{id}": (ALL, {}),
    "POST /api/v1/escalations/{id}/acknowledge": ("asct", {}),
    "POST /api/v1/escalations/{id}/close": ("asct", {"outcome": "safe"}),
    "POST /api/v1/escalations/{id}/give_back": ("asct", {}),
    "GET /api/v1/deliveries": (ALL, {}),
    "GET /api/v1/quarantine": (ALL, {}),
    "GET /api/v1/figures": (READ, {}),
}
#: open without end: asked for in tests/console/test_events.py.
STREAMS = {"GET /api/v1/events"}
STRANGERS = {"nobody": "", "a device": "device", "a wrong token": "Bearer wrong"}
PLACES = {"kind": "contact", "topic": "health", "sentence": "0" * 64, "id": "0" * 64}


def routes(desk: Desk) -> Iterator[str]:
    """Every route of the control centre."""
    waiting: list[Any] = list(desk.app.router.routes)
    for route in waiting:
        if isinstance(route, APIRoute):
            yield from (f"{method} {route.path}" for method in (route.methods or set()) - {"HEAD"})
        waiting += getattr(getattr(route, "original_router", None), "routes", [])


def test_every_door_is_known(desk: Desk) -> None:
    assert set(routes(desk)) - STREAMS == set(DOORS)


@pytest.mark.parametrize("role", STAFF)
async def test_a_role_comes_in_by_its_own_doors_only(desk: Desk, role: str) -> None:
    browser = await desk.signed_in(role)
    wrong = []
    for door, (roles, _) in DOORS.items():
        if door in {"POST /login", "POST /logout"}:
            continue
        status = (await _knock(browser, door)).status_code
        assert status not in {401, 500}, door
        assert status != 422 or door.startswith("POST"), f"{door} asks for more than is sent here"
        if (status != 403) != (roles == "*" or role[0] in roles):
            wrong.append(f"{door}: {status}")
    assert wrong == []


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_a_stranger_comes_in_nowhere(desk: Desk, stranger: str) -> None:
    token = STRANGERS[stranger]
    if token == "device":
        token = f"Bearer {desk.device_token('home-001', 'kitchen_motion')}"
    client = desk.client(**({"authorization": token} if token else {}))
    for door, (roles, _) in DOORS.items():
        answer = await _knock(client, door)
        led_away = answer.status_code == 303 and answer.headers["location"].startswith("/login")
        assert roles == "*" or answer.status_code in {401, 403} or led_away, f"{door}: {answer.status_code}"


async def test_who_has_signed_out_comes_in_nowhere(desk: Desk) -> None:
    browser = await desk.signs_in("admin")
    kept = dict(browser.cookies)
    assert (await browser.post("/logout")).status_code == 303
    browser.cookies.update(kept)  # somebody who has copied it
    for door, (roles, _) in DOORS.items():
        answer = await _knock(browser, door)
        led_away = answer.status_code == 303 and answer.headers["location"].startswith("/login")
        assert roles == "*" or answer.status_code in {401, 403} or led_away, f"{door}: {answer.status_code}"


async def _knock(client: httpx.AsyncClient, door: str) -> httpx.Response:
    method, path = door.split()
    path = re.sub(r"\{(\w+)\}", lambda name: PLACES.get(name[1], "1"), path)
    form = DOORS[door][1]
    if method == "GET":
        return await client.get(path)
    return await (client.post(path, json=form) if path.startswith("/api/") else client.post(path, data=form))
