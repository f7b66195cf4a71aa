"""Simulated shoppers, and the measurement of recommenders with them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from retrieval.documents import Product
from retrieval.evaluation.recommend import KNN, OURS, POPULAR, evaluate_recommend
from retrieval.index.ledger import Place
from retrieval.index.passages import passages_of
from retrieval.index.shelf import shelve
from retrieval.index.space import Stored
from retrieval.taste import Attention, Recent
from retrieval.training.session_shops import SessionShop
from retrieval.training.sessions import LONGEST, Habits, Shoppers, split_last

KINDS = ("mug", "vase", "chair", "lamp")


def a_range(size: int = 60) -> tuple[Product, ...]:
    return tuple(
        Product(
            f"P-{n}",
            f"{KINDS[n % 4]} {n}",
            "",
            Decimal(10 + n % 7),
            "EUR",
            category=KINDS[n % 4],
            attributes={"type": KINDS[n % 4], "colour": ("red", "blue", "green")[n % 3]},
        )
        for n in range(size)
    )


def a_shop(products: tuple[Product, ...]) -> SessionShop:
    """Texts tell the kind and the colour, as an encoder would."""
    vectors = np.zeros((len(products), 7), np.float32)
    for n in range(len(products)):
        vectors[n, [n % 4, 4 + n % 3]] = (0.8, 0.6)
    places = {next(passages_of(p)).key: Place("", row) for row, p in enumerate(products)}
    text = Stored(places, vectors, np.empty((0, 1), np.float16))
    return SessionShop("small", products, shelve("product", products, text, None))


def test_the_same_seed_gives_the_same_sessions() -> None:
    products = a_range()

    assert Shoppers(products, 1).sessions(20) == Shoppers(products, 1).sessions(20)
    assert Shoppers(products, 1).sessions(20) != Shoppers(products, 2).sessions(20)


def test_nobody_views_a_product_twice_or_one_that_is_not_there_yet() -> None:
    launched = np.arange(60) < 50

    sessions = Shoppers(a_range(), 1).sessions(200, launched)

    assert all(len(set(session)) == len(session) for session in sessions)
    assert all(2 <= len(session) <= LONGEST for session in sessions)
    assert max(max(session) for session in sessions) < 50


def test_shoppers_of_strong_taste_keep_to_a_kind_and_those_of_none_do_not() -> None:
    def of_one_kind(habits: Habits) -> float:
        sessions = Shoppers(a_range(), 1, habits).sessions(300)
        return float(np.mean([session[0] % 4 == session[1] % 4 for session in sessions]))

    none = Habits(kind=0, category=0, colour=0, price=0, style=0, appeal=0, zipf=0)

    assert of_one_kind(Habits(noise=0, drift=0, kind=5)) > 0.9
    assert of_one_kind(none) == pytest.approx(0.25, abs=0.08)


def test_the_last_view_is_to_be_foreseen_from_the_ones_before_it_newest_first() -> None:
    assert split_last([(1, 2, 3)]) == [((2, 1), 3)]


def test_every_method_is_measured_on_the_same_sessions_and_new_products_apart() -> None:
    rows = evaluate_recommend([a_shop(a_range())], Attention.load(), seeds=(1, 2), past=(100,), asked=60)

    by_method = {row["method"]: row for row in rows}
    assert len(by_method) == 5
    assert by_method[KNN]["HR@10, new products"] == by_method[POPULAR]["HR@10, new products"] == 0
    assert by_method[OURS]["HR@10, new products"] > 0
    assert by_method[KNN][f"over {KNN}"] == "+0.000 [+0.000, +0.000]"


def test_a_shop_that_nobody_visited_has_no_neighbours_to_go_by() -> None:
    rows = evaluate_recommend([a_shop(a_range())], Recent(), seeds=(1,), past=(0,), asked=60)

    hits = {row["method"]: row["HR@10"] for row in rows}
    assert hits[OURS] > hits[KNN]
