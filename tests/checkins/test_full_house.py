"""Nothing said is lost where there is no room for another talk: only the beginning of a new one waits."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from checkins.talking import Result
from escalations.sender import Sender
from residents.people import Device
from speech.speaker.channel import SpeakerChannel
from speech.speaker.connections import Connections
from speech.speaker.limits import Limits
from speech.speaker.line import Line
from speech.speaker.places import Places
from store import FixedClock, Store
from tests.checkins.book import meaning
from tests.checkins.town import Town, address


@pytest.fixture
def town(store: Store, clock: FixedClock) -> Town:
    town = Town(store, clock)
    town.moves_in()
    return town


def says(town: Town, text: str, risk: tuple[str, str] | None = None) -> Result:
    """The resident says something into a full house."""
    where = ("r-1", "speaker", address("r-1", "speaker"))
    return town.store.write(town.checkins.hear, *where, text, 0.9, meaning(risk=risk), town.clock.now(), False)


def test_an_answer_is_an_answer_with_its_question_and_certainty(town: Town) -> None:
    town.until(9, 31)
    [(_, _question)] = town.news()
    result = says(town, "네, 잘 잤어요")
    assert (result.put_off, result.understood, result.open) == (False, True, True)
    assert [c.state for c in town.checks()] == ["answered"]
    assert len(town.news()) == 1  # the talk goes on


def test_what_begins_a_talk_is_kept_and_counts_but_nobody_answers_it(town: Town) -> None:
    result = says(town, "밥은 먹었어요")
    assert (result.put_off, result.open, town.news()) == (True, False, [])
    [check] = town.checks()
    shown = town.store.read(town.checkins.one, check.id)
    assert shown is not None
    assert [(turn.who, turn.text, turn.confidence) for turn in shown.turns] == [("resident", "밥은 먹었어요", 0.9)]
    town.presses()  # there is room now: it is called back
    assert len(town.news()) == 1


def test_a_risk_waits_for_no_room(town: Town) -> None:
    result = says(town, "가슴이 아파요", ("chest_pain", "emergency"))
    assert (result.put_off, result.open) == (False, True)
    assert ("chest_pain", "emergency") in town.kinds()
    assert len(town.news()) == 1


@dataclass
class Speaker:
    """A speaker that is here, and when it said something."""

    device: Device
    clock: FixedClock
    line: Line = field(init=False)
    said: list[datetime] = field(default_factory=list)

    async def say(self, key: str, text: str, **_how: object) -> None:
        self.said.append(self.clock.now())

    def call_back(self) -> bool:
        return False

    async def confirm_sos(self, escalation: str) -> None:
        raise AssertionError("nobody pressed")


async def test_who_finds_no_room_for_all_attempts_has_missed_none_and_then_has_them_all(
    store: Store, clock: FixedClock
) -> None:
    """The only place is taken for nine minutes; attempts follow after two and four."""
    town, places, connections = Town(store, clock), Places(1), Connections(Limits())
    town.moves_in("r-1", ("speaker",), {"days": "daily", "at": ["09:30"], "attempts_min": [0, 2, 4]})
    speaker = Speaker(Device("home-r-1", "speaker-1", "speaker"), clock)
    connections.enter(speaker, 0.0)
    places.take("home-r-9/speaker-1", asyncio.get_running_loop().time())
    channel = SpeakerChannel(connections, places)
    failed = {"question": lambda tx, delivery, now, _final: town.checkins.not_reached(tx, delivery, now)}
    sender = Sender(
        store, clock, {"speaker": channel}, failed=failed, routes=lambda: frozenset(channel.connected_addresses())
    )
    town.until(9, 30)
    half_past = clock.now()

    async def passes(minutes: int) -> list[float]:
        for _ in range(4 * minutes):
            await sender.once()
            clock.forward(seconds=15)
            store.write(town.checkins.sweep, clock.now(), clock.real())
        return [(at - half_past) / timedelta(minutes=1) for at in speaker.said]

    assert await passes(9) == []
    assert ([c.state for c in town.checks()], town.kinds()) == (["asked"], [])
    places.gone("home-r-9/speaker-1", asyncio.get_running_loop().time())
    assert await passes(5) == [9, 11, 13]
    assert town.kinds() == []
    await passes(2)
    assert [(c.state, c.attempts) for c in town.checks()] == [("missed", 3)]
