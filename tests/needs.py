"""What a test needs from the machine: found → it runs; missing → one line says so, or it fails where it is required."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

POSTGRES_URL = os.environ.get("ANBU_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists()), None)
#: seconds to wait for what comes at once on an idle machine: a busy one takes its time, and a test only fails later.
PATIENCE_S = 60.0
MOSQUITTO = shutil.which("mosquitto") or next((p for p in ("/usr/sbin/mosquitto",) if Path(p).exists()), None)
#: real data to measure on; never in the repository.
DATA = Path(os.environ.get("ANBU_DATA", Path(__file__).parents[2] / "shared" / "data"))


def required(name: str) -> bool:
    """Whether ANBU_TEST_REQUIRE asks for it (postgres, mosquitto, chromium, torch; comma-separated)."""
    return name in os.environ.get("ANBU_TEST_REQUIRE", "").replace(" ", "").split(",")


def need(name: str, found: bool) -> None:
    """Go on when it was found; else skip, or fail when it is required."""
    if found:
        return
    if required(name):
        pytest.fail(f"{name} is required by ANBU_TEST_REQUIRE and was not found")
    pytest.skip(f"{name} not found")


def torch_found() -> bool:
    """Whether the `torch` extra is installed."""
    return all(find_spec(name) for name in ("torch", "onnx", "sklearn"))


def postgres_found() -> bool:
    """Whether a PostgreSQL server answers at ANBU_TEST_POSTGRES (default: the local one)."""
    engine = create_engine(POSTGRES_URL, connect_args={"connect_timeout": 2})
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()
