"""Structured logs: one JSON object a line, with what is bound to the context (delivery, run, repository)."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog

_QUIET = {"dbos": "ERROR", "aiohttp.access": "WARNING", "asyncio": "WARNING", "sqlalchemy": "WARNING"}


def setup(level: str = "info", stream: TextIO | None = None) -> None:
    """Sends structlog's and the standard library's records as JSON lines to ``stream`` (standard error).

    ``level`` is the least severity shown. Called once, by the composition root; a later call replaces the set-up.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(logging.getLevelName(least), root.level))
