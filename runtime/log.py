"""The program's log: on standard error, so that standard output stays a document; not translated."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

LEVELS = ("debug", "info", "warning", "error")


def configure(level: str = "info", *, as_json: bool = False) -> None:
    """Choose what is logged and how: one line an entry, for people or (``as_json``) for machines.

    Raises ValueError for a level that is not in ``LEVELS``.
    """
    if level not in LEVELS:
        raise ValueError(f"log level must be one of {', '.join(LEVELS)}, not {level!r}")
    shape: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *shape,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )


def _to_stderr(*_: Any) -> structlog.WriteLogger:
    return structlog.WriteLogger(sys.stderr)


def get(**context: object) -> structlog.typing.FilteringBoundLogger:
    """A logger whose every entry carries this context, e.g. ``get(node="office")``."""
    if structlog.get_config()["logger_factory"] is not _to_stderr:
        configure()  # nobody chose yet, or somebody else's default would write to standard output
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(**context)
    return logger
