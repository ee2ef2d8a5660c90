"""Accounts, tokens and town files from the command line."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from errors import Told, Usage
from escalations.roster import Shift
from residents.access import device_token, hash_password
from residents.access import token_create as api_token_create
from residents.access import user_add as account_set
from residents.forms import ShiftIn
from residents.importing import Imported, NewPasswords, import_town, prepare_passwords
from residents.people import Role
from residents.service import resident as known_resident
from residents.town import Town
from wiring.house import House
from wiring.services import Services, make_services


def import_into(house: House, town: Town) -> dict[str, Any]:
    """Take a town file in, people, plans and roster in one transaction; what the contract prints. Raises BadTown."""
    passwords = house.store.read(prepare_passwords, town)
    services = make_services(house)
    return house.store.write(_import, services, town, passwords, house).printed()


def _import(tx: Session, services: Services, town: Town, passwords: NewPasswords, house: House) -> Imported:
    now = house.clock.now()
    done = import_town(tx, town, passwords, now)
    for resident in done.plans:
        services.checkins.set_plan(tx, resident, known_resident(tx, resident).plan, now)
    if town.roster:
        services.escalations.set_roster(tx, _shifts(town.roster), now)
    return done


def _shifts(rows: Sequence[ShiftIn]) -> list[Shift]:
    return [Shift(r.coordinator, _days(r.days), r.start, r.end, r.rank) for r in rows]


def _days(days: str | list[str]) -> str:
    return days if isinstance(days, str) else ",".join(days)


def make_token(house: House, role: str, name: str | None, device: str | None) -> str:
    """An API token, or a new one for a device. Raises Usage, Unknown."""
    if role == "device":
        home, _, which = (device or "").partition("/")
        if not home or not which:
            raise Usage("--role device needs --device HOME/DEVICE, for example --device home-001/speaker-1")
        return house.store.write(device_token, home, which, house.clock.now())
    _check_role(role)
    if not name:
        raise Usage("--name is missing: say whose token this is or what it is for")
    return house.store.write(api_token_create, role, name, house.clock.now())


def add_user(house: House, email: str, role: str, password: str, name: str) -> str:
    """A console account. Raises Told, Usage."""
    _check_role(role)
    if "@" not in email.strip("@"):
        raise Told(f"{email!r} is no e-mail address")
    if len(password) < 8:
        raise Told("the password is too short: 8 characters or more")
    return house.store.write(account_set, email, role, hash_password(password), house.clock.now(), name)


def _check_role(role: str) -> None:
    if role not in set(Role):
        raise Usage(f"unknown role {role!r}: one of {', '.join(Role)}, or device")
