"""Sign-ins: opened, found again, ended; and the waits after failed ones. Times are real time."""

import hmac
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from console.access import Caller
from console.lockout import FORGET, Tries, failed, wait_of
from console.ports import SessionRules
from console.tables import SessionRow, SignInTryRow
from residents.people import Unknown
from residents.service import coordinator
from store import token_hash

#: `seen_at` is written at most this often.
_TOUCH = timedelta(minutes=2)
#: free failures before a wait: of one account from one address, and of one address over all accounts.
FREE_ACCOUNT = 5
FREE_ADDRESS = 40


def open_session(tx: Session, who: str, real: datetime, rules: SessionRules, old: str | None = None) -> str:
    """A new session for a coordinator; the token the browser held before stops working. Returns the new token."""
    token = secrets.token_urlsafe(32)
    if old:
        revoke(tx, old, real)
    tx.exec(delete(SessionRow).where(col(SessionRow.expires_at) < real))
    tx.add(
        SessionRow(
            hash=token_hash(token), coordinator=who, made_at=real, seen_at=real, expires_at=real + rules.absolute
        )
    )
    return token


def find(tx: Session, token: str, real: datetime, rules: SessionRules) -> Caller | None:
    """Who a session token belongs to, None when it is wrong, ended or too old. Roles are read anew each time."""
    row = tx.get(SessionRow, token_hash(token))
    if row is None or row.revoked_at or row.expires_at <= real or row.seen_at + rules.idle <= real:
        return None
    try:
        person = coordinator(tx, row.coordinator)
    except Unknown:
        return None
    return Caller(person.id, person.name, person.role, person.districts, csrf_of(token))


def wants_touch(tx: Session, token: str, real: datetime) -> bool:
    """Whether `touch` is due, so that reading a page does not write each time."""
    row = tx.get(SessionRow, token_hash(token))
    return row is not None and real - row.seen_at > _TOUCH


def touch(tx: Session, token: str, real: datetime) -> None:
    """Note that the session is in use."""
    row = tx.get(SessionRow, token_hash(token))
    if row is not None and row.revoked_at is None:
        row.seen_at = real
        tx.add(row)


def revoke(tx: Session, token: str, real: datetime) -> None:
    """End a session; an unknown one is no error."""
    row = tx.get(SessionRow, token_hash(token))
    if row is not None and row.revoked_at is None:
        row.revoked_at = real
        tx.add(row)


def csrf_of(token: str) -> str:
    """The form token that belongs to a session: only who holds the session's cookie could have been served it."""
    return token_hash(f"anbu csrf {token}")


def csrf_fits(caller: Caller, given: str | None) -> bool:
    """Whether a request of this session carries its form token."""
    wanted = (caller.csrf or "").encode()
    return given is not None and hmac.compare_digest(wanted, given.encode("utf-8", "surrogatepass"))


def waiting(tx: Session, email: str, address: str, real: datetime) -> timedelta:
    """How long this account must still wait from this address."""
    return max(wait_of(_tries(tx, key), real) for key, _ in _keys(email, address))


def note_failure(tx: Session, email: str, address: str, real: datetime) -> None:
    """Count a failed sign-in."""
    tx.exec(delete(SignInTryRow).where(col(SignInTryRow.last_at) < real - FORGET))
    for key, free in _keys(email, address):
        after = failed(_tries(tx, key), real, free)
        row = tx.get(SignInTryRow, key) or SignInTryRow(key=key, last_at=real)
        row.failures, row.last_at, row.locked_until = after.failures, real, after.locked_until
        tx.add(row)


def forget_failures(tx: Session, email: str, address: str) -> None:
    """A good sign-in clears the account's failures from this address."""
    row = tx.get(SignInTryRow, _keys(email, address)[0][0])
    if row is not None:
        tx.delete(row)


def _keys(email: str, address: str) -> tuple[tuple[str, int], ...]:
    account = token_hash(f"{email.strip().casefold()}|{address}")
    return ((account, FREE_ACCOUNT), (token_hash(f"|{address}"), FREE_ADDRESS))


def _tries(tx: Session, key: str) -> Tries:
    row = tx.exec(select(SignInTryRow).where(SignInTryRow.key == key)).first()
    return Tries() if row is None else Tries(row.failures, row.last_at, row.locked_until)
