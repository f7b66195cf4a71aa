"""Tools that read what a customer may choose from: their payment methods, and the variants of what they ordered."""

from __future__ import annotations

from pydantic import Field

from tools.arguments import Arguments
from tools.changes import Id
from tools.errors import NotFound
from tools.order_numbers import OrderNumber
from tools.records import Assurance
from tools.results import Json, Ok, facts_of
from tools.spec import ToolContext, tool


class ListPaymentMethods(Arguments):
    pass


class ItemOptions(Arguments):
    order_id: OrderNumber
    item_id: Id = Field(description="The id of an item of that order")


@tool(ListPaymentMethods, assurance=Assurance.ORDER)
async def list_payment_methods(context: ToolContext, arguments: ListPaymentMethods) -> Ok:
    """List the customer's payment methods with their ids; a gift card with its balance."""
    methods = await context.shop.payment_methods(context.scope)
    listed: list[Json] = [method.model_dump(mode="json") for method in methods]
    return Ok({"payment_methods": listed}, facts_of("payment_methods", listed, "shop_record"), methods)


@tool(ItemOptions, assurance=Assurance.ORDER)
async def item_options(context: ToolContext, arguments: ItemOptions) -> Ok:
    """List what an ordered item may be changed for, each variant with its price less what was paid for the item."""
    order = await context.shop.order(arguments.order_id, context.scope)
    line = next((line for line in order.lines if line.item_id == arguments.item_id), None)
    if line is None:
        raise NotFound("the order holds no such item", record="item")
    variants = await context.shop.variants(line.product_id)
    listed: list[Json] = [
        {
            "item_id": variant.id,
            "options": dict(variant.options),
            "price": f"{variant.price:.2f}",
            "price_difference": f"{variant.price - line.price:.2f}",
            "available": variant.available,
            "ordered": variant.id == line.item_id,
        }
        for variant in variants
    ]
    told: dict[str, Json] = {"order_id": order.id, "item_id": line.item_id, "variants": listed}
    return Ok(told, facts_of(f"options.{line.item_id}", listed, "shop_record"), variants)
