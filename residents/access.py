"""Codes, chats, tokens, passwords: how a person or device proves who it is."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from functools import cache

from pwdlib import PasswordHash
from sqlmodel import Session, col, delete, select

from residents.people import Coordinator, Device, Person, Principal, Role, Unknown
from residents.tables import ChatRow, CodeRow, ContactRow, CoordinatorRow, DeviceRow, HomeRow, ResidentRow, TokenRow
from store import changed, new_id, token_hash
from store.audit import audit

#: a linking code works this long.
CODE_LASTS = timedelta(days=7)
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that look alike when read out
_PEOPLE: dict[str, type[ResidentRow] | type[ContactRow] | type[CoordinatorRow]] = {
    "resident": ResidentRow,
    "contact": ContactRow,
    "coordinator": CoordinatorRow,
}

_passwords = PasswordHash.recommended()


class LinkFailed(Exception):
    """The code is wrong, used or too old: ask for a new one (`main.py invite ID`)."""


def kind_of(tx: Session, id: str) -> str:
    """Whether an id is a resident's, a contact's or a coordinator's. Raises Unknown."""
    for kind, model in _PEOPLE.items():
        if tx.get(model, id) is not None:
            return kind
    raise Unknown(f"no resident, contact or coordinator {id!r}")


def link_code(tx: Session, kind: str, id: str, now: datetime) -> str:
    """A new code for a person; older unused ones stop working. Raises Unknown."""
    if tx.get(_PEOPLE[kind], id) is None:
        raise Unknown(f"no {kind} {id!r}")
    tx.exec(delete(CodeRow).where(col(CodeRow.person) == id, col(CodeRow.used_at).is_(None)))
    code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(10))
    tx.add(CodeRow(hash=token_hash(code), kind=kind, person=id, expires_at=now + CODE_LASTS))
    return code


def redeem(tx: Session, code: str, chat: str, now: datetime) -> Person | None:
    """Link a chat to whom the code was made for; None when the code is wrong, used or too old."""
    row = tx.get(CodeRow, token_hash(code.strip().upper()))
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    row.used_at = now
    tx.exec(delete(ChatRow).where((col(ChatRow.person) == row.person) | (col(ChatRow.chat) == chat)))
    tx.add(ChatRow(chat=chat, kind=row.kind, person=row.person, linked_at=now))
    audit(tx, who=row.person, what="chat linked", whose=row.person, now=now)
    changed(tx, row.kind, row.person, now, linked=True)
    return Person(row.kind, row.person)


def by_chat(tx: Session, chat: str) -> Person | None:
    """Who this chat belongs to, None for a stranger."""
    row = tx.get(ChatRow, chat)
    return None if row is None else Person(row.kind, row.person)


def chat_of(tx: Session, kind: str, id: str) -> str | None:
    """The chat linked to a person, None where there is none."""
    row = tx.exec(select(ChatRow).where(ChatRow.kind == kind, ChatRow.person == id)).first()
    return None if row is None else row.chat


def unlink(tx: Session, chat: str, by: str, now: datetime) -> None:
    """Forget a chat; audited."""
    row = tx.get(ChatRow, chat)
    if row is not None:
        audit(tx, who=by, what="chat unlinked", whose=row.person, now=now)
        tx.delete(row)


def device_token(tx: Session, home: str, device: str, now: datetime) -> str:
    """A new token for a device; older ones of it stop working. Raises Unknown."""
    if tx.get(DeviceRow, (home, device)) is None:
        raise Unknown(f"no device {home}/{device}")
    for old in tx.exec(select(TokenRow).where(TokenRow.home == home, TokenRow.device == device)):
        old.revoked_at = old.revoked_at or now
    return _new_token(tx, "device", f"{home}/{device}", now, home, device)


def token_create(tx: Session, role: str, name: str, now: datetime) -> str:
    """A new API token with a role of the control centre. Raises ValueError for another role."""
    token = _new_token(tx, Role(role).value, name, now)
    audit(tx, who="command line", what="token made", now=now, detail={"role": role})
    return token


def _new_token(
    tx: Session, role: str, name: str, now: datetime, home: str | None = None, device: str | None = None
) -> str:
    token = secrets.token_urlsafe(32)
    tx.add(TokenRow(hash=token_hash(token), role=role, name=name, home=home, device=device, made_at=now))
    return token


def device_by_token(tx: Session, token: str) -> Device | None:
    """The device a token belongs to, None when the token is wrong or revoked."""
    row = _token(tx, token)
    if row is None or row.home is None or row.device is None:
        return None
    device = tx.get(DeviceRow, (row.home, row.device))
    return None if device is None else Device(**device.model_dump())


def api_token(tx: Session, token: str) -> Principal | None:
    """Who a bearer token speaks for (a device too), None when it is wrong or revoked."""
    row = _token(tx, token)
    if row is None:
        return None
    who = f"token:{row.hash[:12]}"
    if row.role == "device":
        return Principal("device", who, None, row.name, device=f"{row.home}/{row.device}")
    return Principal("token", who, Role(row.role), row.name)


def _token(tx: Session, token: str) -> TokenRow | None:
    row = tx.get(TokenRow, token_hash(token))
    return None if row is None or row.revoked_at is not None else row


def home_password(tx: Session, home: str) -> str:
    """A new password for a home's gateway. 160 random bits, so a plain hash is enough and thousands can sign in."""
    password = secrets.token_urlsafe(20)
    row = tx.get(HomeRow, home) or HomeRow(id=home, password_hash="")
    row.password_hash = token_hash(password)
    tx.add(row)
    return password


def home_login(tx: Session, home: str, password: str) -> bool:
    """Whether a gateway may sign in as this home."""
    row = tx.get(HomeRow, home)
    return row is not None and hmac.compare_digest(row.password_hash, token_hash(password))


def hash_password(password: str) -> str:
    """Argon2id; takes tens of milliseconds, so call it outside a transaction."""
    return _passwords.hash(password)


def new_password() -> str:
    """A password that can be read out: four groups of four letters and digits."""
    return "-".join("".join(secrets.choice(_CODE_LETTERS.lower()) for _ in range(4)) for _ in range(4))


def email_hash(email: str) -> str:
    """How a sealed e-mail address is found again."""
    return hashlib.sha256(b"anbu email:" + email.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _nobody() -> str:
    """Verified for unknown addresses, so that they take as long as known ones. Made once: it takes tens of ms."""
    return _passwords.hash(secrets.token_hex(16))


def login(tx: Session, email: str, password: str) -> Coordinator | None:
    """The coordinator these belong to, None when either is wrong; takes as long for an unknown address."""
    row = tx.exec(select(CoordinatorRow).where(CoordinatorRow.email_hash == email_hash(email))).first()
    kept = row.password_hash if row is not None and row.password_hash else _nobody()
    if not _passwords.verify(password, kept) or row is None or row.password_hash is None:
        return None
    return Coordinator(row.id, row.name, row.email, Role(row.role), tuple(row.districts))


def user_add(tx: Session, email: str, role: str, password_hash: str, now: datetime, name: str = "") -> str:
    """A console account, or a new password and role for one that exists; returns its id."""
    row = tx.exec(select(CoordinatorRow).where(CoordinatorRow.email_hash == email_hash(email))).first()
    if row is None:
        row = CoordinatorRow(
            id=new_id("u"),
            name=name or email.split("@", maxsplit=1)[0],
            email=email,
            email_hash=email_hash(email),
            role=role,
        )
    row.role, row.password_hash = Role(role).value, password_hash
    tx.add(row)
    audit(tx, who="command line", what="account set", whose=row.id, now=now, detail={"role": role})
    return row.id
