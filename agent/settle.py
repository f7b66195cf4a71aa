"""What a turn is about, once it is known what was found: the evidence may overrule a doubtful first reading."""

from __future__ import annotations

from agent.brief import Brief
from agent.need import Intent

DOUBTFUL = 0.8


def settle(brief: Brief) -> Intent:  # noqa: PLR0911 - one return a case
    """The intent that the turn acts on."""
    need, evidence, memory = brief.need, brief.evidence, brief.memory
    intent, doubtful = need.intent, need.confidence < DOUBTFUL
    if intent == "affirm" and memory.asked == "handoff":
        return "handoff"
    if need.photo and intent in ("faq", "off_topic", "product_question") and not evidence.faq.answered:
        return "product_search"
    faq, products = evidence.faq, evidence.products
    match intent:
        case "off_topic" if faq.answered:
            return "faq"
        case "off_topic" | "faq" if not faq.answered and doubtful and products.answered:
            return "product_search"
        case "product_search" if doubtful and faq.answered and faq.probability > products.probability:
            return "faq"
        case "product_question" if not evidence.pointed:
            return "faq" if faq.answered else "product_search" if need.query else "product_question"
        case "order_status" if not need.order_ids and doubtful and faq.answered and faq.probability > 0.9:
            return "faq"
    return intent


def missed(brief: Brief) -> bool:
    """Whether the turn found nothing that it may rest on."""
    evidence = brief.evidence
    match settle(brief):
        case "faq":
            return not evidence.faq.answered
        case "product_search" | "refine":
            return not evidence.products.hits
        case "product_question":
            return not evidence.pointed
        case _:
            return False
