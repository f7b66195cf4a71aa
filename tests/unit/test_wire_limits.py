"""Token buckets."""

from __future__ import annotations

import pytest

from server.limits import TokenBuckets, address_key


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_the_next_one_waits() -> None:
    buckets = TokenBuckets(rate=2, burst=3, now=Seconds())

    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 500]


def test_after_the_wait_it_passes() -> None:
    seconds = Seconds()
    buckets = TokenBuckets(rate=2, burst=1, now=seconds)
    buckets.take("a")

    seconds.now = buckets.take("a") / 1000

    assert buckets.take("a") == 0


def test_one_key_does_not_take_from_another() -> None:
    buckets = TokenBuckets(rate=1, burst=1, now=Seconds())
    buckets.take("a")

    assert buckets.take("b") == 0


def test_made_up_keys_take_bounded_memory() -> None:
    buckets = TokenBuckets(rate=1, burst=1, keys=10, now=Seconds())

    for number in range(1000):
        buckets.take(str(number))

    assert len(buckets._buckets) == 10


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    seconds = Seconds()
    buckets = TokenBuckets(rate=1, burst=1, now=seconds)
    buckets.take("a")

    seconds.now = -3600

    assert buckets.take("a") == 1000


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a rate above 0"):
        TokenBuckets(rate=0, burst=1)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("testclient", "testclient"),
    ],
)
def test_a_household_is_one_address(address: str, key: str) -> None:
    assert address_key(address) == key
