"""Simulated product ranges: what customers wish for, and what fits. Reads catalogues, so it needs the `train` extra."""

import random
from decimal import Decimal

import pytest

from retrieval.documents import Product
from retrieval.training.ranges import Wish, simulate_range

RANGE = [
    Product(
        f"{kind}-{colour}-{who}", f"{who} {colour} {kind}", "", Decimal(1), "EUR",
        attributes={"type": kind, "colour": colour, "for": who, "usage": "Casual"},
    )
    for kind in ("Shirts", "Jeans", "Caps", "Socks", "Belts", "Ties", "Heels", "Tops", "Flats", "Skirts", "Shorts")
    for colour in ("Red", "Blue", "Black")
    for who in ("Men", "Women")
]  # fmt: skip


def test_a_wish_fits_what_has_all_that_was_asked_for() -> None:
    red_shirt = RANGE[0]

    assert Wish("a red shirt", "Shirts", "Red").fits(red_shirt)
    assert not Wish("a red shirt for women", "Shirts", "Red", "Women").fits(red_shirt)
    assert not Wish("what is the weather").fits(red_shirt)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_half_of_the_customers_want_what_the_shop_does_not_have(language: str) -> None:
    shop = simulate_range(RANGE, ["what is the weather"], language, random.Random(2))  # type: ignore[arg-type]

    wanted = [any(wish.fits(product) for product in shop.products) for wish in shop.wishes]
    assert wanted == [True] * 30 + [False] * 30
