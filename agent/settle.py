"""What a turn is about, once it is known what was found: the evidence may overrule a doubtful first reading."""

from __future__ import annotations

from agent.brief import Brief
from agent.need import Intent
from agent.planning import concerns

LOOKS_FOR_GOODS = 0.2  # share of the odds from which on found products may answer what reads like something else
SHOWN_AS_UNSURE = 0.2  # products less likely than this are not even shown as what comes nearest
ASKS_THE_SHOP = 0.5  # share of the odds from which on words count as a question to the shop
NEAR = 0.3  # a shop's answer this likely is worth giving as unsure, to words that ask the shop
OF_ONE = ("stock", "price")  # what no answer of the shop's can say of a thing that nobody named
HALF_SURE = 0.35  # and this likely to any words


def settle(brief: Brief) -> Intent:  # noqa: PLR0911 - one return a case
    """The intent that the turn acts on."""
    need, memory = brief.need, brief.memory
    faq, products = brief.evidence.faq, brief.evidence.products
    for_goods = products.answered and need.about_goods >= LOOKS_FOR_GOODS
    match need.intent:
        case "affirm" if memory.asked == "handoff":
            return "handoff"
        case "product_question" if need.asks_photo or need.attribute == "cart":
            return "product_question"
        case "faq" | "off_topic" | "product_question" if need.photo and not (faq.answered or brief.evidence.pointed):
            return "product_search"
        case "product_question" if need.attribute in OF_ONE and not (brief.evidence.pointed or need.query):
            return "product_question"
        case "off_topic" | "faq" | "product_question" if not brief.evidence.pointed and faq.answered:
            return "faq"
        case "off_topic" | "faq" | "product_question" if not brief.evidence.pointed and offers_nearest(brief):
            return "faq"
        case "capabilities" | "chitchat" if faq.answered:
            return "faq"
        case "off_topic" | "faq" if for_goods:
            return "product_search"
        case "off_topic" if need.about_shop >= ASKS_THE_SHOP:
            return "faq"
        case "product_question" if not brief.evidence.pointed and (for_goods or need.query):
            return "product_search"
        case "product_search" if any(c.field == "availability" for c in need.filters.conditions) and products.hits:
            return "product_search"
        case "product_search" if faq.answered and (need.about_shop > need.about_goods or not products.answered):
            return "faq"
    return need.intent


def offers_nearest(brief: Brief) -> bool:
    """Whether an answer that is not sure enough may still be offered, under its own question and as unsure.

    The words read like a question to the shop, which the search does not know: both together are worth more than
    either. Of such offers to the development questions, off-topic ones among them, two in three are right in English
    and three in four in Chinese; that is why they come under their own question.
    """
    need = brief.need
    asks = need.about_shop >= ASKS_THE_SHOP and need.about_shop > need.about_goods
    return brief.evidence.faq.probability >= (NEAR if asks else HALF_SURE)


def fits(brief: Brief) -> bool:
    """Whether any found product may be shown: by the search's own measure, or because it meets what was required."""
    if brief.need.suggest_by:
        return bool(brief.evidence.suggested)
    products = brief.evidence.products
    required = bool(brief.need.filters) or brief.need.photo
    return bool(products.hits) and (required or products.answered or products.probability >= SHOWN_AS_UNSURE)


def missed(brief: Brief) -> bool:
    """Whether the turn found nothing that it may rest on."""
    evidence = brief.evidence
    if concerns(brief) or brief.need.promo_code or brief.need.unknown_code:
        return False
    match settle(brief):
        case "faq":
            return not (evidence.faq.answered or offers_nearest(brief))
        case "product_search" | "refine":
            return not fits(brief)
        case "product_question":
            return not evidence.pointed and not brief.need.asks_photo
        case _:
            return False


def doubtful(brief: Brief) -> bool:
    """Whether the turn rests on nothing, or on an answer that it has to call unsure.

    Goods are not counted: who looks around wants to be shown what comes near.
    """
    if concerns(brief) or brief.need.promo_code:
        return False
    return missed(brief) or (settle(brief) == "faq" and not brief.evidence.faq.answered)
