"""Makes changes on the benchmark's own records, to the last digit as its tools do.

Amounts are floats and summed in the benchmark's order, because its databases are compared whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from tools.adapters.tau_records import MODIFIED, Raw, raw_address
from tools.changes import (
    CancelOrder,
    Change,
    ExchangeItems,
    ModifyAccountAddress,
    ModifyItems,
    ModifyOrderAddress,
    ModifyOrderPayment,
    ReturnItems,
)
from tools.errors import NotFound, Refused
from tools.policy.tables import NOT_OFFERED
from tools.quotes import Quote
from tools.records import ORIGINAL, Swap


def make(change: Change, quote: Quote, user: Raw, order: Raw | None, products: Mapping[str, Raw]) -> None:
    """Change `user` and `order`, which are the caller's own copies; the quote has found everything in order."""
    if isinstance(change, ModifyAccountAddress) and quote.address is not None:
        user["address"] = raw_address(quote.address)
        return
    if order is None:
        raise NotFound("this customer has no such order", record="order")
    match change:
        case CancelOrder():
            _cancel(order, user, change.reason)
        case ReturnItems():
            order["status"] = "return requested"
            order["return_items"] = sorted(change.item_ids)
            order["return_payment_method_id"] = _method_id(change.refund_to, order)
        case ExchangeItems():
            order["status"] = "exchange requested"
            order["exchange_items"] = sorted(swap.item_id for swap in change.swaps)
            order["exchange_new_items"] = sorted(swap.new_item_id for swap in change.swaps)
            order["exchange_payment_method_id"] = _method_id(change.payment_method_id, order)
            order["exchange_price_difference"] = round(_difference(order, change.swaps, products), 2)
        case ModifyItems():
            _modify(order, user, change, products)
        case ModifyOrderAddress() if quote.address is not None:
            order["address"] = raw_address(quote.address)
        case ModifyOrderPayment():
            _pay_otherwise(order, user, change.payment_method_id)
        case _:
            raise Refused(f"{change.operation}.not_offered", NOT_OFFERED)


def _cancel(order: Raw, user: Raw, reason: str) -> None:
    """Every entry of the books comes back, a refund too: the benchmark does not net them."""
    refunds = [_moved("refund", entry["amount"], entry["payment_method_id"]) for entry in order["payment_history"]]
    for refund in refunds:
        _credit(user, refund["payment_method_id"], refund["amount"])
    order["status"] = "cancelled"
    order["cancel_reason"] = reason
    order["payment_history"] += refunds


def _modify(order: Raw, user: Raw, change: ModifyItems, products: Mapping[str, Raw]) -> None:
    difference = _difference(order, change.swaps, products)
    method_id = _method_id(change.payment_method_id, order)
    kind = "payment" if difference > 0 else "refund"
    order["payment_history"].append(_moved(kind, abs(difference), method_id))
    _credit(user, method_id, -difference)
    for swap in change.swaps:
        item = _item(order, swap.item_id)
        variant = products[item["product_id"]]["variants"][swap.new_item_id]
        item |= {"item_id": swap.new_item_id, "price": variant["price"], "options": dict(variant["options"])}
    order["status"] = MODIFIED


def _pay_otherwise(order: Raw, user: Raw, method_id: str) -> None:
    first = order["payment_history"][0]
    amount, old = first["amount"], first["payment_method_id"]
    order["payment_history"] += [_moved("payment", amount, method_id), _moved("refund", amount, old)]
    _credit(user, method_id, -amount)
    _credit(user, old, amount)


def _difference(order: Raw, swaps: tuple[Swap, ...], products: Mapping[str, Raw]) -> float:
    difference = 0.0
    for swap in swaps:
        item = _item(order, swap.item_id)
        difference += products[item["product_id"]]["variants"][swap.new_item_id]["price"] - item["price"]
    return difference


def _item(order: Raw, item_id: str) -> Raw:
    item: Raw = next(item for item in order["items"] if item["item_id"] == item_id)
    return item


def _method_id(method_id: str, order: Raw) -> str:
    return str(order["payment_history"][0]["payment_method_id"]) if method_id == ORIGINAL else method_id


def _moved(kind: str, amount: float, method_id: str) -> Raw:
    return {"transaction_type": kind, "amount": amount, "payment_method_id": method_id}


def _credit(user: Raw, method_id: str, amount: float) -> None:
    """Only a gift card has a balance that moves at once."""
    method = user["payment_methods"][method_id]
    if method["source"] == "gift_card":
        method["balance"] = round(method["balance"] + amount, 2)
