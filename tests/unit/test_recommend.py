"""What else a shopper may like: likeness, joint views, attention and diversity."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.catalogue import Catalogue
from retrieval.documents import Product
from retrieval.errors import BadFilter, ModelUnavailable
from retrieval.filters import parse_filters
from retrieval.index.ledger import Place
from retrieval.index.passages import passages_of
from retrieval.index.shelf import Shelf, shelve
from retrieval.index.space import Stored
from retrieval.ingest.parsed import Parsed
from retrieval.likeness import Likeness
from retrieval.recommend import Recommender, alike, diverse, fitting
from retrieval.taste import FEATURES, HISTORY, WEIGHTS, Attention, Recent
from retrieval.views import Views

NO_TOKENS = np.empty((0, 1), np.float16)


def a_product(id: str, *, price: str = "20", group: str = "", availability: str = "in stock", **more: str) -> Product:
    return Product(
        id, f"Thing {id}", "", Decimal(price), "EUR", group=group, availability=availability, attributes=more
    )  # type: ignore[arg-type]


def direction(degrees: float) -> NDArray[np.float32]:
    """A unit vector of the plane, by its angle."""
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)


def a_shelf(products: Sequence[Product], angles: Sequence[float], pictures: Sequence[float | None] = ()) -> Shelf:
    """Products whose texts point where `angles` say, and pictures too; None for a product without one."""
    keys = [next(passages_of(product)).key for product in products]
    text = Stored(
        {key: Place("", row) for row, key in enumerate(keys)}, np.stack([direction(a) for a in angles]), NO_TOKENS
    )
    seen = [(p.id, a) for p, a in zip(products, pictures, strict=bool(pictures)) if a is not None]
    images = None
    if seen:
        rows = np.stack([direction(angle) for _, angle in seen])
        images = Stored({id: Place("", row) for row, (id, _) in enumerate(seen)}, rows, NO_TOKENS)
    return shelve("product", products, text, images)


class Index:
    """Holds one shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.held = shelf

    def shelf(self, kind: str) -> Shelf:
        return self.held


MUGS = [a_product(f"MUG-{n}", group="mug") for n in range(4)]
GOODS = [
    *MUGS,
    a_product("CUP-1"),
    a_product("CUP-2", availability="out of stock"),
    a_product("BOWL-1", price="40"),
    a_product("CHAIR-1", price="200"),
]
ANGLES = [0, 1, 2, 3, 8, 9, 25, 80]


@pytest.fixture
def recommender(tmp_path: Path) -> Recommender:
    catalogue = Catalogue(tmp_path / "shop.sqlite3")
    catalogue.import_products(Parsed("test", tuple(GOODS)))
    return Recommender(Index(a_shelf(GOODS, ANGLES)), catalogue, Attention.load())  # type: ignore[arg-type]


async def test_similar_is_the_nearest_and_nothing_of_its_own_range(recommender: Recommender) -> None:
    found = await recommender.similar("MUG-0", limit=3)

    assert [s.id for s in found] == ["CUP-1", "CUP-2", "BOWL-1"]
    assert {s.because.id for s in found} == {"MUG-0"}
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)


async def test_of_another_range_there_is_only_one(recommender: Recommender) -> None:
    found = await recommender.similar("CUP-1", limit=8)

    assert sum(s.id.startswith("MUG") for s in found) == 1


async def test_filters_hold_before_the_cut(recommender: Recommender) -> None:
    in_stock = await recommender.similar("MUG-0", parse_filters(("availability!=out of stock",)), limit=1)
    dear = await recommender.similar("MUG-0", parse_filters(("price>30",)), limit=8)

    assert [s.id for s in in_stock] == ["CUP-1"]
    assert [s.id for s in dear] == ["BOWL-1", "CHAIR-1"]


async def test_a_field_that_no_product_has_is_named(recommender: Recommender) -> None:
    with pytest.raises(BadFilter, match="'weave'"):
        await recommender.similar("MUG-0", parse_filters(("weave=linen",)))


async def test_nothing_is_like_what_the_shop_does_not_have(recommender: Recommender) -> None:
    assert await recommender.similar("GONE-1") == ()
    assert await recommender.recommend(("GONE-1",)) == ()
    assert await recommender.recommend(()) == ()


async def test_what_was_viewed_is_not_recommended_again(recommender: Recommender) -> None:
    found = await recommender.recommend(("MUG-0", "CUP-1", "GONE-1", "MUG-0"), limit=8)

    assert found
    assert not {"MUG-0", "CUP-1"} & {s.id for s in found}


async def test_views_older_than_the_twentieth_say_nothing(tmp_path: Path) -> None:
    goods = [a_product(f"P-{n:02}") for n in range(40)]
    catalogue = Catalogue(tmp_path / "shop.sqlite3")
    catalogue.import_products(Parsed("test", tuple(goods)))
    recommender = Recommender(Index(a_shelf(goods, range(40))), catalogue, Attention.load())  # type: ignore[arg-type]
    latest = [f"P-{n:02}" for n in range(HISTORY)]

    with_old = await recommender.recommend((*latest, "P-39"), limit=30)

    scores = {s.id: s.score for s in with_old}
    assert scores == {s.id: s.score for s in await recommender.recommend(latest, limit=30)}


async def test_what_others_viewed_together_is_learnt(recommender: Recommender) -> None:
    before = [s.id for s in await recommender.recommend(("MUG-0",), limit=8)]
    recommender.learn([("MUG-0", "CHAIR-1")] * 50 + [("BOWL-1", "CUP-2")] * 50)

    after = [s.id for s in await recommender.recommend(("MUG-0",), limit=8)]

    assert before[-1] == "CHAIR-1"
    assert after.index("CHAIR-1") < after.index("BOWL-1")


def test_likeness_is_on_the_shops_own_scale() -> None:
    shelf = a_shelf(GOODS, ANGLES)
    pairs = Likeness.of(shelf).pairs(np.arange(len(GOODS)))
    off_diagonal = ~np.eye(len(GOODS), dtype=bool)

    assert pairs.shape == (8, 8, len(FEATURES))
    assert pairs[..., 0][off_diagonal].mean() == pytest.approx(0, abs=1e-4)
    assert pairs[..., 0][off_diagonal].std() == pytest.approx(1, abs=1e-4)
    assert not pairs[..., 1].any()  # no pictures: nothing is more alike than is usual
    assert not pairs[..., 3].any()  # no views either


def test_a_product_without_a_picture_is_as_alike_as_is_usual() -> None:
    shelf = a_shelf(GOODS[:4], [0, 1, 2, 3], [0, 5, None, 90])

    pictures = Likeness.of(shelf).pairs(np.arange(4))[..., 1]

    assert not pictures[2].any()
    assert not pictures[:, 2].any()
    assert pictures[0, 1] > pictures[0, 3]


def test_joint_views_count_by_how_far_they_exceed_chance() -> None:
    positions = {"a": 0, "b": 1, "c": 2, "new": 3}
    views = Views.of([["a", "b"]] * 20 + [["c"]] * 20 + [["gone"]], positions)

    together = views.together(0)

    assert together[1] == pytest.approx(np.log((20 + 3) / (10 + 3)))
    assert together[2] < 0
    assert together[3] == 0
    assert views.standing()[3].tolist() == [0, 1]
    assert views.standing()[0, 1] == 0


def test_without_views_nothing_is_popular_and_nothing_goes_together() -> None:
    views = Views.of([], {"a": 0, "b": 1})

    assert views.together(0).tolist() == [0, 0]
    assert views.standing()[:, 0].tolist() == [0, 0]


def test_attention_is_shared_among_the_views_and_adds_up_to_the_score() -> None:
    pairs = np.random.default_rng(0).normal(size=(5, 3, len(FEATURES))).astype(np.float32)
    same = Attention(
        keys=np.zeros((1, 4), np.float32),
        values=np.array([[1, 0, 0, 0]], np.float32),
        recency=np.zeros((1, HISTORY), np.float32),
        own=np.zeros(2, np.float32),
    )

    assert same.shares(pairs).sum(axis=1) == pytest.approx(pairs[..., 0].mean(axis=1), abs=1e-6)


def test_an_older_view_counts_less_in_the_plain_mean() -> None:
    pairs = np.zeros((2, 2, len(FEATURES)), np.float32)
    pairs[0, 0, :2] = pairs[1, 1, :2] = 1

    newest, oldest = Recent().shares(pairs).sum(axis=1)

    assert newest > oldest


def test_a_score_says_which_view_spoke_for_a_product() -> None:
    likeness = Likeness.of(a_shelf(GOODS, ANGLES))

    scored = fitting(likeness, Recent(), np.array([0, 7]))

    assert scored.because[1] == 0
    assert scored.because[7] == 7


def test_what_is_of_the_same_kind_is_more_alike() -> None:
    goods = [a_product("A", type="mug"), a_product("B", type="bowl"), a_product("C", type="mug"), a_product("D")]
    scored = alike(Likeness.of(a_shelf(goods, [0, 30, 31, 90])), 0)

    assert scored.best(np.array([False, True, True, True]), 3).tolist() == [2, 1, 3]


def test_diversity_takes_the_best_first_and_then_what_is_unlike_it() -> None:
    likeness = np.array([[9, 9, 0], [9, 9, 0], [0, 0, 9]], np.float32)
    scores = np.array([3.0, 2.9, 2.0], np.float32)

    assert diverse(likeness, scores, ["a", "b", "c"], 3) == [0, 2, 1]
    assert diverse(likeness, scores, ["a", "a", "c"], 3) == [0, 2]
    assert diverse(likeness[:0, :0], scores[:0], [], 3) == []


def test_weights_that_are_not_the_pinned_ones_are_refused_by_name(tmp_path: Path) -> None:
    for name in ("recommend.json", "recommend.safetensors"):
        (tmp_path / name).write_bytes((WEIGHTS / name).read_bytes())
    (tmp_path / "recommend.safetensors").write_bytes(b"something else")

    with pytest.raises(ModelUnavailable, match=r"recommend\.safetensors: expected SHA-256"):
        Attention.load(tmp_path)
    with pytest.raises(ModelUnavailable, match=r"expected recommend\.json"):
        Attention.load(tmp_path / "nowhere")


async def test_a_shop_of_one_product_has_nothing_to_recommend(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "shop.sqlite3")
    catalogue.import_products(Parsed("test", (GOODS[0],)))
    recommender = Recommender(Index(a_shelf(GOODS[:1], [0])), catalogue, Attention.load())  # type: ignore[arg-type]

    assert await recommender.similar("MUG-0") == ()
    assert await recommender.recommend(("MUG-0",)) == ()
