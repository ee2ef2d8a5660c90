"""How a verb fails: one line on stderr that says what, where and what to do; never a traceback.

Exit code 1: the work failed; 2: the verb was used wrongly.
"""

import os
import sys
from collections.abc import Callable

from typer.exceptions import Abort, TyperException


class Told(Exception):
    """An error whose message is meant for the person at the command line."""


class Usage(Told):
    """The verb was called wrongly: the exit code is 2."""


def exit_told(app: Callable[..., object]) -> None:
    """Run a command-line app; any error becomes one line (ANBU_LOG_LEVEL=DEBUG shows where it came from)."""
    try:
        code = app(standalone_mode=False)
    except (KeyboardInterrupt, Abort):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except TyperException as error:
        _tell(error.format_message() or "no verb given: see the help above", error.exit_code)
    except Usage as error:
        _tell(str(error), 2)
    except Exception as error:  # the last edge: whatever it was, it is told
        if os.environ.get("ANBU_LOG_LEVEL") == "DEBUG":
            raise
        _tell(_reason(error), 1)
    else:
        sys.exit(code if isinstance(code, int) else 0)


def _tell(reason: str, code: int) -> None:
    print("anbu: " + " ".join(reason.split()), file=sys.stderr)
    sys.exit(code)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error).strip() or (type(error).__doc__ or type(error).__name__)
