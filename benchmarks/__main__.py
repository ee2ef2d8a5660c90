"""Runs each benchmark in a process of its own and prints its figures, one JSON object a line, then a table."""

import json
import platform
import subprocess
import sys
from pathlib import Path

#: name → what it measures; the module of that name prints one JSON object with --json.
ALL = (
    "startup",
    "sos",
    "sos_behind",
    "slow_connections",
    "deliveries",
    "telegram_limits",
    "checkins_burst",
    "talk",
    "ingest",
    "kills",
    "year",
    "understanding",
    "reading",
    "reviews",
    "emergency_words",
    "cached_sentence",
    "hearing",
    "other_speech",
    "reply",
    "cry",
    "streams",
    "sensors_tihm",
    "sensors_sweep",
    "sensors_malformed",
    "mosquitto_kills",
)


def main(names: list[str]) -> int:
    """Run these benchmarks (all by default). 1 when one of them failed."""
    _say(f"machine: {platform.machine()}, Python {platform.python_version()}, {_cores()} cores")
    failed = [name for name in names or ALL if not _run(name)]
    for name in failed:
        _say(f"FAILED: {name}")
    return 1 if failed else 0


def _run(name: str) -> bool:
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--json"],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
        timeout=1200,
        check=False,
    )
    _say(f"\n## {name}")
    for line in done.stdout.splitlines():
        _say(_shown(line))
    return done.returncode == 0


def _shown(line: str) -> str:
    try:
        figures = json.loads(line)
    except ValueError:
        return line
    return "\n".join(f"  {key}: {value}" for key, value in figures.items())


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
