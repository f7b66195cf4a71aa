"""Names for what a turn makes, and the stopwatch that times it: given, so that a replay is the same to the byte."""

from __future__ import annotations

import uuid
from collections.abc import Callable

NewId = Callable[[str], str]
"""A name that was never used before, such as `msg_5f0c…` for the kind `msg`."""

Ticks = Callable[[], float]
"""Seconds of a stopwatch, such as `time.perf_counter`."""


def random_id(kind: str) -> str:
    """A name of 122 random bits."""
    return f"{kind}_{uuid.uuid4().hex}"
