"""SQLite's one writer: an SOS goes before every other writer that waits."""

import threading

import pytest

from store.engine import OneWriter
from tests.sensors.gateway import until


def test_who_must_be_first_goes_before_those_who_wait() -> None:
    writer, order = OneWriter(), list[str]()

    def take(name: str, first: bool) -> None:
        with writer.turn(first):
            order.append(name)

    threads = [threading.Thread(target=take, args=(f"reading {n}", False)) for n in range(5)]
    urgent = threading.Thread(target=take, args=("sos", True))
    with writer.turn():
        for thread in threads:
            thread.start()
        urgent.start()
        assert until(lambda: writer._first == 1)
    for thread in [*threads, urgent]:
        thread.join(10)
    assert order[0] == "sos"
    assert len(order) == 6


def test_a_failing_writer_gives_its_turn_back() -> None:
    writer = OneWriter()
    with pytest.raises(ValueError, match="failed"), writer.turn():
        raise ValueError("the work failed")
    with writer.turn(first=True):
        pass
