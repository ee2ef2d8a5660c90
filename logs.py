"""Logging: JSON Lines on stderr, ids only. Other libraries' chatter, which can hold tokens and names, stays out."""

import logging
import sys

import structlog

#: these print addresses with tokens, or messages with names, at INFO.
_TALKATIVE = ("httpx", "httpcore", "telegram", "transitions", "uvicorn.access", "alembic")
#: these log, with addresses and tracebacks, what is raised to us as well.
_MUTE = ("amqtt", "apscheduler")


def set_up_logging(level: str = "INFO") -> None:
    """Send every log line to stderr as JSON; call once, first."""
    logging.basicConfig(level=level, stream=sys.stderr, format="%(message)s", force=True)
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
