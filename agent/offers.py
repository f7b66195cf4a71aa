"""A product as it meets a wish for a price: with the versions that do, so that what is shown is what was asked for."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from retrieval.documents import Findings, Product
from retrieval.filters import Condition, Filters

_COMPARE: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def offered(product: Product, filters: Filters) -> Product:
    """The product with only the versions whose price meets the conditions, at the lowest price of those; unchanged
    where all of them do, or none.
    """
    prices = [condition for condition in filters.conditions if condition.field == "price"]
    fitting = tuple(v for v in product.variants if all(_meets(v.price, condition) for condition in prices))
    if not fitting or len(fitting) == len(product.variants):
        return product
    counted = [variant.stock for variant in fitting if variant.stock is not None]
    stock = sum(counted) if len(counted) == len(fitting) else None
    gone = stock == 0 and product.availability == "in stock"
    return replace(
        product,
        price=min(variant.price for variant in fitting),
        variants=fitting,
        stock=stock,
        availability="out of stock" if gone else product.availability,
    )


def offered_of(found: Findings, filters: Filters) -> Findings:
    """The same for all that was found."""
    hits = (
        replace(hit, document=offered(hit.document, filters)) if isinstance(hit.document, Product) else hit
        for hit in found.hits
    )
    return replace(found, hits=tuple(hits))


def _meets(price: Decimal, condition: Condition) -> bool:
    return _COMPARE[condition.operator](price, Decimal(condition.value))
