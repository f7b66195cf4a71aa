"""The shipped reranker as the service loads it: pinned files, padding, and whose vectors it reads."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from retrieval.coattention import MANIFEST, WEIGHTS, AskedSide, Scorer, Side, collection_of, reordered
from retrieval.documents import Query
from retrieval.errors import ModelUnavailable
from retrieval.index.tokenizer import words_in
from retrieval.index.tokens import maxsim

GRAPH = "coattention.onnx"
MAX_BYTES = 1_500_000


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer()


def a_side(scorer: Scorer, *heights: tuple[int, int], seed: int = 0) -> Side:
    """Random unit rows: so many words and patches each."""
    chance = np.random.default_rng(seed)

    def unit(rows: int, dimensions: int) -> np.ndarray:
        values = chance.normal(size=(rows, dimensions)).astype(np.float32)
        return values / np.linalg.norm(values, axis=1, keepdims=True) if rows else values

    words = [unit(count, scorer.word_dimensions) for count, _ in heights]
    return scorer.side(words, [unit(count, scorer.patch_dimensions) for _, count in heights])


def a_query(scorer: Scorer, words: int, patches: int, *denied: int, seed: int = 0) -> AskedSide:
    """Random unit rows, of which some words are denied."""
    text, shown, _ = a_side(scorer, (words, patches), seed=seed)
    marks = np.isin(np.arange(words), denied).astype(np.float32)
    return scorer.asked(text[0][:words], shown[0][:patches], marks)


def test_the_weights_are_small_enough_for_git() -> None:
    assert (WEIGHTS / GRAPH).stat().st_size <= MAX_BYTES


@pytest.mark.parametrize("broken", [GRAPH, MANIFEST])
def test_a_file_that_is_missing_is_refused_by_name(tmp_path: Path, broken: str) -> None:
    for name in {GRAPH, MANIFEST} - {broken}:
        shutil.copy(WEIGHTS / name, tmp_path)

    with pytest.raises(ModelUnavailable, match=broken):
        Scorer(tmp_path)


def test_weights_that_are_not_the_pinned_ones_are_refused_by_name(tmp_path: Path) -> None:
    shutil.copy(WEIGHTS / MANIFEST, tmp_path)
    (tmp_path / GRAPH).write_bytes((WEIGHTS / GRAPH).read_bytes() + b"\0")

    with pytest.raises(ModelUnavailable, match=rf"{GRAPH}: expected SHA-256 [0-9a-f]{{64}}, found"):
        Scorer(tmp_path)


def test_it_weighs_nothing_on_vectors_that_it_has_not_learnt(scorer: Scorer) -> None:
    everything = scorer.mix_for(scorer.text_encoder, scorer.picture_encoder)

    assert everything == {case: scorer.chosen[case] for case in scorer.in_force}
    assert scorer.mix_for("another text encoder", scorer.picture_encoder) == {}
    assert set(scorer.mix_for(scorer.text_encoder, "another photo encoder")) <= {"faq-en", "faq-zh"}


def test_a_candidates_logit_does_not_depend_on_what_stands_beside_it(scorer: Scorer) -> None:
    query = a_query(scorer, 5, 16, 2)
    alone = scorer.judge(query, a_side(scorer, (4, 0)))[0]

    together = scorer.judge(query, a_side(scorer, (4, 0), (30, 16), (1, 0)))[0]

    assert together[0] == pytest.approx(alone[0], abs=1e-4)


def test_candidates_without_words_or_picture_still_get_a_number(scorer: Scorer) -> None:
    logits = scorer.judge(a_query(scorer, 3, 0), a_side(scorer, (0, 0), (0, 16), (5, 0)))[0]

    assert logits.shape == (3,)
    assert np.isfinite(logits).all()


@pytest.mark.parametrize(
    ("query", "collection"),
    [
        (Query("how long", "faq"), "faq-en"),
        (Query("多久", "faq", "zh"), "faq-zh"),
        (Query("mug"), "product-en"),
        (Query(photo=np.zeros(4, np.float32)), "photo"),
        (Query("in green", photo=np.zeros(4, np.float32)), "photo-words"),
    ],
)
def test_each_kind_of_search_has_a_weight_of_its_own(query: Query, collection: str, scorer: Scorer) -> None:
    assert collection_of(query) == collection
    assert collection in scorer.chosen


def test_late_interaction_is_the_mean_of_the_best_cosines_apart_for_what_is_denied(scorer: Scorer) -> None:
    asked, *query = a_query(scorer, 5, 0, 1, 3)
    offered, *candidates = a_side(scorer, (4, 0), (6, 0), seed=1)
    asked, offered = np.abs(asked), np.abs(offered)  # no cosine is below 0

    _, late, denied, _ = scorer.judge((asked, *query), (offered, *candidates))

    tokens = [each.astype(np.float16) for each in (offered[0, :4], offered[1, :6])]
    assert late == pytest.approx(maxsim(asked[0][[0, 2, 4]], tokens), abs=1e-3)
    assert denied == pytest.approx(maxsim(asked[0][[1, 3]], tokens), abs=1e-3)


def test_a_query_that_denies_nothing_has_nothing_to_count_against_a_candidate(scorer: Scorer) -> None:
    _, late, denied, _ = scorer.judge(a_query(scorer, 3, 0), a_side(scorer, (4, 0), seed=1))

    assert denied.tolist() == [0]
    assert late[0] > 0


def test_a_query_that_only_denies_is_still_judged(scorer: Scorer) -> None:
    logits, late, denied, _ = scorer.judge(a_query(scorer, 2, 0, 0, 1), a_side(scorer, (4, 0), seed=1))

    assert np.isfinite(logits).all()
    assert late.tolist() == [0]
    assert denied[0] > 0


@pytest.mark.parametrize(("photo_and_words", "scores"), [(False, [0.9, 0.8, 0.5]), (True, [0.8, 0.5 - 0.2, 0.9 - 0.7])])
def test_a_new_order_keeps_the_scores_in_place_but_under_a_photo_with_words(
    photo_and_words: bool, scores: list[float]
) -> None:
    first, added = np.array([0.9, 0.8, 0.5], np.float32), np.array([-0.2, 0.5, 0.3], np.float32)

    order, new = reordered(first, added, photo_and_words=photo_and_words)

    assert order.tolist() == [1, 2, 0]
    assert new.tolist() == pytest.approx(scores)


def test_the_words_that_are_explained_are_those_that_matter() -> None:
    assert words_in("Do you have this mug in a dark-blue, 像这个?") == ["mug", "dark-blue", "像", "这", "个"]
