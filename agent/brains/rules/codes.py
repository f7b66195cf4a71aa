"""A code that a customer names: whether it works, what it gives, and if not why; or that no product has it."""

from __future__ import annotations

from collections.abc import Mapping

from agent.brains.rules.acts import Act, Call, Say, Situation, Words
from agent.cards import day, money
from agent.understand.codes import calls_it_a_code
from tools.records import PromoCode
from tools.results import Ok

CHECK = "check_promo_code"


def told(situation: Situation) -> Act | None:
    """What the shop's records say of the code. None where they cannot be read, and where they have no such code and
    nobody called it one: then it is another word.
    """
    words, need, brief = situation.words, situation.brief.need, situation.brief
    if need.unknown_code and (need.attribute or not brief.evidence.faq.answered):
        return Say(words("product_code_unknown", code=need.unknown_code) + words("choice_person"))
    if not need.promo_code:
        return None
    if failed := situation.err(CHECK):
        unknown = failed.code == "not_found" and calls_it_a_code(need.words)
        return Say(words("promo_code_unknown", code=need.promo_code) + words("choice_person")) if unknown else None
    found = situation.ok(CHECK)
    if found is None:
        return Call(CHECK, {"code": need.promo_code})
    assert isinstance(found.value, PromoCode)
    return Say(words("promo_code", **_values(found, found.value, words)))


def _values(found: Ok, code: PromoCode, words: Words) -> Mapping[str, object]:
    return {
        "code": code.code,
        "why": found.data.get("why_not") or "",
        "percent": f"{code.percent.normalize():f}" if code.percent else "",
        "free_shipping": code.free_shipping,
        "minimum": money(code.from_value, code.currency) if code.from_value else "",
        "starts": day(code.starts_on, words.language) if code.starts_on else "",
        "ends": day(code.ends_on, words.language) if code.ends_on else "",
    }
