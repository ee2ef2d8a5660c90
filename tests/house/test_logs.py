"""What other libraries log is JSON too, and an exception's words, which may be somebody's, stay out."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# in a process of its own: logging is set up once and for all
STORY = """
import logging
from logs import set_up_logging
set_up_logging("INFO")
try:
    raise ValueError("김안부 010-0000-0001")
except ValueError:
    logging.getLogger("somebody.else").exception("it broke")
logging.getLogger("uvicorn.error").info("connection open")
"""


def test_another_librarys_line_is_json_without_what_the_exception_said() -> None:
    ran = subprocess.run([sys.executable, "-c", STORY], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [(line["event"], line["error"]) for line in lines] == [("it broke", "ValueError")]
