"""What was found may overrule how a message was read at first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agent_parts import ANSWERS, GOODS, a_brief

from agent.brief import Brief
from agent.evidence import Evidence
from agent.need import Intent, Need
from agent.settle import missed, offers_nearest, settle
from retrieval.documents import Findings, Hit, Language
from retrieval.filters import Condition, Filters

SURE, UNSURE = 0.9, 0.1


def brief_of(
    intent: Intent,
    *,
    answer: float,
    goods: float = 0.0,
    shop: float = 0.3,
    looks: float = 0.6,
    language: Language = "en",
) -> Brief:
    """A message read as `intent` whose best answer and best product are this likely; both are sure from 0.7 on."""
    need = Need(intent, 0.8, language, words="words", query="words", about_shop=shop, about_goods=looks)
    faq = Findings((Hit(ANSWERS[0], answer, answer),), answer >= 0.7, answer)
    products = Findings((Hit(GOODS[0], goods, goods),), goods >= 0.7, goods)
    return a_brief(need, Evidence(products, faq))


def test_a_sure_answer_is_given_where_no_product_is_sure():
    assert settle(brief_of("product_search", answer=SURE, goods=UNSURE)) == "faq"


def test_products_that_are_sure_are_shown_though_an_answer_shares_their_words():
    assert settle(brief_of("product_search", answer=SURE, goods=SURE)) == "product_search"


def test_an_answer_that_is_not_sure_takes_no_search_over():
    assert settle(brief_of("product_search", answer=0.6, goods=UNSURE)) == "product_search"


@pytest.mark.parametrize(
    ("language", "answer", "offered"),
    [("en", 0.29, False), ("en", 0.3, True), ("zh", 0.29, False), ("zh", 0.3, True)],
)
def test_the_nearest_answer_is_offered_to_a_question_to_the_shop(language: Language, answer: float, offered: bool):
    brief = brief_of("faq", answer=answer, shop=0.9, looks=0.0, language=language)

    assert offers_nearest(brief) is offered
    assert missed(brief) is not offered


@pytest.mark.parametrize(("answer", "intent"), [(0.34, "off_topic"), (0.35, "faq")])
def test_what_reads_like_no_question_to_the_shop_needs_a_likelier_answer(answer: float, intent: Intent):
    assert settle(brief_of("off_topic", answer=answer, shop=0.2, looks=0.0)) == intent


def test_a_sure_answer_is_given_to_what_only_sounds_like_small_talk():
    assert settle(brief_of("capabilities", answer=SURE)) == "faq"
    assert settle(brief_of("capabilities", answer=0.6)) == "capabilities"


@pytest.mark.parametrize(("attribute", "query", "intent"), [
    ("stock", "", "product_question"), ("price", "", "product_question"), ("price", "shipping", "faq"),
    ("care", "", "faq"),
])  # fmt: skip
def test_no_answer_of_the_shops_says_what_a_thing_costs_that_nobody_named(attribute: str, query: str, intent: Intent):
    asked = brief_of("product_question", answer=SURE)

    assert settle(replace(asked, need=replace(asked.need, attribute=attribute, query=query))) == intent


def test_who_asks_for_what_is_in_stock_is_shown_it_though_an_answer_shares_the_words():
    asked = brief_of("product_search", answer=SURE, goods=UNSURE)
    in_stock = Filters((Condition("availability", "=", "in stock"),))

    assert settle(replace(asked, need=replace(asked.need, filters=in_stock))) == "product_search"
