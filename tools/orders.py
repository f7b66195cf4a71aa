"""Tools that read orders: the order that was proven, or all orders of a signed-in customer."""

from __future__ import annotations

from tools.arguments import Arguments
from tools.order_numbers import OrderNumber
from tools.records import Assurance, Order
from tools.results import Fact, Json, Ok, facts_of
from tools.spec import ToolContext, tool


class ListOrders(Arguments):
    pass


class GetOrder(Arguments):
    order_id: OrderNumber


class ShipmentStatus(Arguments):
    order_id: OrderNumber


@tool(ListOrders, assurance=Assurance.ORDER)
async def list_orders(context: ToolContext, arguments: ListOrders) -> Ok:
    """List the orders that this customer may see, newest first."""
    orders = await context.shop.orders(context.scope)
    told: list[Json] = [_told(order) for order in orders]
    return Ok({"orders": told}, tuple(fact for order in orders for fact in _facts(order)), orders)


@tool(GetOrder, assurance=Assurance.ORDER)
async def get_order(context: ToolContext, arguments: GetOrder) -> Ok:
    """Read one of the customer's orders: its state, lines, total, payment method, address and shipment."""
    order = await context.shop.order(arguments.order_id, context.scope)
    return Ok({"order": _told(order)}, _facts(order), order)


@tool(ShipmentStatus, assurance=Assurance.ORDER)
async def shipment_status(context: ToolContext, arguments: ShipmentStatus) -> Ok:
    """Tell where a parcel is: carrier, tracking number, expected or actual delivery day, and if it is overdue."""
    order = await context.shop.order(arguments.order_id, context.scope)
    shipment = order.shipment
    placed = order.placed_at.date().isoformat()
    told: dict[str, Json] = {"order_id": order.id, "status": order.status, "placed_on": placed, "shipment": None}
    if shipment is not None:
        late = 0
        if shipment.delivered_on is None and shipment.expected_on is not None:
            late = max(0, (context.clock().date() - shipment.expected_on).days)
        told |= {"shipment": shipment.model_dump(mode="json"), "overdue": late > 0, "days_overdue": late}
    return Ok(told, facts_of(f"order.{order.id}", told, "shop_record"), order)


def _told(order: Order) -> dict[str, Json]:
    """The order for a brain to read: what the shop keeps as a record, and under `text` what the customer wrote."""
    return {**_record(order), "text": _written(order)}


def _facts(order: Order) -> tuple[Fact, ...]:
    key = f"order.{order.id}"
    return facts_of(key, _record(order), "shop_record") + facts_of(key, _written(order), "customer")


def _record(order: Order) -> dict[str, Json]:
    """Without the inner number of the customer: nobody in the conversation needs it."""
    told: dict[str, Json] = order.model_dump(mode="json", exclude={"customer_id", "note"})
    return told


def _written(order: Order) -> dict[str, Json]:
    return {"note": order.note}
