"""The door of the ingest, as brokers see it."""

from collections.abc import Callable
from typing import Protocol


class Put(Protocol):
    """Where messages go: thread-safe, returns at once; `done` is called, on any thread, once it is committed."""

    def __call__(
        self, topic: str, payload: bytes, done: Callable[[], None], *, retained: bool = False, again: bool = False
    ) -> None: ...


class Publish(Protocol):
    """How the service speaks to a home: thread-safe, returns at once."""

    def __call__(self, topic: str, payload: bytes) -> None: ...
