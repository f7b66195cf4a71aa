"""Logs what broke: its class and the lines it came through, not its message, which may repeat a customer's words."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

FRAMES = 4


def log_fault(logger: logging.Logger, what: str, error: BaseException | None, **ids: str) -> None:
    """One record at ERROR; the whole traceback, contents and all, only where the logger is set to DEBUG."""
    logger.error(
        what,
        extra={**ids, "error": type(error).__name__, "at": place_of(error)},
        exc_info=error if logger.isEnabledFor(logging.DEBUG) else None,
    )


def place_of(error: BaseException | None) -> str:
    """The innermost lines of our code and others' that an error came through, such as `turns.py:245 > loop.py:88`."""
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
