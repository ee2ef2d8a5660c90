"""The neighbourhood as a process of its own: reads who lives where from stdin, and lives until it is stopped."""

import asyncio
import json
import os
import random
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from demo.answers import answer
from demo.gateway import Gateway
from demo.life import Event, Temper, day, temper_of
from demo.speaker import Speaker
from prompts import Words, load
from store import Clock

#: what happens in the first hour, in minutes after the start (service time).
SILENT_AFTER, PRESSES_AFTER, FALLS_AFTER, BATTERY_AFTER = 4, 14, 34, 8
#: so many answers somebody with chest pain still gives.
WEAK_AFTER = 3
#: how long somebody forgetful ignores the speaker.
FORGETS_FOR = timedelta(minutes=9)


@dataclass
class Home:
    """One home and who lives there."""

    n: int
    temper: Temper
    gateway: Gateway
    clock: Clock
    zone: ZoneInfo
    words: Words
    rng: random.Random
    speaker: Speaker | None = None
    started: datetime = field(init=False)
    first_asked: datetime | None = None
    fallen: bool = False
    answered: int = 0

    def __post_init__(self) -> None:
        self.started = self.clock.now()

    async def answer(self, question: str) -> str | None:
        """What is answered to the speaker, after a moment's thought; None when nobody does."""
        now = self.clock.now()
        self.first_asked = self.first_asked or now
        if self.temper is Temper.SILENT or self.fallen:
            return None
        if self.temper is Temper.FORGETFUL and now - self.first_asked < FORGETS_FOR:
            return None
        self.answered += 1
        if self.temper is Temper.CHEST and self.answered > WEAK_AFTER:
            return None
        await asyncio.sleep(self.rng.uniform(0.7, 2.0))
        return answer(self.words, self.temper, question, self.rng)

    async def live(self) -> None:
        """Let the sensors speak, day after day."""
        today = self.started.astimezone(self.zone).date()
        while True:
            for event in day(self.temper, today, self.zone, f"home-{self.n}"):
                if event.at > self.started and not self._lies_still(event):
                    await self._at(event.at)
                    self.gateway.say(event.device, dict(event.payload), event.at)
            today += timedelta(days=1)

    async def mishap(self) -> None:
        """What befalls this one in the first hour."""
        if self.temper is Temper.PRESSES:
            await self._at(self.started + timedelta(minutes=PRESSES_AFTER))
            await asyncio.to_thread(self.gateway.press_sos, self.clock.now())
        elif self.temper is Temper.FALLS and self.speaker is not None:
            await self._at(self.started + timedelta(minutes=FALLS_AFTER))
            self.fallen = True
            await self.speaker.say_now(self.words.text("demo.spoken_fall"))
        elif self.n == 2:
            await self._at(self.started + timedelta(minutes=BATTERY_AFTER))
            self.gateway.say("bathroom_motion", {"battery": 6}, self.clock.now())

    def _lies_still(self, event: Event) -> bool:
        quiet = self.fallen or (
            self.temper is Temper.SILENT and event.at > self.started + timedelta(minutes=SILENT_AFTER)
        )
        return quiet and event.device != "lounge_climate"

    async def _at(self, when: datetime) -> None:
        await asyncio.sleep(max(0.0, self.clock.real_seconds(when - self.clock.now())))


def make_home(config: dict[str, Any], row: dict[str, Any], clock: Clock, words: Words) -> Home:
    """A home from one row of the configuration."""
    gateway = Gateway(row["home"], row["password"], config["mqtt_host"], config["mqtt_port"])
    temper = temper_of(row["n"], len(config["homes"]))
    home = Home(row["n"], temper, gateway, clock, ZoneInfo(config["zone"]), words, random.Random(row["home"]))
    if temper is not Temper.VISITOR:
        home.speaker = Speaker(config["speaker_url"], row["token"], home.answer)
    return home


async def live(config: dict[str, Any]) -> None:
    """Every home lives until this is cancelled."""
    anchor = config["clock"]
    real, service = (datetime.fromisoformat(anchor[name]) for name in ("real", "service"))
    clock = Clock(real, service, anchor["speed"])
    words = load(config["language"])
    homes = [make_home(config, row, clock, words) for row in config["homes"]]
    for home in homes:
        home.gateway.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            for home in homes:
                tasks.create_task(home.live())
                tasks.create_task(home.mishap())
                if home.speaker is not None:
                    tasks.create_task(home.speaker.run())
            tasks.create_task(_until_orphaned())
    except* Orphaned:
        pass
    finally:
        for home in homes:
            home.gateway.stop()


class Orphaned(Exception):
    """The demo that started this process is gone."""


async def _until_orphaned() -> None:
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - the operating system has no event for it
        await asyncio.sleep(1.0)
    raise Orphaned


if __name__ == "__main__":
    asyncio.run(live(json.load(sys.stdin)))
