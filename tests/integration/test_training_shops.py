"""Simulated shops for calibration: what is in them, and what their customers ask."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from plain_encoders import WordSums

from retrieval.documents import Faq
from retrieval.errors import RetrievalError
from retrieval.training.asking import fit_by_trade, log_odds
from retrieval.training.off_topic import all_texts, read_elsewhere
from retrieval.training.shops import Corpus, Elsewhere, Encodings, Market, SimulatedShop, read_corpora, read_shops

ELSEWHERE = Elsewhere(("where is my order from another shop", "are you hiring"), ("how high is the moon",))


def simulated(seed: int) -> tuple[Corpus, SimulatedShop]:
    trades = read_shops("en")
    market = Market(trades, (), Encodings(WordSums(), all_texts(trades, [ELSEWHERE])))
    return trades[0], market.simulate(trades[0], ELSEWHERE, random.Random(seed))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_trade_has_answers_to_its_topics_several_ways_to_ask_and_texts_it_cannot_answer(language: str) -> None:
    trades = read_shops(language)  # type: ignore[arg-type]

    assert len(trades) == 10
    for trade in trades:
        assert len(trade.topics) >= 24
        assert trade.topics.keys() == trade.answers.keys()
        assert min(len(set(texts)) for texts in trade.topics.values()) >= 3
        assert len(trade.off_topic) >= 20


def test_about_half_of_a_simulated_shops_customers_ask_what_it_does_not_have() -> None:
    _, shop = simulated(3)

    unanswered = [asked for asked in shop.asked if asked.answer is None]
    indexed = {text for faq in shop.faqs for text in (faq.question, *faq.variants)}
    answered = {asked.answer for asked in shop.asked} - {None}
    assert 0.25 < len(unanswered) / len(shop.asked) <= 0.5
    assert answered <= {faq.id for faq in shop.faqs}
    assert not indexed & {asked.text for asked in shop.asked if asked.answer}


def test_a_shop_has_no_entry_of_another_trade_that_asks_the_same_as_one_of_its_own() -> None:
    shops = [simulated(seed)[1] for seed in range(6)]

    encoder = WordSums()
    for shop in shops:
        own, others = _split(shop)
        if others:
            near = _meanings(encoder, others) @ _meanings(encoder, own).T
            assert near.max() < 0.95
    assert any(_split(shop)[1] for shop in shops)


def _split(shop: SimulatedShop) -> tuple[list[Faq], list[Faq]]:
    own = [faq for faq in shop.faqs if faq.id.startswith(f"{shop.trade}: ")]
    return own, [faq for faq in shop.faqs if faq not in own]


def _meanings(encoder: WordSums, faqs: list[Faq]) -> NDArray[np.float32]:
    sums = np.stack([encoder.encode([faq.question, *faq.variants]).sum(axis=0) for faq in faqs])
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), np.float32)


def test_a_head_for_a_trade_has_seen_neither_its_questions_nor_the_off_topic_texts_beside_it() -> None:
    """Each trade has a word of its own for asking: a head that knew it would tell the two sides apart."""
    trades = [
        Corpus(word, "en", {"t": (f"{word} please",)}, {"t": "yes"}, (f"no {word}",))
        for word in ("ask", "beg", "crave")
    ]
    elsewhere = [Elsewhere((f"{word} moon",), (f"{word} star",)) for word in ("red", "blue", "grey")]
    encoder = WordSums()

    heads = fit_by_trade(trades, elsewhere, ("please",), lambda texts: encoder.encode(list(texts)))

    (unseen,) = encoder.encode(["crave"])
    neutral = log_odds(heads["crave"], np.zeros_like(unseen))
    assert heads.keys() == {"ask", "beg", "crave"}
    assert log_odds(heads["crave"], unseen) == pytest.approx(neutral, abs=0.2)
    assert log_odds(heads["ask"], encoder.encode(["please"])[0]) > log_odds(heads["ask"], encoder.encode(["moon"])[0])


def test_data_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"expected the evaluation data in .*, missing .*clinc150"):
        read_corpora(tmp_path)
    with pytest.raises(RetrievalError, match=r"expected the training data in .*, missing .*tatoeba"):
        read_elsewhere(tmp_path, "en", 3, random.Random(1))
