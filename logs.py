"""Logging: JSON Lines on stderr, ids only. Other libraries' chatter, which can hold tokens and names, stays out."""

import json
import logging
import sys
from datetime import UTC, datetime

import structlog

#: these print addresses with tokens, or messages with names, at INFO.
_TALKATIVE = (
    "httpx",
    "httpcore",
    "telegram",
    "transitions",
    "uvicorn.access",
    "uvicorn.error",
    "python_multipart",
    "alembic",
)
#: these log, with addresses and tracebacks, what is raised to us as well.
_MUTE = ("amqtt", "apscheduler")


class _Json(logging.Formatter):
    """Other libraries' lines as JSON too. Of an exception its kind alone: its words may hold names."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"event": record.getMessage(), "logger": record.name, "level": record.levelname.lower()}
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False)


def set_up_logging(level: str = "INFO") -> None:
    """Send every log line to stderr as JSON; call once, first."""
    plain = logging.StreamHandler(sys.stderr)
    plain.setFormatter(_Json())
    logging.basicConfig(level=level, handlers=[plain], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in _MUTE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
