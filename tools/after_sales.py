"""Tools that read what comes after an order: refunds, subscriptions, and the codes that customers hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from tools.arguments import Arguments
from tools.errors import NotFound
from tools.order_numbers import OrderNumber
from tools.records import Assurance, Order, PromoCode
from tools.results import Json, Ok, facts_of
from tools.spec import ToolContext, tool


class RefundStatus(Arguments):
    order_id: OrderNumber


class ListSubscriptions(Arguments):
    pass


class CheckPromoCode(Arguments):
    code: str = Field(min_length=1, max_length=40, description="The code as the customer wrote it")
    order_value: Decimal | None = Field(
        default=None, ge=0, le=1_000_000, description="What the goods cost, if the customer has said so"
    )


@tool(RefundStatus, assurance=Assurance.ORDER)
async def refund_status(context: ToolContext, arguments: RefundStatus) -> Ok:
    """Tell what of an order has been refunded, and what is to come: asked for when, and if the goods are back."""
    order = await context.shop.order(arguments.order_id, context.scope)
    told: dict[str, Json] = {
        "order_id": order.id,
        "status": order.status,
        "currency": order.currency,
        "refunded": [
            {"amount": f"{payment.amount:.2f}", "method_id": payment.method_id}
            for payment in order.payments
            if payment.kind == "refund"
        ],
        "to_come": _to_come(order),
    }
    return Ok(told, facts_of(f"refund.{order.id}", told, "shop_record"), order)


def _to_come(order: Order) -> dict[str, Json] | None:
    """The return that has been asked for and not yet been refunded."""
    if order.returning is None or order.status != "return requested":
        return None
    returning = order.returning
    return {
        "amount": f"{returning.amount:.2f}",
        "refund_to": returning.refund_to,
        "requested_on": returning.requested_on.isoformat(),
        "goods_received_on": returning.received_on.isoformat() if returning.received_on else None,
    }


@tool(ListSubscriptions, assurance=Assurance.ACCOUNT)
async def list_subscriptions(context: ToolContext, arguments: ListSubscriptions) -> Ok:
    """List the customer's subscriptions: what comes how often, at which price, and when next."""
    held = await context.shop.subscriptions(context.scope)
    listed: list[Json] = [one.model_dump(mode="json", exclude={"customer_id"}) for one in held]
    return Ok({"subscriptions": listed}, facts_of("subscriptions", listed, "shop_record"), held)


@tool(CheckPromoCode)
async def check_promo_code(context: ToolContext, arguments: CheckPromoCode) -> Ok:
    """Say if a promo code works now, what it gives, and if not why: unknown codes are not found, never made up."""
    code = await context.shop.promo_code(arguments.code)
    if code is None:
        raise NotFound("the shop has no such code", record="promo_code")
    why = _why_not(code, context.clock().date(), arguments.order_value)
    told: dict[str, Json] = {**code.model_dump(mode="json"), "works": why is None, "why_not": why}
    return Ok(told, facts_of(f"promo_code.{code.code}", told, "shop_record"), code)


def _why_not(code: PromoCode, today: date, value: Decimal | None) -> str | None:
    if code.starts_on is not None and today < code.starts_on:
        return "not started"
    if code.ends_on is not None and today > code.ends_on:
        return "expired"
    if code.used_up:
        return "used up"
    if value is not None and value < code.from_value:
        return "order value too small"
    return None
