"""What a turn's searches found, and the search that finds it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from agent.need import Need
from agent.offers import offered_of
from agent.vision.reading import PhotoReading
from retrieval.documents import Faq, Findings, Hit, Product, Query, Suggestion
from retrieval.filters import Condition, Filters
from retrieval.roles import Searcher

PRODUCTS_AT_MOST = 6
SORTED_FROM = 60  # "the cheapest mug" is the cheapest of this many best matches; so are those of a photo's kind
FAQS_AT_MOST = 3
MAYBE = 0.15
NOTHING = Findings((), answered=False, probability=0.0)

# What a customer gives up most easily comes first.
_RELAXED_FIRST = ("availability", "shade", "pattern", "price", "brand", "size", "material")


class Goods(Protocol):
    """The shop's products by their ids."""

    def product(self, product_id: str) -> Product | None: ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a reply may rest on.

    `dropped` are the conditions that nothing met, so that `products` holds what is nearest without them. `pointed` are
    the products that the customer asks about. `alike` are the same goods in other colours, and `suggested` what they
    may like, where they asked for that.
    """

    products: Findings = NOTHING
    faq: Findings = NOTHING
    dropped: tuple[Condition, ...] = ()
    pointed: tuple[Product, ...] = ()
    alike: tuple[Product, ...] = ()
    suggested: tuple[Suggestion, ...] = ()
    milliseconds: dict[str, float] = field(default_factory=dict)

    @property
    def goods(self) -> tuple[Product, ...]:
        """Every product that is part of the evidence, each once."""
        found = (hit.document for hit in self.products.hits if isinstance(hit.document, Product))
        suggested = (p for s in self.suggested for p in (s.product, s.because))
        return tuple({p.id: p for p in (*self.pointed, *found, *self.alike, *suggested)}.values())

    @property
    def answers(self) -> tuple[Faq, ...]:
        return tuple(hit.document for hit in self.faq.hits if isinstance(hit.document, Faq))

    def product(self, product_id: str) -> Product | None:
        return next((p for p in self.goods if p.id == product_id), None)

    def answer(self, faq_id: str) -> Faq | None:
        return next((f for f in self.answers if f.id == faq_id), None)


async def gather(
    need: Need, searcher: Searcher, goods: Goods, photo: PhotoReading | None, shown: Sequence[str]
) -> Evidence:
    """Search for what the need calls for; answers and products at the same time."""
    pointed = tuple(p for p in map(goods.product, need.products) if p is not None)
    faq, (products, dropped) = await asyncio.gather(
        _answers(need, searcher), _products(need, searcher, photo, frozenset(shown) if need.more else frozenset())
    )
    best = products.hits[0].document if products.hits else None
    asks = need.photo and need.intent == "product_question"
    if asks and not pointed and products.answered and isinstance(best, Product):
        pointed = (best,)  # "is this dishwasher safe?" with a photo of it
    alike: tuple[Product, ...] = ()
    if need.intent == "product_question" and need.attribute == "colours" and pointed and pointed[0].group:
        alike = await _same_group(searcher, need, pointed[0])
    return Evidence(products, faq, dropped, pointed, alike)


async def _answers(need: Need, searcher: Searcher) -> Findings:
    if not wants_answers(need):
        return NOTHING
    return await searcher.search(Query(text=need.words, kind="faq", language=need.language, limit=FAQS_AT_MOST))


def wants_answers(need: Need) -> bool:
    """Whether the shop's own answers may settle the need; what reads a little like a question to the shop is tried."""
    if need.photo or need.suggest_by or not need.words:
        return False
    if need.intent in ("faq", "order_change", "off_topic", "product_question"):
        return True
    return need.intent in ("product_search", "capabilities", "chitchat") and need.about_shop >= MAYBE


def wants_products(need: Need) -> bool:
    """Whether products may settle the need."""
    if need.suggest_by:
        return False
    if need.intent in ("product_search", "refine") or need.photo:
        return bool(need.query or need.filters or need.photo)
    return need.intent in ("faq", "off_topic", "product_question") and need.about_goods >= MAYBE and bool(need.query)


async def _products(
    need: Need, searcher: Searcher, photo: PhotoReading | None, seen: frozenset[str]
) -> tuple[Findings, tuple[Condition, ...]]:
    if not wants_products(need):
        return NOTHING, ()
    query = Query(
        text=need.query,
        language=need.language,
        filters=Filters(need.filters.conditions + tuple(Condition("id", "!=", i) for i in sorted(seen))),
        photo=None if photo is None else photo.embedding,
        patches=None if photo is None else photo.patches,
        limit=SORTED_FROM if need.cheapest or need.kind_seen else PRODUCTS_AT_MOST,
        explain=photo is not None,
    )
    found = await searcher.search(query)
    dropped: tuple[Condition, ...] = ()
    if not found.hits and need.filters:
        found, dropped = await _relaxed(query, need, searcher)
    return offered_of(found, _without(query, dropped).filters), dropped


def arrange(need: Need, evidence: Evidence) -> Evidence:
    """The order to show products in: the lowest price first where that was asked, the same goods in another colour
    first where one product is followed up, the kind that a photo shows right after what looks most like it, else as
    the search ranked them.
    """
    hits = evidence.products.hits
    if need.cheapest:
        hits = tuple(sorted(_telling(need.subject, hits), key=_price))
    elif evidence.pointed and evidence.pointed[0].group and need.intent == "refine":
        group = evidence.pointed[0].group
        hits = tuple(
            sorted(hits, key=lambda hit: not (isinstance(hit.document, Product) and hit.document.group == group))
        )
    elif need.kind_seen is not None:
        # The likeliest stays: where the kind is misread it is still the right one as often as without.
        hits = hits[:1] + tuple(sorted(hits[1:], key=lambda hit: not _is_of(hit, need.kind_seen)))
    return replace(evidence, products=replace(evidence.products, hits=hits[:PRODUCTS_AT_MOST]))


def _telling(subject: str, hits: Sequence[Hit]) -> Sequence[Hit]:
    """The hits whose title or description has every word of a subject; all of them where none has."""
    words = subject.casefold().split()
    told = [hit for hit in hits if isinstance(hit.document, Product) and all(w in _text(hit.document) for w in words)]
    return told or hits


def _text(product: Product) -> str:
    return f"{product.title} {product.attributes.get('title_zh', '')} {product.description}".casefold()


def _is_of(hit: Hit, kind: Condition | None) -> bool:
    document = hit.document
    return (
        kind is not None
        and isinstance(document, Product)
        and document.attributes.get(kind.field, "").casefold() == kind.value
    )


async def _relaxed(query: Query, need: Need, searcher: Searcher) -> tuple[Findings, tuple[Condition, ...]]:
    """The nearest there is: without the one condition that is given up most easily, else without all of them."""
    order = sorted(
        need.filters.conditions,
        key=lambda c: _RELAXED_FIRST.index(c.field) if c.field in _RELAXED_FIRST else len(_RELAXED_FIRST),
    )
    without_one = await asyncio.gather(*(searcher.search(_without(query, (condition,))) for condition in order))
    for condition, found in zip(order, without_one, strict=True):
        if found.hits:
            return found, (condition,)
    return await searcher.search(_without(query, need.filters.conditions)), need.filters.conditions


def _without(query: Query, dropped: tuple[Condition, ...]) -> Query:
    kept = tuple(c for c in query.filters.conditions if c not in dropped)
    return replace(query, filters=Filters(kept))


async def _same_group(searcher: Searcher, need: Need, product: Product) -> tuple[Product, ...]:
    filters = Filters((Condition("group", "=", product.group),))
    found = await searcher.search(Query(text=product.title, language=need.language, filters=filters, limit=12))
    return tuple(hit.document for hit in found.hits if isinstance(hit.document, Product) and hit.id != product.id)


def _price(hit: Hit) -> tuple[float, float]:
    price = float(hit.document.price) if isinstance(hit.document, Product) else float("inf")
    return price, -hit.score
