"""Wiring: settings → store → services. What each room needs of another is handed in here, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from errors import Told
from prompts import Words, load
from residents.access import device_token, hash_password
from residents.access import token_create as api_token_create
from residents.access import user_add as account_set
from residents.people import Role
from settings import Settings, read_settings, secret_key
from store import Clock, Sealer, Store
from store.clock import load_clock
from store.migrate import migrate


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


def make_token(house: House, role: str, name: str | None, device: str | None) -> str:
    """An API token, or a new one for a device. Raises Told, Unknown."""
    if role == "device":
        home, _, which = (device or "").partition("/")
        if not home or not which:
            raise Told("--role device needs --device HOME/DEVICE, for example --device home-001/speaker-1")
        return house.store.write(device_token, home, which, house.clock.now())
    _check_role(role)
    if not name:
        raise Told("--name is missing: say whose token this is or what it is for")
    return house.store.write(api_token_create, role, name, house.clock.now())


def add_user(house: House, email: str, role: str, password: str, name: str) -> str:
    """A console account. Raises Told."""
    _check_role(role)
    if "@" not in email.strip("@"):
        raise Told(f"{email!r} is no e-mail address")
    if len(password) < 8:
        raise Told("the password is too short: 8 characters or more")
    return house.store.write(account_set, email, role, hash_password(password), house.clock.now(), name)


def _check_role(role: str) -> None:
    if role not in set(Role):
        raise Told(f"unknown role {role!r}: one of {', '.join(Role)}, or device")
