"""Adds the passwords that `main.py import` printed (on standard input) to a Mosquitto password file."""

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
from pathlib import Path

#: Mosquitto 2's own format: $7$iterations$salt$hash, PBKDF2 with SHA-512.
_ITERATIONS = 101


def hashed(password: str) -> str:
    """A password as Mosquitto keeps it."""
    salt = secrets.token_bytes(12)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, 64)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def add(file: Path, passwords: dict[str, str]) -> None:
    """Write these passwords into the file, replacing older ones of the same names; all or nothing."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    kept = [line for line in lines if line.partition(":")[0] not in passwords]
    kept += [f"{name}:{hashed(password)}" for name, password in passwords.items()]
    fresh = file.with_name(file.name + ".new")
    fresh.write_text("\n".join(kept) + "\n", "utf-8")
    os.chmod(fresh, 0o640)  # noqa: PTH101
    fresh.replace(file)


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--file", type=Path, required=True, help="the password file")
    options.add_argument("--service", help="the password of the service's own account, anbu")
    chosen = options.parse_args()
    try:
        passwords = dict(json.load(sys.stdin).get("mqtt", {}))
    except (ValueError, AttributeError):
        sys.exit("standard input is not the output of `main.py import`")
    if chosen.service:
        passwords["anbu"] = chosen.service
    add(chosen.file, passwords)


if __name__ == "__main__":
    main()
