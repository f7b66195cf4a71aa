"""What the tables may ask about a change, worked out from the shop's records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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
from tools.policy.tables import Policy, Season, Value
from tools.records import ORIGINAL, Assurance, Customer, Order, PaymentMethod, Subscription, Variant


@dataclass(frozen=True, slots=True)
class Holding:
    """What the shop holds, within the scope of who asks, on the day that a change is asked for.

    `methods` are the payment methods that this customer may name, and `variants` what the order's products come in.
    """

    customer: Customer
    assurance: Assurance
    today: date
    order: Order | None = None
    methods: tuple[PaymentMethod, ...] = ()
    variants: tuple[Variant, ...] = ()
    subscription: Subscription | None = None


def original_method(order: Order) -> str:
    """The id of the payment method that the order is paid with: the first that holds money for it still."""
    if not order.payments:
        return ORIGINAL
    held = paid_by(order)
    return next((method for method, amount in held.items() if amount > 0), order.payments[0].method_id)


def paid_by(order: Order) -> dict[str, Decimal]:
    """What was paid by each method less what has gone back to it, in the order in which they were first used."""
    held: dict[str, Decimal] = {}
    for payment in order.payments:
        signed = payment.amount if payment.kind == "payment" else -payment.amount
        held[payment.method_id] = held.get(payment.method_id, Decimal()) + signed
    return held


def facts_about(change: Change, held: Holding, policy: Policy) -> dict[str, Value]:
    """Each field that the operation's table may use (`tools.policy.fields`) with its value in this case."""
    told: dict[str, Value] = {
        "assurance": held.assurance.name.lower(),
        "membership": held.customer.membership if held.customer.membership in policy.memberships else "none",
    }
    if held.order is not None:
        told |= _about_order(held.order, held.today, policy.season)
    match change:
        case CancelOrder():
            told["reason"] = change.reason
        case ReturnItems():
            told |= {
                "reason": change.reason or "not said",
                "photo": bool(change.photos),
                "refund_to": _refund_method(change.refund_to, held),
            }
        case ExchangeItems() | ModifyItems():
            told["same_variant"] = any(swap.item_id == swap.new_item_id for swap in change.swaps)
        case ModifyOrderAddress():
            there = held.order is not None and held.order.address.country == change.address.country
            told["country"] = "same" if there else "another"
        case ReportProblem():
            told |= {"problem": change.problem, "wish": change.wish, "photo": bool(change.photos)}
        case ChangeSubscription():
            told |= {"action": change.action, "state": held.subscription.status if held.subscription else None}
        case ModifyOrderPayment() | ModifyAccountAddress() | ModifyAccountEmail() | SendInvoice():
            pass
        case _:
            assert_never(change)
    return told


def _about_order(order: Order, today: date, season: Season | None) -> dict[str, Value]:
    shipment = order.shipment
    delivered = shipment.delivered_on if shipment else None
    expected = shipment.expected_on if shipment else None
    return {
        "status": order.status,
        "items_modified": order.items_modified,
        "days_since_order": max(0, (today - order.placed_at.date()).days),
        "days_since_delivery": None if delivered is None else max(0, (today - delivered).days),
        "in_season": season is not None and season.covers(order.placed_at.date(), today),
        "overdue": delivered is None and expected is not None and expected < today,
    }


def _refund_method(method_id: str, held: Holding) -> str:
    if held.order is None or method_id in (ORIGINAL, original_method(held.order)):
        return "original"
    kinds = {method.id: method.kind for method in held.methods}
    return "gift card" if kinds.get(method_id) == "gift_card" else "another"
