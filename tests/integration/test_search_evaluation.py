"""The evaluations: on small shops whose figures are known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from plain_encoders import WordSums

from retrieval.calibration import CASES, FEATURES, Calibrator, Curve
from retrieval.catalogue import Catalogue
from retrieval.documents import Faq, Product
from retrieval.embedders.photo import PhotoEncoder
from retrieval.errors import BadImport
from retrieval.evaluation.codes import evaluate_codes
from retrieval.evaluation.faq import Question, evaluate_faq, read_questions
from retrieval.evaluation.latency import bench_search
from retrieval.evaluation.photo_speed import bench_import, bench_photos
from retrieval.evaluation.photo_strangers import evaluate_strangers
from retrieval.index.shop import ShopIndex
from retrieval.ingest.parsed import Parsed
from retrieval.rerank import KeepOrder
from retrieval.search import HybridSearch

SURE_BY_SCORE = Curve(np.eye(len(FEATURES))[0] * 10, -4.0, 0.5)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    catalogue = Catalogue(tmp_path / "shop.sqlite3")
    yield catalogue
    catalogue.close()


def search_over(index: ShopIndex, catalogue: Catalogue, encoder: WordSums) -> HybridSearch:
    return HybridSearch(index, catalogue, encoder, KeepOrder(), Calibrator(dict.fromkeys(CASES, SURE_BY_SCORE)))


def test_a_faq_evaluation_counts_what_is_found_what_is_answered_and_what_should_not_be(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    catalogue.import_faq(
        Parsed("faq", (Faq("ship", "Do you ship abroad?", "To Norway."), Faq("pay", "Which cards?", "Visa.")))
    )
    questions = [
        Question("ship abroad", "en", "ship", "plain"),
        Question("which cards", "en", "ship", "oblique"),  # the wrong one is found, and with certainty
        Question("quantum physics", "en"),
    ]
    encoder = WordSums()
    index = ShopIndex.open(tmp_path, encoder)
    index.sync(catalogue)

    evaluation = evaluate_faq(index, encoder, search_over(index, catalogue, encoder), questions)

    ours = {score.style: score for score in evaluation.scores if (score.method, score.language) == ("vitrine", "en")}
    assert {score.method for score in evaluation.scores} == {"vitrine", "cosine", "bm25"}
    assert (ours[""].questions, ours[""].recall_at_1, ours[""].recall_at_5, ours[""].mrr) == (2, 0.5, 1.0, 0.75)
    assert (ours["plain"].recall_at_1, ours["oblique"].recall_at_1, ours["plain"].answered_right) == (1.0, 0.0, 1.0)
    service = evaluation.service[0]
    assert (service.answered_right, service.answered_wrong, service.false_answers) == (0.5, 0.5, 0.0)
    index.close()


def test_every_way_to_write_a_code_is_measured(tmp_path: Path, catalogue: Catalogue) -> None:
    encoder = WordSums()
    index = ShopIndex.open(tmp_path, encoder)

    scores = evaluate_codes(index, catalogue, search_over(index, catalogue, encoder), products=60, asked=10)

    assert len(scores) == 6
    assert {score.recall_at_1 for score in scores} == {1.0}
    index.close()


def test_the_bench_times_every_step_with_every_kind_of_filter() -> None:
    rows = bench_search(WordSums(), 300, searches=5)

    assert [row.filters for row in rows] == ["none", "rare", "half"]
    assert all(0 < row.p50 <= row.p95 <= row.p99 for row in rows)
    assert all(row.steps.keys() >= {"encode", "recall", "fuse", "total"} for row in rows)


def test_photos_of_what_is_not_sold_are_asked_beside_photos_of_what_is(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "photos").mkdir()
    for number, colour in enumerate(("#c02020", "#2020c0")):
        picture = Image.new("RGB", (120, 120), "white")
        picture.paste(colour, (30, 30, 90, 90))
        picture.save(tmp_path / "photos" / f"MUG-{number}-1.jpg")
    encoder, words = PhotoEncoder(), WordSums()
    index = ShopIndex.open(tmp_path, words, encoder)
    goods = [
        Product(f"MUG-{n}", "Mug", "", Decimal(9), "EUR", image=str(tmp_path / "photos" / f"MUG-{n}-1.jpg"))
        for n in range(2)
    ]
    taken_in = bench_import(index, catalogue, Parsed("goods", tuple(goods)))
    always = Curve(np.zeros(len(FEATURES)), 3.0, 0.5)
    search = HybridSearch(index, catalogue, words, KeepOrder(), Calibrator(dict.fromkeys(CASES, always)))

    table = evaluate_strangers(encoder, search, tmp_path / "photos", None)

    assert taken_in["products"] == 2
    assert table["the shop's own goods"]["photos"] == 2
    assert table.keys() == {"the shop's own goods", "empty frames", "noise and blotches", "scenery", "a face"}
    assert {row["answered"] for row in table.values()} == {1.0}
    index.close()


def test_each_step_of_looking_at_a_photo_is_timed(tmp_path: Path) -> None:
    Image.new("RGB", (200, 150), "#7090a0").save(tmp_path / "a.jpg")

    speeds = bench_photos(PhotoEncoder(), [tmp_path / "a.jpg"] * 3)

    assert [(speed.step, speed.photos) for speed in speeds] == [("decode", 3), ("look", 3), ("decode and look", 3)]
    assert all(0 < speed.p50 <= speed.p95 for speed in speeds)


def test_a_line_of_questions_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"text": "Why?", "language": "en"}\n{"language": "en"}\n', encoding="utf-8")

    with pytest.raises(BadImport, match=r'questions.jsonl:2: expected an object with "text", "language"'):
        read_questions(path)
