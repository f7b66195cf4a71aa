"""Logs: one record an event, ids and sizes but no contents."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_LONG_NUMBER = re.compile(r"(?<!\w)\+?\d[\d \-]{8,}\d")


def configure_logs(level: str, *, as_json: bool) -> None:
    """Send everything that logs, our own and libraries' loggers, through one chain to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _drop_colour,
        redact,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=24)
    )
    handler = logging.StreamHandler()
    handler.setLevel(level)  # bm25s gives its logger a level of its own when it is imported
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "uvicorn.access", "chromadb", "RapidOCR", "PIL", "websockets", "alembic"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _drop_colour(_: Any, __: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """uvicorn repeats each message in colour."""
    record.pop("color_message", None)
    return record


def redact(_: Any, __: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask e-mail addresses and long numbers in whatever is logged, in case a library repeats a customer's words."""
    for key, value in record.items():
        if isinstance(value, str):
            record[key] = _LONG_NUMBER.sub("[number]", _EMAIL.sub("[email]", value)) if key != "timestamp" else value
    return record
