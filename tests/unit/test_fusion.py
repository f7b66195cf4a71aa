"""How a photo and the words beside it make one score, and which candidates a reranker gets to see."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.fusion import QUIET, WORDS_BESIDE, Candidates, beside_photo


def row(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_words_that_only_point_leave_a_photo_as_it_is() -> None:
    photo, do_you_have_this = row(0.7, 0.69, 0.2), row(0.05, 0.24, 0.25)

    assert beside_photo(photo, do_you_have_this).tolist() == photo.tolist()


def test_words_that_name_the_kind_settle_what_a_photo_leaves_open() -> None:
    juice, kiwi = beside_photo(row(0.6, 0.55), row(0.2, 0.7))

    assert kiwi > juice
    assert kiwi == pytest.approx(0.55)  # what fits the words keeps its likeness, by which the search is sure of it
    assert juice == pytest.approx(0.6 - WORDS_BESIDE * (0.7 - QUIET))


def test_a_photo_that_is_sure_outvotes_the_words_beside_it() -> None:
    shown, named = beside_photo(row(0.95, 0.4), row(0.3, 0.7))

    assert shown > named


def test_a_photo_to_which_nothing_is_compared_has_no_scores() -> None:
    assert beside_photo(row(), row()).shape == (0,)


def test_half_of_the_candidates_beside_a_photo_are_for_what_the_words_would_change() -> None:
    fused, changed = row(0.9, 0.8, 0.7, 0.6, 0.5, 0.4), row(0.1, 0.1, 0.1, 0.1, 0.2, 0.9)
    everyone = Candidates(np.arange(6), np.full(6, -1), {"fused": fused})

    assert everyone.best(4).positions.tolist() == [0, 1, 2, 3]
    assert Candidates(np.arange(6), np.full(6, -1), {"fused": fused}, changed).best(4).positions.tolist() == [
        0,
        1,
        4,
        5,
    ]


def test_no_candidate_is_lost_where_there_are_fewer_than_places() -> None:
    few = Candidates(np.arange(3), np.full(3, -1), {"fused": row(0.1, 0.3, 0.2)}, row(0.3, 0.1, 0.2))

    assert few.best(50).positions.tolist() == [1, 2, 0]
