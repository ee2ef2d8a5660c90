"""Sealing what would name a person: AES-256-GCM with a key derived from ANBU_SECRET_KEY."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PREFIX = "s1:"  # the sealing's version, so that a later key or cipher can be told apart


class WrongKey(Exception):
    """The data was sealed with another ANBU_SECRET_KEY: start with the key the data was written with."""


class Sealer:
    """Seals and opens text and sound. One per process; threads may share it."""

    def __init__(self, secret: str) -> None:
        self._aead = AESGCM(derive(secret, b"anbu sealed columns"))

    def seal(self, plain: str) -> str:
        """Sealed text, different at every call."""
        return self.seal_bytes(plain.encode("utf-8", "surrogatepass"))

    def open(self, sealed: str) -> str:
        """The plain text. Raises WrongKey."""
        return self.open_bytes(sealed).decode("utf-8", "surrogatepass")

    def seal_bytes(self, plain: bytes) -> str:
        """The same for sound."""
        nonce = os.urandom(12)
        return _PREFIX + base64.b64encode(nonce + self._aead.encrypt(nonce, plain, None)).decode("ascii")

    def open_bytes(self, sealed: str) -> bytes:
        """What `seal_bytes` was given. Raises WrongKey."""
        raw = base64.b64decode(sealed.removeprefix(_PREFIX))
        try:
            return self._aead.decrypt(raw[:12], raw[12:], None)
        except InvalidTag as error:
            raise WrongKey(WrongKey.__doc__) from error


def derive(secret: str, purpose: bytes) -> bytes:
    """A 32-byte key of its own for each purpose, from the one secret (HKDF, RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
