"""The opened house: settings read, the store up to date, the clock running."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prompts import Words, load
from settings import Settings, read_settings, secret_key
from speech.speaking.recordings import Recordings
from store import Clock, Sealer, Store
from store.clock import load_clock
from store.migrate import migrate
from store.secrets import derive


@dataclass(frozen=True)
class House:
    """The opened house: the store is up to date, the clock runs."""

    settings: Settings
    store: Store
    clock: Clock
    words: Words
    secret: str

    @property
    def sealer(self) -> Sealer:
        """What opens sealed columns."""
        return Sealer(self.secret)

    @property
    def recordings(self) -> Recordings:
        """What is recorded in a real voice, for those who record it and those who play it."""
        return Recordings(derive(self.secret, b"anbu recordings"))


@contextmanager
def open_house(settings: Settings | None = None) -> Iterator[House]:
    """The house of these settings (default: the environment's), migrated; closed afterwards.

    Raises BadSetting, NewerDatabase.
    """
    settings = settings or read_settings()
    secret = secret_key(settings)
    store = Store(settings.database_url, secret)
    try:
        migrate(store)
        clock = store.write(load_clock, settings.speed)
        yield House(settings, store, clock, load(settings.language), secret)
    finally:
        store.close()
