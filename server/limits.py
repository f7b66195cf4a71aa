"""How much one visitor, address or connection may ask for: token buckets."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class TokenBuckets:
    """A bucket for each key: `burst` at once, then `rate` a second.

    At most `keys` buckets are kept; the one unused for longest goes first, and it is full by then unless somebody
    makes up keys faster than buckets fill.
    """

    def __init__(
        self, *, rate: float, burst: float, keys: int = 50_000, now: Callable[[], float] = time.monotonic
    ) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError(f"expected a rate above 0 and a burst of at least 1, got {rate} and {burst}")
        self._rate = rate
        self._burst = burst
        self._keys = keys
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> int:
        """Take a token: 0, or the milliseconds to wait for one when there is none."""
        now = self._now()
        bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[key] = bucket
        if len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return math.ceil((1 - bucket.tokens) / self._rate * 1000)


def address_key(address: str) -> str:
    """What counts as one address: an IPv4 address, or an IPv6 /64, which is what one household holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
