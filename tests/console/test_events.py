"""The live feed over a real socket: what changes arrives, nothing else, and a reader goes on where it left off."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlmodel import Session

from console.gate import COOKIE
from store import wake
from store.changes import ChangeRow
from tests.console.desk import Desk


class Reader:
    """Reads events from a stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self, wanted: str = "change") -> dict[str, Any]:
        """The next event of this name, within ten seconds."""
        async with asyncio.timeout(10):
            found: dict[str, Any] = {}
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if not line and found.get("event") == wanted:
                    return found | {"data": json.loads(found["data"])}
                found = found | {name: value} if line else {}
        raise AssertionError("the stream ended")


@asynccontextmanager
async def listening(address: str, token: str, **headers: str) -> AsyncIterator[Reader]:
    sent = {"authorization": f"Bearer {token}"} | headers
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream("GET", f"{address}/api/v1/events", headers=sent) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Reader(answer)


async def test_an_escalation_arrives_and_a_lost_reader_goes_on(desk: Desk, address: str) -> None:
    token = desk.token("viewer")
    async with listening(address, token) as reader:
        await reader.next("hello")
        first = await asyncio.to_thread(desk.raise_sos, 1, "r-001")
        event = await reader.next()
        assert (event["data"]["kind"], event["data"]["ref"]) == ("escalation", first)
        assert "김안부" not in str(event)
    second = await asyncio.to_thread(desk.raise_sos, 2, "r-002")
    async with listening(address, token, **{"last-event-id": event["id"]}) as reader:
        while (again := await reader.next())["data"]["ref"] != second:
            assert int(again["id"]) > int(event["id"])


async def test_a_change_whose_commit_was_overtaken_arrives_all_the_same(desk: Desk, address: str) -> None:
    def write(tx: Session, id: int, ref: str) -> None:
        tx.add(ChangeRow(id=id, at=desk.clock.now(), kind="escalation", ref=ref))
        wake(tx, "changes")

    async with listening(address, desk.token("supervisor")) as reader:
        start = int((await reader.next("hello"))["id"])
        await asyncio.to_thread(desk.store.write, write, start + 2, "e-quick")
        quick = await reader.next()
        await asyncio.to_thread(desk.store.write, write, start + 1, "e-slow")
        slow = await reader.next()
        await asyncio.to_thread(desk.store.write, write, start + 3, "e-next")
        following = await reader.next()
    assert [event["data"]["ref"] for event in (quick, slow, following)] == ["e-quick", "e-slow", "e-next"]
    assert [int(event["id"]) - start for event in (quick, slow, following)] == [2, 2, 3]


async def test_another_districts_changes_do_not_arrive(desk: Desk, address: str) -> None:
    browser = await desk.signed_in("coordinator")
    async with (
        httpx.AsyncClient(timeout=20, cookies={COOKIE: browser.cookies[COOKIE]}) as client,
        client.stream("GET", f"{address}/api/v1/events") as answer,
    ):
        reader = Reader(answer)
        await reader.next("hello")
        other = await asyncio.to_thread(desk.raise_sos, 1, "r-003")
        own = await asyncio.to_thread(desk.raise_sos, 2, "r-001")
        seen = []
        while own not in seen:
            seen.append((await reader.next())["data"]["ref"])
        assert other not in seen


async def test_a_stream_needs_a_sign_in_and_a_sensible_place(desk: Desk) -> None:
    async with desk.client() as nobody:
        assert (await nobody.get("/api/v1/events")).status_code == 401
    async with desk.program("viewer") as api:
        for wrong in ("x", "-1", "1" * 30, "1.5"):
            answer = await api.get("/api/v1/events", headers={"last-event-id": wrong})
            assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
