"""Time and names, given as arguments so that a replayed conversation is the same to the byte."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Protocol

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The time in UTC."""
        ...


class Ids(Protocol):
    """Makes names that were never used before."""

    def new(self, kind: str) -> str:
        """A new id, such as `evt_01JD3Z…` for the kind `evt`."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class UlidIds:
    """ULIDs: 48 bits of milliseconds and 80 random bits, so ids sort by time and cannot be guessed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def new(self, kind: str) -> str:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        number = (milliseconds << 80) | secrets.randbits(80)
        return f"{kind}_" + "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as the wire and the log write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
