"""Filters in memory: columns over everything that can be bought, so that conditions hold before the cut."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Product
from retrieval.errors import BadFilter
from retrieval.filters import NUMBER_FIELDS, Condition, Filters, alternatives

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_SEVERAL = re.compile(r"\s*[|/;,]\s*")  # "red/white" is red and white


class PayloadIndex:
    """Answers which products match, for any filters.

    Conditions are about one and the same thing to buy: `size=M` with `stock>0` finds products of which an M is there.
    A product with variants is therefore a row for each of them; a variant's options go before the product's attributes.
    A stock that the shop does not count is not below any number and not above any.
    """

    def __init__(self, products: Sequence[Product]) -> None:
        self._size = len(products)
        offers = [(position, offer) for position, product in enumerate(products) for offer in _offers(product)]
        self._owner = np.array([position for position, _ in offers], np.int64)
        self._numbers = {
            name: np.array([offer.get(name, np.nan) for _, offer in offers], np.float64) for name in NUMBER_FIELDS
        }
        rows: dict[str, dict[str, list[int]]] = {"id": {}, "availability": {}, "category": {}, "brand": {}, "group": {}}
        for row, (_, offer) in enumerate(offers):
            for name, value in offer.items():
                if name not in NUMBER_FIELDS:
                    for word in words_of(value):
                        rows.setdefault(name, {}).setdefault(word, []).append(row)
        self._words = {name: {word: np.array(at) for word, at in words.items()} for name, words in rows.items()}

    @property
    def fields(self) -> tuple[str, ...]:
        """What can be filtered by."""
        return tuple(sorted({*self._words, *NUMBER_FIELDS}))

    def matching(self, filters: Filters) -> NDArray[np.bool_]:
        """One truth value a product, in the catalogue's order; raises `BadFilter` for a field no product has."""
        holds = np.ones(len(self._owner), np.bool_)
        for condition in filters.conditions:
            holds &= self._holds(condition)
        matching = np.zeros(self._size, np.bool_)
        matching[self._owner[holds]] = True
        return matching

    def lowest(self, field: str) -> NDArray[np.float64]:
        """The lowest number of a field among a product's offers, one a product; NaN where it has none."""
        lowest = np.full(self._size, np.nan)
        np.fmin.at(lowest, self._owner, self._numbers[field])
        return lowest

    def sharing(self, field: str, position: int) -> NDArray[np.bool_]:
        """Which products share a value of a field with one of them; none where it has none."""
        shared = np.zeros(self._size, np.bool_)
        for rows in self._words.get(field, {}).values():
            owners = self._owner[rows]
            if position in owners:
                shared[owners] = True
        return shared

    def _holds(self, condition: Condition) -> NDArray[np.bool_]:
        if condition.field in NUMBER_FIELDS:
            column = self._numbers[condition.field]
            compared: NDArray[np.bool_] = _COMPARE[condition.operator](column, float(condition.value))
            return compared & ~np.isnan(column)
        name = {"color": "colour"}.get(condition.field, condition.field.replace(" ", "_"))
        words = self._words.get(name)
        if words is None:
            raise BadFilter(f"expected one of the fields {', '.join(self.fields)}, got {condition.field!r}")
        same = np.zeros(len(self._owner), np.bool_)
        for value in alternatives(condition.value):
            same[words.get(value, np.empty(0, np.int64))] = True
        return same if condition.operator == "=" else ~same


def words_of(value: str) -> set[str]:
    """What a value equals: itself, and each part of `red/white` or `red | white`."""
    whole = value.strip().casefold()
    return {whole, *_SEVERAL.split(whole)} - {""}


def _offers(product: Product) -> Iterator[dict[str, Any]]:
    whole: dict[str, Any] = {
        **product.attributes,
        "id": product.id,
        "availability": product.availability,
        "category": product.category,
        "brand": product.brand,
        "group": product.group,
        "price": float(product.price),
    }
    if product.stock is not None:
        whole["stock"] = float(product.stock)
    if not product.variants:
        yield whole
    for variant in product.variants:
        offer = {**whole, **variant.options, "price": float(variant.price)}
        offer.pop("stock", None)
        if variant.stock is not None:
            offer["stock"] = float(variant.stock)
            if variant.stock == 0 and product.availability == "in stock":
                offer["availability"] = "out of stock"
        yield offer
