"""Tools that find products and answers. Anyone may use them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from retrieval.documents import Faq, Findings, Product, Query
from retrieval.filters import parse_filters
from tools.arguments import Arguments
from tools.errors import NotFound
from tools.results import Fact, Json, Ok, facts_of
from tools.spec import ToolContext, tool

Words = Annotated[str, Field(min_length=1, max_length=500)]


class SearchProducts(Arguments):
    query: Words = Field(description="What the customer is looking for, in their words, without price or stock")
    where: list[Annotated[str, Field(max_length=100)]] = Field(
        default=[],
        max_length=8,
        description="Conditions that hold, FIELD OPERATOR VALUE each: price<20, colour=blue, availability=in stock",
    )
    limit: int = Field(default=6, ge=1, le=12, description="How many products at most")


class SearchFaq(Arguments):
    query: Words = Field(description="The customer's question about the shop")
    limit: int = Field(default=3, ge=1, le=5, description="How many answers at most")


class GetProduct(Arguments):
    product_id: str = Field(min_length=1, max_length=100, description="The product's id, such as MUG-1040")


@tool(SearchProducts)
async def search_products(context: ToolContext, arguments: SearchProducts) -> Ok:
    """Find products by words and conditions. Conditions hold for every product that comes back."""
    found = await context.searcher.search(
        Query(
            text=arguments.query,
            kind="product",
            language=context.language,
            filters=parse_filters(arguments.where),
            limit=arguments.limit,
        )
    )
    return _found(found)


@tool(SearchFaq)
async def search_faq(context: ToolContext, arguments: SearchFaq) -> Ok:
    """Find the shop's own answers to a question. `answered` is false where none fits well enough to be given."""
    found = await context.searcher.search(
        Query(text=arguments.query, kind="faq", language=context.language, limit=arguments.limit)
    )
    return _found(found)


@tool(GetProduct)
async def get_product(context: ToolContext, arguments: GetProduct) -> Ok:
    """Read one product: price, stock, variants, attributes and description."""
    product = context.catalogue.product(arguments.product_id)
    if product is None:
        raise NotFound("there is no such product", record="product")
    return Ok({"product": _told(product)}, _facts(product), product)


def _found(found: Findings) -> Ok:
    hits: list[Json] = [{**_told(hit.document), "probability": round(hit.probability, 3)} for hit in found.hits]
    return Ok(
        {"answered": found.answered, "hits": hits},
        tuple(fact for hit in found.hits for fact in _facts(hit.document)),
        found,
    )


def _told(document: Product | Faq) -> dict[str, Json]:
    """The document for a brain to read: what the shop keeps as a record, and under `text` what people wrote."""
    if isinstance(document, Faq):
        return {"id": document.id, "text": {"question": document.question, "answer": document.answer}}
    return {**_record(document), "text": _written(document)}


def _facts(document: Product | Faq) -> tuple[Fact, ...]:
    if isinstance(document, Faq):
        return facts_of(f"faq.{document.id}", {"question": document.question, "answer": document.answer}, "faq")
    key = f"product.{document.id}"
    return facts_of(key, _record(document), "shop_record") + facts_of(key, _written(document), "product_text")


def _record(product: Product) -> dict[str, Json]:
    variants: list[Json] = [
        {"id": variant.id, "options": dict(variant.options), "price": _money(variant.price), "stock": variant.stock}
        for variant in product.variants
    ]
    return {
        "id": product.id,
        "price": _money(product.price),
        "currency": product.currency,
        "availability": product.availability,
        "url": product.url,
        "variants": variants,
    }


def _written(product: Product) -> dict[str, Json]:
    return {
        "title": product.title,
        "description": product.description,
        "category": product.category,
        "brand": product.brand,
        "attributes": dict(product.attributes),
    }


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
