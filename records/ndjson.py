"""NDJSON files that only their owner may read: one resource a line, whole or not at all."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def write(file: Path, resources: Iterable[Mapping[str, Any]]) -> int:
    """Write a file anew and return its lines; an earlier one stays until the new one is whole."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        lines = _write(part, resources)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return lines


def _write(part: Path, resources: Iterable[Mapping[str, Any]]) -> int:
    lines = 0
    private = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(private, "w", encoding="utf-8") as out:
        for resource in resources:
            out.write(json.dumps(resource, ensure_ascii=False, allow_nan=False) + "\n")
            lines += 1
    return lines
