"""Searches that the co-attention reranker has a say in, on a real index with its tokens and patches."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from plain_encoders import WordSums

from retrieval.calibration import CASES, FEATURES, Calibrator, Curve
from retrieval.catalogue import Catalogue
from retrieval.coattention import CoAttention, Judged, Scorer, Weights, compared
from retrieval.documents import Faq, Product, Query
from retrieval.filters import parse_filters
from retrieval.index.shop import ShopIndex
from retrieval.ingest.parsed import Parsed
from retrieval.search import HybridSearch, as_json
from retrieval.training.coattention_export import export
from retrieval.training.coattention_network import PATCH_DIMENSIONS, WORD_DIMENSIONS
from retrieval.training.coattention_network import CoAttention as Network
from retrieval.training.shops import Encodings, hits_for
from server.explanation import draw

WEIGHT = 0.05
SAY = Weights(logit=WEIGHT)
MIX = {
    "faq-en": Weights(), "faq-zh": SAY, "product-en": SAY, "product-zh": Weights(seen=1.0, denied=-3.0),
    "photo": SAY, "photo-words": SAY,
}  # fmt: skip
IN_FORCE = [case for case, weights in MIX.items() if weights]
COLOURS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 220)}
SURE_BY_SCORE = Curve(np.eye(len(FEATURES))[0] * 10, -4.0, 0.5)


class Tiles:
    """A picture's vector is its mean colour in 256 dimensions, and so is each of 4 × 4 tiles'."""

    name = "tiles"
    dimensions = PATCH_DIMENSIONS

    def encode(self, pictures: list[Image.Image]) -> NDArray[np.float32]:
        return self.encode_patches(pictures)[0]

    def encode_patches(self, pictures: list[Image.Image]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        spread = np.random.default_rng(0).normal(size=(3, self.dimensions))
        small = [
            np.asarray(picture.resize((4, 4), Image.Resampling.BOX), np.float32).reshape(16, 3) for picture in pictures
        ]
        patches = [_unit((tile - 128) @ spread) for tile in small]
        return np.stack([_unit(each.mean(axis=0, keepdims=True))[0] for each in patches]), patches


def as_green(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whatever the words, they ask for what looks green."""
    return np.repeat(Tiles().encode([Image.new("RGB", (16, 16), COLOURS["green"])]), len(vectors), axis=0)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9), np.float32)


def untrained() -> Network:
    """A network that compares by chance, and takes all words for a wish of something else than a photo shows."""
    torch.manual_seed(1)
    network = Network()
    torch.nn.init.normal_(network.head[2].weight)  # type: ignore[arg-type]
    torch.nn.init.constant_(network.changes.bias, 20.0)
    return network


def goods(folder: Path) -> Iterator[Product]:
    for colour, rgb in COLOURS.items():
        Image.new("RGB", (16, 16), rgb).save(folder / f"{colour}.png")
        for kind in ("mug", "bowl"):
            yield Product(
                f"{kind}-{colour}", f"{colour} {kind}", "", Decimal(10), "EUR", image=str(folder / f"{colour}.png"),
                attributes={"colour": colour},
            )  # fmt: skip
    yield Product("mug-bare", "mug", "", Decimal(5), "EUR")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HybridSearch]:
    folder = tmp_path_factory.mktemp("shop")
    catalogue = Catalogue(folder / "shop.sqlite3")
    catalogue.import_products(Parsed("shop.csv", tuple(goods(folder))))
    catalogue.import_faq(Parsed("faq.csv", (Faq("ship", "Do you ship?", "Yes."),)))
    encoder = WordSums(dimensions=WORD_DIMENSIONS)
    export(
        untrained(),
        folder / "weights",
        text=encoder.name,
        pictures=Tiles.name,
        chosen=MIX,
        in_force=IN_FORCE,
        seed=1,
    )
    index = ShopIndex.open(folder, encoder, Tiles())
    index.sync(catalogue)
    reranker = CoAttention(Scorer(folder / "weights"), index, encoder, Tiles.name, as_green)
    searcher = HybridSearch(index, catalogue, encoder, reranker, Calibrator(dict.fromkeys(CASES, SURE_BY_SCORE)))
    yield searcher
    searcher.close()
    index.close()
    catalogue.close()


def asked(text: str = "", *, colour: str = "red", **more: object) -> Query:
    vectors, patches = Tiles().encode_patches([Image.new("RGB", (16, 16), COLOURS[colour])])
    return Query(text, photo=vectors[0], patches=patches[0], **more)  # type: ignore[arg-type]


def test_the_logit_orders_the_hits_and_the_first_stages_scores_stay_in_their_places(searcher: HybridSearch) -> None:
    hits = searcher.find(Query("a red mug", limit=7)).hits

    mixed = [hit.stages["fused"] + WEIGHT * hit.stages["rerank"] for hit in hits]
    assert mixed == sorted(mixed, reverse=True)
    assert [hit.score for hit in hits] == pytest.approx(sorted((hit.stages["fused"] for hit in hits), reverse=True))


def test_a_collection_of_weight_zero_keeps_the_first_stages_order(searcher: HybridSearch) -> None:
    (hit,) = searcher.find(Query("ship", "faq")).hits

    assert "rerank" not in hit.stages
    assert hit.score == pytest.approx(hit.stages["fused"])


def test_words_alone_find_the_product_whose_picture_looks_like_them(searcher: HybridSearch) -> None:
    hits = searcher.find(Query("mug", language="zh", limit=7)).hits

    assert hits[0].id == "mug-green"
    assert {hit.id for hit in hits} >= {"mug-bare", "mug-red"}  # one without a picture is still found


def test_what_has_a_denied_word_falls_behind(searcher: HybridSearch) -> None:
    hits = searcher.find(Query("mug, not green", language="zh", limit=7)).hits

    assert [hit.id for hit in hits][-2:] == ["mug-green", "bowl-green"]
    assert hits[0].stages["denied"] < hits[-1].stages["denied"]


def test_what_a_question_denies_does_not_count_against_an_answer(searcher: HybridSearch) -> None:
    (hit,) = searcher.find(Query("why do you not ship?", "faq", language="zh")).hits

    assert hit.stages["denied"] == 0
    assert hit.stages["late"] > 0


def test_a_photo_and_words_are_read_together(searcher: HybridSearch) -> None:
    photo, words, both = (
        {hit.id: hit.stages["rerank"] for hit in searcher.find(query).hits}
        for query in (asked(limit=7), Query("in green", limit=7), asked("in green", limit=7))
    )

    assert photo.keys() == {f"{kind}-{colour}" for kind in ("mug", "bowl") for colour in COLOURS}
    assert len({photo["mug-green"], words["mug-green"], both["mug-green"]}) == 3


def test_under_a_photo_with_words_the_best_keeps_its_likeness_and_the_others_lose(searcher: HybridSearch) -> None:
    hits = searcher.find(asked("in green", limit=7)).hits

    best = max(hit.stages["rerank"] for hit in hits)
    assert all(
        hit.score == pytest.approx(hit.stages["fused"] + WEIGHT * (hit.stages["rerank"] - best), abs=1e-5)
        for hit in hits
    )
    assert max(hit.score - hit.stages["fused"] for hit in hits) == pytest.approx(0.0, abs=1e-5)


def test_the_words_count_beside_a_photo_as_surely_as_they_ask_for_a_change() -> None:
    judged = (np.array([1.0, 2.0], np.float32), np.zeros(2, np.float32))
    stages = {name: np.zeros(2, np.float32) for name in ("seen", "told", "lexical", "photo")}

    def added(change: float, *, photo: bool = True) -> list[float]:
        says = (*judged, np.zeros(2, np.float32), np.full(2, change, np.float32))
        return [float(each) for each in SAY.added(Judged.of(says, [[0], [1]], stages, photo_and_words=photo))]

    assert added(0.3) == [0, 0]
    assert added(0.75) == pytest.approx([WEIGHT / 2, WEIGHT])
    assert added(0.0, photo=False) == pytest.approx([WEIGHT, 2 * WEIGHT])


def test_reranking_only_orders_what_the_filters_left(searcher: HybridSearch) -> None:
    found = searcher.find(asked("mug", filters=parse_filters(["colour=green"])))

    assert {hit.id for hit in found.hits} == {"mug-green", "bowl-green"}


def test_an_explanation_names_each_word_and_each_part_of_the_photo(searcher: HybridSearch) -> None:
    best = searcher.find(asked("a mug in green", explain=True)).hits[0]

    assert [word for word, _ in best.carried.words] == ["mug", "green"]
    assert [len(row) for row in best.carried.regions] == [4, 4, 4, 4]
    assert any(lost != 0 for _, lost in best.carried.words)


def test_the_loss_of_a_word_is_what_the_score_loses_without_it(searcher: HybridSearch) -> None:
    whole = {hit.id: hit for hit in searcher.find(asked("mug green", explain=True, limit=7)).hits}
    without = {hit.id: hit for hit in searcher.find(asked("mug", limit=7)).hits}

    lost = WEIGHT * (whole["mug-red"].stages["rerank"] - without["mug-red"].stages["rerank"])
    assert dict(whole["mug-red"].carried.words)["green"] == pytest.approx(lost, abs=1e-5)


def test_nothing_is_explained_that_was_not_asked_for(searcher: HybridSearch) -> None:
    hit = searcher.find(asked("mug")).hits[0]

    assert (hit.carried.words, hit.carried.regions) == ((), ())


def test_the_json_of_a_search_holds_words_and_regions(searcher: HybridSearch) -> None:
    hit = as_json("mug", searcher.find(asked("mug", explain=True, limit=1)))["hits"][0]

    assert list(hit["words"]) == ["mug"]
    assert np.array(hit["regions"]).shape == (4, 4)


def test_the_explanation_is_drawn_beside_the_products_picture(searcher: HybridSearch, tmp_path: Path) -> None:
    findings = searcher.find(asked("a mug in green", explain=True, limit=2))
    photo = Image.new("RGB", (64, 48), COLOURS["red"])

    draw(findings, "a mug in green", photo, tmp_path / "out.png")

    with Image.open(tmp_path / "out.png") as drawn:
        assert drawn.format == "PNG"
        colours = {rgb for _, rgb in drawn.getcolors(1 << 24) or ()}
    assert COLOURS[findings.hits[0].document.attributes["colour"]] in colours  # type: ignore[union-attr]
    assert len(colours) > 50  # the heat over a photo of one colour


def test_a_search_that_found_nothing_is_drawn_as_that(searcher: HybridSearch, tmp_path: Path) -> None:
    findings = searcher.find(asked("mug", explain=True, filters=parse_filters(["colour=teal"])))

    draw(findings, "mug", None, tmp_path / "out.png")

    assert findings.hits == ()
    assert (tmp_path / "out.png").stat().st_size > 0


def test_simulated_shops_are_calibrated_on_the_scores_that_the_service_gives(tmp_path: Path) -> None:
    encoder = WordSums(dimensions=WORD_DIMENSIONS)
    export(
        Network(), tmp_path, text=encoder.name, pictures="", chosen={**MIX, "faq-en": SAY}, in_force=["faq-en"], seed=1
    )
    faqs = (Faq("ship", "Do you ship?", "Yes.", variants=("Ship abroad?",)), Faq("pay", "May I pay by card?", "Visa."))
    texts = [text for faq in faqs for text in (faq.question, *faq.variants, faq.answer)]
    encodings = Encodings(encoder, [*texts, "do you ship abroad"], scorer=Scorer(tmp_path))

    hits = hits_for(encodings.shelf("faq", faqs), faqs, "do you ship abroad", "en", encodings)

    assert len({hit.stages["rerank"] for hit in hits}) == 2
    assert sorted(hit.score for hit in hits) == pytest.approx(sorted(hit.stages["fused"] for hit in hits))


def test_a_faq_entry_is_compared_by_all_ways_to_ask_for_it_in_the_querys_language() -> None:
    encoder = WordSums(dimensions=WORD_DIMENSIONS)
    faqs = (
        Faq("ship", "Do you ship?", "Yes.", variants=("Ship abroad?",)),
        Faq("发货", "你们发货吗", "发。", "", "zh", ("送到国外吗",)),
        *(
            Faq(f"entry {i}", f"Question {i}?", "Yes.", variants=tuple(f"way {i} {k}" for k in range(9)))
            for i in range(9)
        ),
    )
    texts = [text for faq in faqs for text in (faq.question, *faq.variants, faq.answer)]
    shelf = Encodings(encoder, texts).shelf("faq", faqs)

    ways = compared(shelf, [(position, -1) for position in range(len(faqs))], Query("ship", "faq"))

    assert [shelf.text.texts[passage] for passage in ways[0]] == ["Do you ship?", "Ship abroad?"]
    assert [shelf.text.texts[passage] for passage in ways[1]] == ["你们发货吗"]  # the other language: one has to do
    assert [len(way) for way in ways] == [2, 1, 10, 10, 10, 10]  # and no more than fifty passages together


def test_the_exported_graph_says_what_the_network_says(tmp_path: Path) -> None:
    torch.manual_seed(2)
    network = Network().eval()
    export(network, tmp_path, text="", pictures="", chosen=MIX, in_force=[], seed=2)
    scorer, chance = Scorer(tmp_path), np.random.default_rng(0)

    def rows(*heights: int, dimensions: int) -> list[NDArray[np.float32]]:
        return [chance.normal(size=(height, dimensions)).astype(np.float32) for height in heights]

    (words,), (patches,) = rows(9, dimensions=WORD_DIMENSIONS), rows(16, dimensions=PATCH_DIMENSIONS)
    query = scorer.asked(words, patches, (np.arange(9) > 6).astype(np.float32))
    candidates = scorer.side(rows(20, 3, 0, dimensions=WORD_DIMENSIONS), rows(16, 0, 16, dimensions=PATCH_DIMENSIONS))
    with torch.inference_mode():
        said = network(*(torch.from_numpy(each).float() for each in (*query, *candidates)))

    for found, expected in zip(scorer.judge(query, candidates), said, strict=True):
        np.testing.assert_allclose(found, expected.numpy(), atol=1e-4)
