"""The scripts are spoken ahead: everybody's sentences, the slow ones, the names; behind whoever is spoken to now."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from prompts import load
from residents import service as people
from residents.people import Consent
from residents.tables import DeviceRow, HomeRow, ResidentRow
from speech.speaking.cache import Cache
from speech.speaking.filling import Listener, fill, wanted
from speech.speaking.script_lines import sentences
from speech.speaking.speaking import Speaking
from speech.speaking.voice import Manner, VoiceMissing, synthesize
from store import FixedClock, Store
from wiring.ahead import listeners

TALK = {
    "greeting": {"day": ["안녕하세요, {called}. 안부예요."]},
    "ask": {"meals": {"prompt": ["식사는 좀 하셨어요?"]}},
    "close": {"done": ["고마워요. 편히 쉬세요."]},
}
SLOW, USUAL = Manner.of(110), Manner()


def speaking(folder: Path, synthesis: Callable[[str, Manner], bytes] = synthesize, most_mb: int = 100) -> Speaking:
    return Speaking(Cache(folder, b"secret", max_bytes=most_mb * 1_000_000, synthesis=synthesis))


def test_what_everybody_hears_comes_first_the_names_last() -> None:
    found = list(
        wanted(TALK, [Listener("김 어르신", SLOW), Listener("박 어르신", USUAL), Listener("최 어르신", USUAL)])
    )
    assert found == [
        *((text, USUAL) for text in ("식사는 좀 하셨어요?", "고마워요.", "편히 쉬세요.")),
        *((text, SLOW) for text in ("식사는 좀 하셨어요?", "고마워요.", "편히 쉬세요.")),
        ("식사는 좀 하셨어요?", USUAL.slower()),
        ("식사는 좀 하셨어요?", SLOW.slower()),
        *((text, SLOW) for text in ("안녕하세요, 김 어르신.", "안부예요.")),
        *((text, USUAL) for text in ("안녕하세요, 박 어르신.", "안부예요.")),
        *((text, USUAL) for text in ("안녕하세요, 최 어르신.", "안부예요.")),
    ]
    assert [manner for _, manner in wanted(TALK, [])] == [USUAL] * 3


async def test_a_talk_that_was_spoken_ahead_needs_the_voice_no_more(tmp_path: Path) -> None:
    made: list[str] = []

    def voice(text: str, manner: Manner) -> bytes:
        made.append(text)
        return synthesize("네", manner)

    ahead = speaking(tmp_path, voice)
    ready = await fill(ahead, wanted(load().data("talk"), [Listener("안부 어르신", USUAL)]))
    assert ready == len(made) > 200
    made.clear()
    greeting = "안부 어르신, 좋은 아침이에요. 안부예요. 어젯밤에는 잘 주무셨어요?"
    for text, manner in (
        (greeting, USUAL),
        ("푹 주무셨다니 다행이에요. 식사는 좀 하셨어요?", USUAL),
        ("제가 잘 못 알아들었어요. 천천히 다시 여쭐게요. 식사는 좀 하셨어요?", USUAL.slower()),
    ):
        id = await ahead.spoken(text, manner)
        assert len(id.split("-")) == len(sentences(text))
        assert await ahead.read(id)
    assert made == []
    assert await fill(ahead, wanted(TALK, [])) == 3  # again: nothing to be made but what is new
    assert len(made) == 1


async def test_time_and_room_are_bounded(tmp_path: Path) -> None:
    assert await fill(speaking(tmp_path, most_mb=1), ((f"{n}번째 말씀.", USUAL) for n in range(100))) == 5


async def test_a_voice_that_fails_ends_the_round(tmp_path: Path) -> None:
    def voice(text: str, manner: Manner) -> bytes:
        if text == "고마워요.":
            raise VoiceMissing("no voice in this test")
        return synthesize("네", manner)

    assert await fill(speaking(tmp_path, voice), wanted(TALK, [])) == 1


async def test_whoever_is_spoken_to_now_goes_first(tmp_path: Path) -> None:
    order: list[str] = []
    asked, answered = asyncio.Event(), asyncio.Event()

    async def find(_resident: str | None, _texts: object) -> dict[str, str]:
        asked.set()
        await answered.wait()
        return {}

    def voice(text: str, manner: Manner) -> bytes:
        order.append(text)
        return synthesize("네", manner)

    ahead = Speaking(Cache(tmp_path, b"secret", synthesis=voice), find)
    live = asyncio.create_task(ahead.spoken("지금 드리는 말씀이에요.", USUAL))
    await asked.wait()
    filling = asyncio.create_task(fill(ahead, wanted(TALK, [])))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(filling), 0.05)
    assert order == []
    answered.set()
    await live
    assert await filling == 3
    assert order[0] == "지금 드리는 말씀이에요."


def test_who_has_a_speaker_and_how_they_are_spoken_to(store: Store, clock: FixedClock) -> None:
    now = clock.now()

    def furnish(tx: Session) -> None:
        for home in ("home-1", "home-2", "home-3", "home-4", "home-5"):
            tx.add(HomeRow(id=home, password_hash=""))
        tx.flush()
        for number, home in enumerate(("home-1", "home-2", "home-2", "home-3", "home-4", "home-5"), 1):
            id = f"r-{number}"
            tx.add(ResidentRow(id=id, name=id, called=f"{id} 어르신", home=home, rate=110))
            tx.flush()
            people.set_consent(tx, id, Consent.VOICE, True, "test", now)
        people.set_consent(tx, "r-5", Consent.VOICE, False, "r-5", now)
        people.set_absence(tx, "r-6", "hospital", now - timedelta(days=1), now + timedelta(days=1), "test", now)
        for home in ("home-1", "home-2", "home-4", "home-5"):
            tx.add(DeviceRow(home=home, device="d", kind="speaker"))
        tx.add(DeviceRow(home="home-3", device="d", kind="motion"))

    store.write(furnish)
    found = store.read(listeners, now)
    assert found == [Listener("r-1 어르신", SLOW), Listener("r-2 어르신", USUAL), Listener("r-3 어르신", USUAL)]
