"""The door of the ingest, as brokers see it."""

from collections.abc import Callable
from typing import Protocol

#: called once a message is committed, on any thread: acknowledge it.
Done = Callable[[], None]


class Put(Protocol):
    """Where messages go: thread-safe, returns at once; `done` is called, on any thread, once it is committed."""

    def __call__(
        self, topic: str, payload: bytes, done: Done, *, retained: bool = False, again: bool = False
    ) -> None: ...


class Publish(Protocol):
    """How the service speaks to a home: thread-safe, returns at once."""

    def __call__(self, topic: str, payload: bytes) -> None: ...
