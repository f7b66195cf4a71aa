"""Simulated shops for calibration: what is in them, and what their customers ask."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from retrieval.errors import RetrievalError
from retrieval.training.shops import joined, read_corpora, read_own, simulate


@pytest.mark.parametrize("language", ["en", "zh"])
def test_our_own_questions_have_an_answer_and_five_ways_to_ask_for_each_topic(language: str) -> None:
    corpus = read_own(language)  # type: ignore[arg-type]

    assert len(corpus.topics) >= 35
    assert corpus.topics.keys() == corpus.answers.keys()
    assert {len(set(texts)) for texts in corpus.topics.values()} == {5}
    assert len(corpus.off_topic) >= 40


def test_half_of_a_simulated_shops_customers_ask_what_it_does_not_have() -> None:
    corpus = read_own("en")

    shop = simulate(corpus, random.Random(3))

    ids = {faq.id for faq in shop.faqs}
    indexed = {text for faq in shop.faqs for text in (faq.question, *faq.variants)}
    assert {asked.answer for asked in shop.asked} == {*ids, None}
    assert sum(asked.answer is None for asked in shop.asked) * 2 == len(shop.asked)
    assert not indexed & {asked.text for asked in shop.asked}


def test_joined_corpora_keep_their_topics_apart() -> None:
    corpus = read_own("en")

    both = joined([corpus, corpus.part(["ship-abroad"])])

    assert set(both.topics) == {f"own-en: {topic}" for topic in corpus.topics}
    assert both.answers["own-en: ship-abroad"] == corpus.answers["ship-abroad"]


def test_data_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"expected the evaluation data in .*, missing .*clinc150"):
        read_corpora(tmp_path)
