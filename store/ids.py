"""Opaque ids that sort by the time they were made, and hashes of secrets."""

import hashlib
import secrets
import time


def new_id(prefix: str) -> str:
    """A fresh opaque id such as `e-0198c1f2a4b37d21c09a`: milliseconds first, so that ids sort by age."""
    return f"{prefix}-{int(time.time() * 1000):012x}{secrets.token_hex(5)}"


def token_hash(token: str) -> str:
    """What is kept of a token: its SHA-256. Tokens carry 160 random bits or more, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
