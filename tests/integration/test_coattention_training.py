"""Training of the reranker on a few lists: it learns what late interaction cannot tell, and keeps what it has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from plain_encoders import WordSums

from retrieval.training.coattention import (
    load_network,
    logits_of,
    network_file,
    save_network,
    train_scorer,
)
from retrieval.training.coattention_bank import Bank, Item, PictureVectors, WordVectors
from retrieval.training.coattention_lessons import OneAttribute
from retrieval.training.coattention_network import PATCH_DIMENSIONS, WORD_DIMENSIONS
from retrieval.training.coattention_pairs import Pair

DENIALS = [
    Pair(f"{kind} not {denied}", f"{other} {kind}", f"{denied} {kind}", "negation")
    for kind in ("bag", "belt")
    for denied, other in (("leather", "linen"), ("linen", "leather"))
]


def a_bank(folder: Path) -> Bank:
    texts = [text for pair in DENIALS for text in (pair.wish, pair.fits, pair.fails)]
    nothing = PictureVectors(
        np.zeros((1, 1, PATCH_DIMENSIONS), np.float16), np.zeros((1, PATCH_DIMENSIONS), np.float32)
    )
    return Bank(WordVectors.make(WordSums(dimensions=WORD_DIMENSIONS), texts, folder), nothing)


def test_a_denied_word_counts_against_the_title_that_has_it(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)

    trained = train_scorer([(OneAttribute(DENIALS, bank), 1.0)], bank, seed=0, steps=100, report=lambda _: None)

    row = bank.words.row
    for pair in DENIALS:
        fits, fails = logits_of(
            trained.network, bank, Item(row[pair.wish]), [Item(row[pair.fits]), Item(row[pair.fails])]
        )
        assert fits > fails


def test_what_a_question_denies_is_what_it_is_about(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    wish = bank.words.row["bag not leather"]

    assert bank.denied(Item(wish)).tolist() == [0, 0, 1]
    assert bank.denied(Item(wish, whole=True)).tolist() == [0, 0, 0]
    assert bank.denied(Item()).tolist() == []


def test_a_network_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    trained = train_scorer([(OneAttribute(DENIALS, bank), 1.0)], bank, seed=1, steps=10, report=lambda _: None)

    save_network(trained.network, network_file(tmp_path, 1))
    again = load_network(network_file(tmp_path, 1))

    assert all(torch.equal(value, again.state_dict()[name]) for name, value in trained.network.state_dict().items())


def test_vectors_that_were_made_once_are_not_made_again(tmp_path: Path) -> None:
    encoder = WordSums(dimensions=WORD_DIMENSIONS)
    first = WordVectors.make(encoder, ["blue mug", "red mug"], tmp_path)
    encoder.encoded.clear()

    again = WordVectors.make(encoder, ["red mug", "green mug"], tmp_path)

    assert encoder.encoded == ["green mug"]
    np.testing.assert_array_equal(again.tokens(again.row["red mug"]), first.tokens(first.row["red mug"]))
