"""The demo shop's questions and answers agree with each other, with its shipping and with its products."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retrieval.ingest.faq import read_faq
from tools.records import ShippingOption

DEMO = Path(__file__).parents[2] / "server" / "demo"
FAQ = read_faq(DEMO / "faq.jsonl").rows
SHIPPING = {
    option.id: option
    for option in map(ShippingOption.model_validate, json.loads((DEMO / "shipping.json").read_text("utf-8")))
}


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DEMO / name).read_text("utf-8").splitlines()]


def test_every_question_is_there_in_both_languages() -> None:
    topics = Counter(faq.id.rpartition(".")[0] for faq in FAQ)

    assert len(topics) >= 80
    assert set(topics.values()) == {2}
    assert {faq.id.rpartition(".")[2] for faq in FAQ} == {"en", "zh"}


def test_the_importer_takes_every_row_without_a_complaint() -> None:
    parsed = read_faq(DEMO / "faq.jsonl")

    assert parsed.problems == ()
    assert len(parsed.rows) == len(lines("faq.jsonl"))


@pytest.mark.parametrize("faq", FAQ, ids=lambda faq: faq.id)
def test_an_answer_is_short_and_asked_in_several_ways(faq: Any) -> None:
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in faq.answer)

    assert faq.language == faq.id.rpartition(".")[2]
    assert (chinese > 10) == (faq.language == "zh")
    assert 20 < len(faq.answer) <= 500
    assert len(re.findall(r"[.!?。！？](?=\s|$|[\u4e00-\u9fff])", faq.answer)) <= 5
    assert 7 <= len(faq.variants) <= 9


def test_no_wording_leads_to_two_answers() -> None:
    wordings = Counter(wording.casefold() for faq in FAQ for wording in (faq.question, *faq.variants))

    assert [wording for wording, times in wordings.items() if times > 1] == []


@pytest.mark.parametrize("topic", sorted({faq.id.rpartition(".")[0] for faq in FAQ}))
def test_both_languages_state_the_same_money_and_addresses(topic: str) -> None:
    english, chinese = (next(faq.answer for faq in FAQ if faq.id == f"{topic}.{lang}") for lang in ("en", "zh"))

    def money(text: str) -> set[Decimal]:
        amounts = re.findall(r"€\s?([\d.,]*\d)|([\d.]*\d)\s*欧元", text)
        return {Decimal((first or second).replace(",", "")) for first, second in amounts}

    assert money(english) == money(chinese)
    assert re.findall(r"[\w.]+@[\w.-]+\w", english) == re.findall(r"[a-z.]+@[a-z.-]+[a-z]", chinese)


def test_the_answers_about_shipping_quote_the_shipping_options() -> None:
    answers = {faq.id: faq.answer for faq in FAQ}

    for option in SHIPPING.values():
        if option.price:
            assert f"€{option.price}" in answers["shipping-cost.en"]
        if option.free_from:
            assert f"€{option.free_from:.0f}" in answers["shipping-free.en"]
    for zone in ("standard", "standard-eu", "standard-europe"):
        days = f"{SHIPPING[zone].days_min} to {SHIPPING[zone].days_max}"
        assert days in answers["shipping-time.en"]
    assert f"{SHIPPING['furniture'].days_min} to {SHIPPING['furniture'].days_max}" in answers["shipping-furniture.en"]


def test_each_country_has_one_standard_way() -> None:
    standard = [country for zone, option in SHIPPING.items() if "standard" in zone for country in option.countries]

    assert len(standard) == len(set(standard)) == 31


def test_sizes_in_the_answers_are_those_of_the_products() -> None:
    answers = {faq.id: faq.answer for faq in FAQ}
    products = {row["group"]: row for row in lines("products.jsonl")}

    for group in ("mug-fjord", "mug-harbour", "mug-word", "mug-camp", "cup-pico"):
        assert products[group]["capacity"] in answers["size-mugs.en"]
    for group, topic in (("cushion-linnea", "size-cushions"), ("throw-drift", "size-throws")):
        for variant in products[group]["variants"]:
            assert variant["options"]["size"] in answers[f"{topic}.en"]
    assert products["candle-glow"]["price"] == 18.0
    assert "€18" in answers["subscription.en"]
