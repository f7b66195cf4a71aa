"""The records after a change, from the records before it and its quote. Pure, as `tools.quoting` is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from tools.changes import (
    CancelOrder,
    Change,
    ChangeSubscription,
    ExchangeItems,
    ModifyAccountAddress,
    ModifyAccountEmail,
    ModifyItems,
    ModifyOrderAddress,
    ModifyOrderPayment,
    ReportProblem,
    ReturnItems,
    SendInvoice,
)
from tools.errors import NotFound
from tools.policy.facts import Holding, original_method
from tools.quotes import Money, Quote
from tools.records import (
    ORIGINAL,
    Customer,
    Exchange,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    ProblemReport,
    Return,
    Subscription,
)


@dataclass(frozen=True, slots=True)
class Settled:
    """The records as they are to be kept; None where a record does not change."""

    order: Order | None = None
    customer: Customer | None = None
    subscription: Subscription | None = None


def settle(change: Change, quote: Quote, held: Holding) -> Settled:  # noqa: PLR0911, PLR0912 - one case a change
    """The change made on records. A gift card's money moves at once; any other method is the shop's to move it by."""
    match change:
        case ModifyAccountAddress():
            return Settled(customer=held.customer.model_copy(update={"address": quote.address}))
        case ModifyAccountEmail():
            return Settled(customer=held.customer.model_copy(update={"email": quote.email}))
        case ChangeSubscription():
            return Settled(subscription=quote.subscription)
        case SendInvoice():
            return Settled(order=held.order)
    order = held.order
    if order is None:
        raise NotFound("this customer has no such order", record="order")
    match change:
        case CancelOrder():
            order = _moved(order, quote).model_copy(update={"status": "cancelled", "cancel_reason": change.reason})
            return Settled(order, _customer(held, quote.moves))
        case ReturnItems():
            returning = Return(
                item_ids=change.item_ids,
                amount=quote.moves[0].amount,
                refund_to=quote.moves[0].method_id,
                requested_on=held.today,
                reason=change.reason,
                photos=change.photos,
            )
            return Settled(order.model_copy(update={"status": quote.status, "returning": returning}))
        case ExchangeItems():
            exchanging = Exchange(
                swaps=change.swaps,
                price_difference=quote.price_difference or Decimal(),
                payment_method_id=(
                    original_method(order) if change.payment_method_id == ORIGINAL else change.payment_method_id
                ),
                requested_on=held.today,
                photos=change.photos,
            )
            return Settled(order.model_copy(update={"status": quote.status, "exchanging": exchanging}))
        case ModifyItems():
            total = order.total + (quote.price_difference or Decimal())
            update = {"lines": _swapped(order.lines, quote), "total": total, "items_modified": True}
            return Settled(_moved(order, quote).model_copy(update=update), _customer(held, quote.moves))
        case ModifyOrderAddress():
            return Settled(order.model_copy(update={"address": quote.address}))
        case ModifyOrderPayment():
            order = _moved(order, quote).model_copy(update={"payment_method": quote.moves[0].method})
            return Settled(order, _customer(held, quote.moves))
        case ReportProblem():
            report = ProblemReport(
                problem=change.problem,
                item_ids=change.item_ids,
                wish=change.wish,
                reported_on=held.today,
                photos=change.photos,
            )
            return Settled(order.model_copy(update={"problems": (*order.problems, report)}))
        case _:
            assert_never(change)


def _moved(order: Order, quote: Quote) -> Order:
    """The order with the money of the quote in its books."""
    moves = tuple(Payment(kind=move.kind, amount=move.amount, method_id=move.method_id) for move in quote.moves)
    return order.model_copy(update={"payments": order.payments + moves})


def _customer(held: Holding, moves: tuple[Money, ...]) -> Customer | None:
    """The customer with the balances of their gift cards after the moves; None where no gift card moves."""
    methods = tuple(_balanced(method, moves) for method in held.customer.payment_methods)
    if methods == held.customer.payment_methods:
        return None
    return held.customer.model_copy(update={"payment_methods": methods})


def _balanced(method: PaymentMethod, moves: tuple[Money, ...]) -> PaymentMethod:
    if method.balance is None:
        return method
    mine = [move for move in moves if move.method_id == method.id]
    change = sum((move.amount if move.kind == "refund" else -move.amount for move in mine), Decimal())
    return method.model_copy(update={"balance": method.balance + change})


def _swapped(lines: tuple[OrderLine, ...], quote: Quote) -> tuple[OrderLine, ...]:
    """The lines with each piece that goes replaced, in its place, by the one that comes; equal pieces are one line."""
    going = [(item.item_id, item.price, item) for item in quote.items]
    pieces: list[OrderLine] = []
    for piece in (line.model_copy(update={"quantity": 1}) for line in lines for _ in range(line.quantity)):
        wanted = (piece.item_id, piece.price)
        item = next((item for item_id, price, item in going if (item_id, price) == wanted), None)
        if item is not None:
            going.remove((item.item_id, item.price, item))
            new = {"variant_id": item.new_item_id, "options": item.new_options, "price": item.new_price}
            pieces.append(piece.model_copy(update=new))
        else:
            pieces.append(piece)
    return _merged(pieces)


def _merged(lines: list[OrderLine]) -> tuple[OrderLine, ...]:
    """Lines of the same goods at the same price as one."""
    merged: list[OrderLine] = []
    for line in lines:
        same = [i for i, other in enumerate(merged) if other.model_copy(update={"quantity": line.quantity}) == line]
        if same:
            old = merged[same[0]]
            merged[same[0]] = old.model_copy(update={"quantity": old.quantity + line.quantity})
        else:
            merged.append(line)
    return tuple(merged)
