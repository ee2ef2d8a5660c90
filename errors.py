"""How a verb fails: one line on stderr that says what, where and what to do; exit code 1; never a traceback."""

import os
import sys
from collections.abc import Callable


class Told(Exception):
    """An error whose message is meant for the person at the command line."""


def exit_told(app: Callable[[], object]) -> None:
    """Run a command-line app; any error becomes one line (ANBU_LOG_LEVEL=DEBUG shows where it came from)."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:  # the last edge: whatever it was, it is told
        if os.environ.get("ANBU_LOG_LEVEL") == "DEBUG":
            raise
        print(_line(error), file=sys.stderr)
        sys.exit(1)


def _line(error: Exception) -> str:
    text = str(error).strip() or (type(error).__doc__ or "").strip()
    return f"anbu: {text}" if text else f"anbu: {type(error).__name__}"
