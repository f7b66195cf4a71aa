"""Time and names, given as arguments so that a replayed conversation is the same to the byte."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
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


class FixedClock:
    """A clock that stands."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


class UlidIds:
    """ULIDs: 48 bits of milliseconds and 80 random bits, so ids sort by time and cannot be guessed."""

    def __init__(self, clock: Clock, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._clock = clock
        self._random_bits = random_bits

    def new(self, kind: str) -> str:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        number = (milliseconds << 80) | self._random_bits(80)
        return f"{kind}_" + "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a server takes time and names from. With a `moment` the time stands and nothing takes any; with a `seed`
    the names are the same in every run, which is for tests: they can be guessed.
    """

    moment: datetime | None = None
    seed: str = ""

    @property
    def clock(self) -> Clock:
        return SystemClock() if self.moment is None else FixedClock(self.moment)

    def ids(self, part: str) -> Ids:
        """Names of a part of the server; each part draws its own, so that it matters to none when others draw."""
        return UlidIds(self.clock, self._bits(part))

    def tokens(self, part: str) -> Callable[[], str]:
        """Gives 32 hexadecimal digits at a time."""
        bits = self._bits(part)
        return lambda: f"{bits(128):032x}"

    @property
    def ticks(self) -> Callable[[], float]:
        """A stopwatch in seconds."""
        return time.perf_counter if self.moment is None else lambda: 0.0

    def _bits(self, part: str) -> Callable[[int], int]:
        return secrets.randbits if not self.seed else random.Random(f"{self.seed} {part}").getrandbits


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as the wire and the log write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
