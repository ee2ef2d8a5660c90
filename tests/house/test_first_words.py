"""Understanding is loaded by the first words that need it, and only once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from settings import Settings
from speech.meaning import Meaning
from store import FixedClock, Store
from tests.wired import house_of
from wiring import services


class Reader:
    def read(self, text: str, prompt: str) -> Meaning:
        return Meaning(topics={"meal": "eaten"} if text and prompt else {})


def test_two_first_messages_wait_for_one_load(store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []

    def slow(*given: object) -> Reader:
        loads.append(given)
        time.sleep(0.2)
        return Reader()

    monkeypatch.setattr(services, "load_understanding", slow)
    understand = services.make_services(house_of(store, clock, Settings())).understand
    assert loads == []
    with ThreadPoolExecutor(4) as first:
        read = list(first.map(lambda text: understand(text, "식사하셨어요?"), ["네"] * 4))
    assert read == [Meaning(topics={"meal": "eaten"})] * 4
    assert len(loads) == 1
