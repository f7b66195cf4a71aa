"""What the rules brain decides, case by case, without a model."""

from __future__ import annotations

from typing import Any

import pytest
from agent_parts import ANSWERS, GOODS, SHIPPED, a_brief

from agent.brains.rules.acts import Act, Call, Say, Situation, Words
from agent.brains.rules.decide import decide
from agent.brains.rules.page import condition_in_words, spoken
from agent.cards import day
from agent.evidence import Evidence
from agent.memory import Identity, Memory
from agent.need import Intent, Need
from prompts import Prompts
from retrieval.documents import Faq, Findings, Hit, Product
from retrieval.filters import Condition, Filters
from tools.records import Assurance, CustomerScope
from tools.results import Err, Ok, Result

PROMPTS = Prompts.built_in()
PROVEN = CustomerScope(assurance=Assurance.ORDER, customer_id="C-1", order_ids=frozenset({"#W10428"}))


def a_need(intent: Intent, **more: Any) -> Need:
    return Need(intent, 0.95, more.pop("language", "en"), **more)


def found(*documents: Product | Faq, probability: float = 0.9) -> Findings:
    hits = tuple(Hit(d, probability - 0.01 * i, probability - 0.01 * i) for i, d in enumerate(documents))
    return Findings(hits, answered=bool(hits) and probability >= 0.5, probability=probability if hits else 0.0)


def decided(
    need: Need,
    *results: tuple[str, Result],
    evidence: Evidence | None = None,
    memory: Memory | None = None,
) -> Act:
    words = Words(PROMPTS, need.language)
    return decide(Situation(a_brief(need, evidence, memory), results, words))


def test_an_order_is_asked_for_by_address_and_number():
    act = decided(a_need("order_status"))

    assert isinstance(act, Say)
    assert "e-mail address" in act.text


@pytest.mark.parametrize(
    ("given", "before", "act"),
    [
        ({"email": "a@b.de", "order_ids": ("#W1042",)}, {}, {"email": "a@b.de", "order_id": "#W1042"}),
        ({"email": "a@b.de"}, {"order_id": "#W1042"}, {"email": "a@b.de", "order_id": "#W1042"}),
        ({"order_ids": ("#W1042",)}, {"email": "a@b.de"}, {"email": "a@b.de", "order_id": "#W1042"}),
    ],
)
def test_both_halves_of_an_identity_may_come_in_any_order(given: dict, before: dict, act: dict):
    assert decided(a_need("identity", **given), memory=Memory(identity=Identity(**before))) == Call(
        "verify_identity", act
    )


def test_a_proof_is_followed_by_reading_the_order():
    need = a_need("identity", email="a@b.de", order_ids=("#W10428",))

    assert decided(need, ("verify_identity", Ok({}, scope=PROVEN))) == Call("shipment_status", {"order_id": "#W10428"})


def test_a_late_parcel_is_told_with_its_days_and_a_person_is_offered():
    need = a_need("identity", email="a@b.de", order_ids=("#W10428",))
    results = (("verify_identity", Ok({}, scope=PROVEN)), ("shipment_status", Ok({"days_overdue": 3}, value=SHIPPED)))

    act = decided(need, *results)

    assert isinstance(act, Say)
    assert "is 3 days late" in act.text
    assert "[[order:#W10428]]" in act.text
    assert "talk to a person" in act.text


@pytest.mark.parametrize("code", ["shop_unavailable", "tool_failed"])
def test_a_shop_that_does_not_answer_is_said_so(code: str):
    act = decided(a_need("identity", email="a@b.de", order_ids=("#W1042",)), ("verify_identity", Err(code, "")))

    assert isinstance(act, Say)
    assert "can't reach the shop's order system" in act.text


def test_a_question_about_as_likely_is_offered_beside_the_answer():
    rival = Faq("return.sale.en", "Can I return goods on sale?", "Yes, within 30 days.")

    act = decided(a_need("faq"), evidence=Evidence(faq=found(ANSWERS[2], rival, ANSWERS[4])))

    asks = f"[[choice:{rival.question}|{rival.question}]]"
    assert act == Say(f"{ANSWERS[2].answer}[[faq:return.en]]{asks}")


def test_a_question_that_is_far_less_likely_is_not_offered_beside_the_answer():
    hits = (Hit(ANSWERS[2], 0.9, 0.9), Hit(ANSWERS[4], 0.7, 0.7))

    act = decided(a_need("faq"), evidence=Evidence(faq=Findings(hits, True, 0.9)))

    assert act == Say(f"{ANSWERS[2].answer}[[faq:return.en]]")


def test_an_answer_in_the_customers_language_is_preferred_where_it_is_as_likely():
    english, chinese = ANSWERS[0], ANSWERS[1]

    act = decided(a_need("faq", language="zh"), evidence=Evidence(faq=found(english, chinese)))

    assert act == Say(f"{chinese.answer}[[faq:{chinese.id}]]")


def test_an_answer_that_exists_only_in_another_language_says_so():
    act = decided(a_need("faq", language="zh"), evidence=Evidence(faq=found(ANSWERS[4])))

    assert isinstance(act, Say)
    assert "其他语言" in act.text


def test_an_unsure_answer_is_given_under_its_own_question_and_as_unsure():
    evidence = Evidence(faq=found(ANSWERS[0], probability=0.4))

    act = decided(a_need("faq", about_shop=0.9), evidence=evidence)

    assert isinstance(act, Say)
    assert act.text.startswith("I'm not sure that this is what you mean.")
    assert ANSWERS[0].question in act.text


def test_an_answer_too_far_off_is_not_given_but_its_question_may_be_chosen():
    act = decided(a_need("faq", about_shop=0.9), evidence=Evidence(faq=found(ANSWERS[0], probability=0.18)))

    assert isinstance(act, Say)
    assert ANSWERS[0].answer not in act.text
    assert f"[[choice:{ANSWERS[0].question}|{ANSWERS[0].question}]]" in act.text


def test_off_topic_words_that_the_shop_can_answer_are_answered():
    act = decided(a_need("off_topic"), evidence=Evidence(faq=found(ANSWERS[0])))

    assert act == Say(f"{ANSWERS[0].answer}[[faq:{ANSWERS[0].id}]]")


def test_a_yes_to_the_offer_of_a_person_hands_over():
    act = decided(a_need("affirm"), memory=Memory(asked="handoff"))

    assert isinstance(act, Call)
    assert act.name == "handoff"


def test_a_hand_over_that_fails_is_not_called_one():
    act = decided(a_need("handoff"), ("handoff", Err("shop_unavailable", "")))

    assert isinstance(act, Say)
    assert "couldn't reach" in act.text


def test_the_best_match_is_called_sold_out_where_it_is():
    act = decided(a_need("product_search", query="yellow mug"), evidence=Evidence(found(GOODS[4])))

    assert isinstance(act, Say)
    assert "**Camp mug, mustard** is out of stock at the moment." in act.text


@pytest.mark.parametrize(("probability", "shown"), [(0.3, True), (0.1, False)])
def test_products_that_come_nowhere_near_are_not_shown(probability: float, shown: bool):
    evidence = Evidence(products=found(GOODS[0], probability=probability))

    act = decided(a_need("product_search", query="a unicorn", about_goods=0.9), evidence=evidence)

    assert isinstance(act, Say)
    assert ("[[product:" in act.text) == shown


def test_everything_under_conditions_that_nothing_meets_is_named():
    price, colour = Condition("price", "<", "5"), Condition("colour", "=", "blue")
    need = a_need("product_search", query="mug", filters=Filters((price, colour)))

    act = decided(need, evidence=Evidence(products=found(GOODS[0]), dropped=(price, colour)))

    assert isinstance(act, Say)
    assert act.text.startswith("I have nothing that meets all of this: under €5, blue.")


@pytest.mark.parametrize(
    ("condition", "english", "chinese"),
    [
        (Condition("price", "<", "20"), "under €20", "低于€20"),
        (Condition("price", ">=", "9.5"), "from €9.50", "不低于€9.50"),
        (Condition("colour", "=", "blue"), "blue", "蓝色"),
        (Condition("colour", "!=", "white"), "not white", "非白色"),
        (Condition("availability", "=", "in stock"), "in stock", "现货"),
    ],
)
def test_conditions_are_worded_in_both_languages(condition: Condition, english: str, chinese: str):
    assert condition_in_words(condition, "en", "EUR") == english
    assert condition_in_words(condition, "zh", "EUR") == chinese


def test_a_value_without_a_translation_is_said_as_the_shop_wrote_it():
    assert spoken("handblown", "zh") == "handblown"


def test_days_are_written_as_people_write_them():
    assert (day(SHIPPED.placed_at.date(), "en"), day(SHIPPED.placed_at.date(), "zh")) == (
        "1 March 2026",
        "2026年3月1日",
    )
