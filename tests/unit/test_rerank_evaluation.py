"""The figures of rerankers: places, abstention, bootstrap intervals, and the data that they are made of."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from retrieval.documents import Product
from retrieval.errors import BadImport
from retrieval.evaluation.rerank import Outcome, bootstrap, measures_of
from retrieval.training.coattention_bank import Item
from retrieval.training.coattention_goods import Good, Range, Shot
from retrieval.training.coattention_lists import Listing
from retrieval.training.coattention_pairs import KINDS_OF_PAIRS, SPARED, make_chinese_denials, make_pairs
from retrieval.training.coattention_texts import Intents, part_of, read_intents
from retrieval.training.coattention_wordings import pointed


def a_good(kind: str, colour: str) -> Good:
    return Good(Product(kind, kind, "", Decimal(1), "EUR"), 0, kind, colour, kind, "train")


def a_listing(*right: bool) -> Listing:
    candidates = tuple(Item(i) for i in range(len(right)))
    ways = tuple((item,) for item in candidates)
    return Listing(Item(0), candidates, ways, np.array(right), {}, answerable=any(right))


def outcome(*queries: tuple[Listing, list[float]]) -> Outcome:
    return Outcome.of([np.array(scores, np.float32) for _, scores in queries], [listing for listing, _ in queries])


def test_a_query_counts_by_the_place_of_its_first_right_candidate() -> None:
    found = outcome(
        (a_listing(True, False), [0.9, 0.1]),
        (a_listing(True, False, True), [0.1, 0.9, 0.5]),
        (a_listing(False, True), [0.5, 0.5]),
    )

    assert found.places.tolist() == [1, 2, 2]
    assert (found.recall(1), found.recall(5)) == (pytest.approx(1 / 3), 1.0)
    assert measures_of(found) == ("R@1", "R@5")


def test_an_answer_counts_where_it_is_right_and_surer_than_the_off_topic_queries() -> None:
    found = outcome(
        (a_listing(True), [0.9]),
        (a_listing(True), [0.3]),
        (a_listing(False, True), [0.8, 0.1]),
        (a_listing(False), [0.5]),
    )

    assert found.answered_right() == pytest.approx(1 / 3)
    assert "right at 5 %" in measures_of(found)


def test_a_gain_on_every_query_has_an_interval_above_zero_and_none_has_one_around_it() -> None:
    always = outcome(*[(a_listing(True, False), [0.9, 0.1])] * 40)
    half = outcome(*[(a_listing(True, False), [0.9, 0.1]), (a_listing(True, False), [0.1, 0.9])] * 20)

    gain, low, high = bootstrap(always, half, "R@1")

    assert gain == 0.5
    assert 0.3 < low < gain < high < 0.7
    assert bootstrap(half, half, "R@1") == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("part", ["train", "dev", "test"])
def test_the_titles_of_a_pair_differ_in_exactly_one_attribute(part: str) -> None:
    pairs = make_pairs(part, 120, random.Random(0))  # type: ignore[arg-type]

    assert {pair.attribute for pair in pairs} - {SPARED} == set(KINDS_OF_PAIRS)
    for pair in pairs:
        left, right = (title.replace(",", "").split() for title in (pair.fits, pair.fails))
        start = next(i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b)
        end = next(i for i, (a, b) in enumerate(zip(left[::-1], right[::-1], strict=False)) if a != b)
        assert max(len(left), len(right)) - start - end <= 4


def test_a_wish_without_leather_is_failed_by_leather_alone() -> None:
    denials = [pair for pair in make_pairs("test", 300, random.Random(1)) if pair.attribute == "negation"]

    for pair in denials:
        (denied,) = set(pair.fails.replace(",", "").split()) - set(pair.fits.replace(",", "").split())
        assert denied in pair.wish.replace(":", " ").split()


def test_a_chinese_denial_names_what_only_the_title_that_fails_has() -> None:
    for pair in make_chinese_denials("test", 60, random.Random(1)):
        start = next(i for i, (a, b) in enumerate(zip(pair.fits, pair.fails, strict=False)) if a != b)
        denied = next(
            pair.fails[start:end] for end in range(len(pair.fails), start, -1) if pair.fails[start:end] in pair.wish
        )
        assert denied not in pair.fits


def test_no_intent_and_no_wording_is_in_two_parts() -> None:
    intents = Intents("bank", "en", {f"intent {i}": (f"text {i}",) for i in range(300)}, ("a", "b", "c", "d"))

    parts = {part: set(intents.part(part).texts) for part in ("train", "dev", "test")}  # type: ignore[arg-type]

    assert sum(map(len, parts.values())) == 300 == len(set().union(*parts.values()))
    assert 0.5 < len(parts["train"]) / 300 < 0.7
    assert (intents.part("dev").off_topic, intents.part("test").off_topic) == (("a", "c"), ("b", "d"))
    assert part_of("bank:intent 7") == part_of("bank:intent 7")


def test_words_beside_a_photo_name_the_kind_and_the_colour_that_it_shows_or_leave_them_out() -> None:
    goods = (a_good("Shirts", "red"), a_good("plant pot", "terracotta"), a_good("kiwi", ""))
    shots = tuple(Shot(0, i % len(goods), "train") for i in range(240))
    said: dict[int, set[str]] = {}
    for each in pointed(Range("shop", goods, shots, ()), "train", random.Random(0)):
        said.setdefault(each.good, set()).add(each.text)

    assert {"how much is that red shirt?", "图里这个红色衬衫怎么卖"} <= said[0]
    assert {"how much is that terracotta plant pot?", "图里这个怎么卖"} <= said[1]
    assert "how much is that kiwi?" in said[2]
    assert not any("{" in text or "  " in text for texts in said.values() for text in texts)


def test_question_sets_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadImport, match=r"missing .*clinc150/train.json, .*banking77/train.csv"):
        read_intents(tmp_path)
