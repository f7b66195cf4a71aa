"""The questions that the demo shop is measured with: unseen by the index, and with an answer that can be checked."""

from __future__ import annotations

import json
import operator
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retrieval.filters import NUMBER_FIELDS, Condition, parse_filters
from retrieval.ingest.faq import read_faq

DEMO = Path(__file__).parents[2] / "server" / "demo"
FAQ = {faq.id: faq for faq in read_faq(DEMO / "faq.jsonl").rows}
# Words that carry no subject: sharing them is not sharing a wording.
SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an the i my me you your it is are do does did can could will would to of for in on at and or if how what "
        "when where which who with be from get have has one that this not no so but as by up out u",
    )
)


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DEMO / name).read_text("utf-8").splitlines()]


PARAPHRASES = lines("eval/faq_paraphrases.jsonl")
OFF_TOPIC = lines("eval/off_topic.jsonl")
SEARCHES = lines("eval/product_queries.jsonl")


def subjects(text: str, language: str) -> set[str]:
    """The words of an English text that name something; the character pairs of a Chinese one."""
    if language == "en":
        return set(re.findall(r"[a-z0-9]+", text.casefold())) - SMALL
    return {text[at : at + 2] for at in range(len(text) - 1)}


def test_every_answer_is_asked_for_twice_plainly_and_twice_obliquely() -> None:
    asked = Counter((row["faq"], row["style"]) for row in PARAPHRASES)

    assert asked == {(faq, style): 2 for faq in FAQ for style in ("plain", "oblique")}
    assert all(FAQ[row["faq"]].language == row["language"] for row in PARAPHRASES)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_paraphrase_repeats_a_wording_of_the_index(language: str) -> None:
    too_near = []
    for row in PARAPHRASES:
        if row["language"] == language:
            asked = subjects(row["text"], language)
            faq = FAQ[row["faq"]]
            known = max(len(asked & subjects(wording, language)) for wording in (faq.question, *faq.variants))
            if known > len(asked) * 0.65:
                too_near.append(row["text"])

    assert too_near == []


def test_no_text_is_counted_twice() -> None:
    texts = Counter(row["text"].casefold() for row in (*PARAPHRASES, *OFF_TOPIC, *SEARCHES))

    assert [text for text, times in texts.items() if times > 1] == []


def test_there_is_enough_to_measure_with() -> None:
    paraphrases = Counter(row["language"] for row in PARAPHRASES)
    off_topic = Counter(row["language"] for row in OFF_TOPIC)
    searches = Counter(row["language"] for row in SEARCHES)

    assert min(paraphrases.values()) >= 170
    assert (off_topic["en"] >= 100, off_topic["zh"] >= 60) == (True, True)
    assert (searches["en"] >= 60, searches["zh"] >= 40) == (True, True)
    assert {row["kind"] for row in OFF_TOPIC} == {"far", "other shop", "near"}


OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(condition: Condition, product: dict[str, Any]) -> bool:
    value, wanted = product[condition.field], condition.value
    if condition.field in NUMBER_FIELDS:
        return bool(OPERATORS[condition.operator](Decimal(str(value)), Decimal(wanted)))
    return bool(OPERATORS[condition.operator](value.casefold(), wanted.casefold()))


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search["text"])
def test_the_products_expected_of_a_search_are_those_that_fit(search: dict[str, Any]) -> None:
    products = {row["id"]: row for row in lines("products.jsonl")}
    conditions = parse_filters(search["where"]).conditions
    fitting = [
        product
        for product in products.values()
        if product["type"] == search["type"] and all(holds(condition, product) for condition in conditions)
    ]

    of_a_group = [[p["id"] for p in fitting if p["group"] == group] for group in {p["group"] for p in fitting}]
    assert search["ids"] in [[p["id"] for p in fitting], *of_a_group, *([p["id"]] for p in fitting)]
