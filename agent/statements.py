"""Evidence as statements in words: what the check of speech compares with, and what a brain may read."""

from __future__ import annotations

from collections.abc import Iterator

from agent.brief import Brief
from agent.cards import money
from retrieval.documents import Faq, Product


def statements_of(brief: Brief) -> Iterator[str]:
    """Every statement that the turn's searches and photos support."""
    for product in brief.evidence.goods:
        yield from product_statements(product)
    for faq in brief.evidence.answers:
        yield from faq_statements(faq)
    for seen in brief.seen:
        yield seen.reading.caption
        yield seen.reading.caption_zh
        yield from (f"{a.name} {a.value}" for a in seen.reading.attributes)
        if seen.answer is not None:
            yield from (seen.answer.en, seen.answer.zh)
    yield from (looked.value for looked in brief.memory.looked)
    for condition in (*brief.need.filters.conditions, *brief.evidence.dropped):
        yield f"{condition.field} {condition.value}"


def product_statements(product: Product) -> Iterator[str]:
    yield product.id
    yield product.title
    yield product.description
    yield f"{money(product.price, product.currency)} {product.price} {product.currency}"
    yield f"{product.brand} {product.category} {product.availability} {product.url}"
    if product.stock is not None:
        yield f"stock {product.stock}"
    for name, value in product.attributes.items():
        yield f"{name.replace('_', ' ')}: {value}"
    for variant in product.variants:
        options = ", ".join(variant.options.values())
        yield f"{options}: {money(variant.price, product.currency)} {variant.price}"
        if variant.stock is not None:
            yield f"{options}: stock {variant.stock}"


def faq_statements(faq: Faq) -> Iterator[str]:
    yield f"{faq.question}\n{faq.answer}"
