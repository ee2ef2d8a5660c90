"""Section 10 of the contract, measured on a service whose clock runs faster, and through a kill -9."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.conftest import STAFF, Home, Town, household, open_town, town_of, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 30
#: service seconds a busy machine may take for one step; `python -m benchmarks sos` measures what an idle one takes.
BUSY = 10 * SPEED


def at(time: str) -> datetime:
    return datetime.fromisoformat(time)


async def test_asked_when_due_paged_in_rounds_and_nothing_lost_in_a_crash(tmp_path: Path) -> None:
    people = town_of(household(1), household(2), STAFF)
    async with open_town(tmp_path, people, SPEED=str(SPEED)) as town:
        await town.link("u-001", "u-002", "u-003", "r-001")
        ack = await (await town.gateway("home-002")).press({"id": "1"})
        await asyncio.to_thread(_plan, town, at(ack["at"]) + timedelta(minutes=13))
        await _emergency_goes_from_rank_to_rank(Home(town, 2), ack["escalation"])
        await _asked_when_due(Home(town, 1))
        await _page_leaves_again(Home(town, 2))


def _plan(town: Town, due: datetime) -> None:
    """A changed town file taken in while the service runs."""
    local = due.astimezone(ZoneInfo("Asia/Seoul")).strftime("%H:%M")
    plan = {"days": "daily", "at": [local], "attempts_min": [0, 10, 60], "channels": ["speaker", "telegram"]}
    printed = town.service.take_in(household(1, plan=plan, quiet_from="00:00", quiet_to="00:01"))
    assert printed["telegram"] == {}, "only what is new gets a code"


async def _emergency_goes_from_rank_to_rank(home: Home, escalation: str) -> None:
    await until(lambda: home.shown("u-001") and home.shown("u-002") and home.shown("u-003"))
    steps = (await home.town.get(f"escalations/{escalation}"))["steps"]
    first = {step["person_id"]: step["seconds"] for step in reversed(steps) if step["what"] == "paged"}
    assert first["u-001"] < BUSY
    assert 60 <= first["u-002"] < 60 + BUSY
    assert 120 <= first["u-003"] < 120 + 2 * BUSY
    home.town.phones["u-001"].presses_data(f"ack:{escalation}")
    await until(lambda: any("박담당" in text for text in home.shown("u-002") + home.town.phones["u-002"].texts))
    await home.town.call("POST", f"escalations/{escalation}/close", json={"outcome": "safe"})


async def _asked_when_due(home: Home) -> None:
    """Attempt 1 is the speaker's; it is not there: the chat is asked at once."""
    phone = home.town.phones[home.resident]
    await until(lambda: phone.messages)
    [checkin] = [c for c in await _checkins(home.town) if c["state"] == "asked"]
    [asked] = [turn for turn in checkin["turns"] if turn["who"] == "service"]
    assert (at(asked["at"]) - at(checkin["due_at"])).total_seconds() < BUSY
    assert (checkin["channel"], checkin["attempts"]) == ("telegram", 1)


async def _page_leaves_again(home: Home) -> None:
    """Killed between claiming a page and sending it, the service sends it when it runs again."""
    town, phone = home.town, home.town.phones["u-001"]
    hanging = town.api.fault("hang", chat=phone.chat)
    before = len(home.shown("u-001"))
    await (await home.gateway()).press({"id": "2"})
    await until(lambda: hanging.times == 0)
    town.service.kill()
    await asyncio.to_thread(town.service.start)
    await until(lambda: len(home.shown("u-001")) > before)


async def _checkins(town: Town) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await town.get("residents/r-001/checkins"))["items"]
    return items
