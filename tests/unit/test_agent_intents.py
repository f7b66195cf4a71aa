"""The head that tells intents apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.need import INTENTS
from retrieval.errors import ModelUnavailable
from retrieval.intents import BUCKETS, WEIGHTS, IntentHead, features, grams


def test_the_committed_head_knows_the_agents_intents_and_no_others():
    assert set(IntentHead.load().labels) == set(INTENTS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_probabilities_add_up_with_and_without_a_sentence_vector(language):
    head = IntentHead.load()
    vector = np.ones(384, dtype=np.float32) / np.sqrt(np.float32(384))

    for given in (None, vector):
        assert sum(head.probabilities("where is my order", language, given).values()) == pytest.approx(1.0)


def test_case_width_and_the_digits_of_a_number_change_nothing():
    assert np.array_equal(grams("ORDER 48213", "en"), grams("order 99107", "en"))
    assert np.array_equal(grams("ＯＫ", "en"), grams("ok", "en"))


def test_a_text_without_words_has_features_too():
    assert features("", "zh", None, 384).shape == (384 + BUCKETS,)


def test_a_missing_file_is_named_with_what_makes_it(tmp_path: Path):
    with pytest.raises(ModelUnavailable, match=r"expected the intent head at intents\.npz"):
        IntentHead.load(tmp_path / "intents.npz")


def test_a_damaged_file_is_refused(tmp_path: Path):
    damaged = tmp_path / "intents.npz"
    damaged.write_bytes(WEIGHTS.read_bytes()[:1000])

    with pytest.raises(ModelUnavailable):
        IntentHead.load(damaged)
