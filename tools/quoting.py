"""Works out what a change would do to the records of a shop, and whether it may be done. Pure: nothing is read or kept.

Amounts are in the order's currency, to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    NewAddress,
    ReportProblem,
    ReturnItems,
    SendInvoice,
)
from tools.errors import NotFound
from tools.policy.facts import Holding, facts_about, original_method, paid_by
from tools.policy.tables import Policy
from tools.quotes import Money, Quote, QuotedItem
from tools.records import ORIGINAL, Address, Order, OrderLine, PaymentMethod, Subscription, Swap, Variant
from tools.refusals import refused
from tools.sentences import Sentence

AT_ONCE = (0, 0)
FAULTS = frozenset({"damaged", "wrong item", "not as described"})


def quote(change: Change, held: Holding, policy: Policy) -> Quote:
    """What the change would do; `Refused` where the policy, the goods or the money do not allow it."""
    facts = facts_about(change, held, policy)
    notes = policy.allow(change.operation, facts, **_told(held))
    return _Quoting(held, policy, change.operation, notes).of(change)


class _Quoting:
    """One change being worked out."""

    def __init__(self, held: Holding, policy: Policy, operation: str, notes: tuple[Sentence, ...]) -> None:
        self._held = held
        self._policy = policy
        self._operation = operation
        self._notes = notes

    def of(self, change: Change) -> Quote:  # noqa: PLR0911, PLR0912 - one case a change
        match change:
            case CancelOrder():
                return self._cancel(change)
            case ReturnItems():
                return self._return(change)
            case ExchangeItems():
                return self._swapped(change, after="exchange requested")
            case ModifyItems():
                return self._swapped(change, after=self._order.status)
            case ModifyOrderAddress():
                return self._quote(address=self._moved(change.address, self._order.address), status=self._order.status)
            case ModifyOrderPayment():
                return self._paid_otherwise(change.payment_method_id)
            case ModifyAccountAddress():
                return self._quote(address=self._moved(change.address, self._held.customer.address))
            case ModifyAccountEmail():
                if change.email.casefold() == self._held.customer.email.casefold():
                    raise refused("same_email")
                return self._quote(email=change.email)
            case ReportProblem():
                items = tuple(_quoted(line) for line in self._pieces(change.item_ids))
                reason = f"{change.problem}, {change.wish}"
                return self._quote(items=items, status=self._order.status, reason=reason, photos=change.photos)
            case ChangeSubscription():
                return self._subscription(change)
            case SendInvoice():
                return self._quote(email=self._held.customer.email, status=self._order.status)
            case _:
                assert_never(change)

    @property
    def _order(self) -> Order:
        if self._held.order is None:
            raise NotFound("this customer has no such order", record="order")
        return self._held.order

    def _quote(self, **told: object) -> Quote:
        order = self._held.order
        about = {"order_id": order.id, "currency": order.currency} if order else {}
        return Quote.model_validate({"operation": self._operation, "notes": self._notes, **about, **told})

    def _cancel(self, change: CancelOrder) -> Quote:
        order, moves = self._order, self._refund_everything()
        return self._quote(
            items=tuple(_quoted(line) for line in order.lines for _ in range(line.quantity)),
            shipping_refund=order.shipping_cost if moves else Decimal(),
            moves=moves,
            status="cancelled",
            reason=change.reason,
        )

    def _return(self, change: ReturnItems) -> Quote:
        pieces = self._pieces(change.item_ids)
        method = self._method(change.refund_to)
        goods = sum((line.price for line in pieces), Decimal())
        fee, shipping = self._return_fee(change), self._shipping_back(pieces)
        return self._quote(
            items=tuple(_quoted(line) for line in pieces),
            return_fee=fee,
            shipping_refund=shipping,
            moves=(self._refund(max(goods + shipping - fee, Decimal()), method),),
            status="return requested",
            reason=change.reason or "",
            photos=change.photos,
        )

    def _return_fee(self, change: ReturnItems) -> Decimal:
        """What sending back costs the customer; nothing where the goods are not what they should be."""
        return Decimal() if change.reason in FAULTS else self._policy.returning.fee(self._order.address.country)

    def _shipping_back(self, pieces: list[OrderLine]) -> Decimal:
        returning, shipment = self._policy.returning, self._order.shipment
        if len(pieces) < sum(line.quantity for line in self._order.lines):
            return Decimal()
        if shipment is None or shipment.delivered_on is None:
            return Decimal()
        soon = (self._held.today - shipment.delivered_on).days <= returning.shipping_days
        return min(returning.shipping, self._order.shipping_cost) if soon else Decimal()

    def _swapped(self, change: ExchangeItems | ModifyItems, *, after: str) -> Quote:
        pieces = self._pieces(swap.item_id for swap in change.swaps)
        variants = [self._variant(line, swap) for line, swap in zip(pieces, change.swaps, strict=True)]
        self._must_have(variants)
        method = self._method(change.payment_method_id)
        pairs = list(zip(pieces, variants, strict=True))
        difference = sum((variant.price - line.price for line, variant in pairs), Decimal())
        self._must_cover(method, difference)
        moves: tuple[Money, ...] = ()
        if difference > 0:
            moves = (self._payment(difference, method),)
        elif difference < 0:
            moves = (self._refund(-difference, method),)
        items = tuple(_quoted(line, variant) for line, variant in pairs)
        photos = change.photos if isinstance(change, ExchangeItems) else ()
        return self._quote(items=items, price_difference=difference, moves=moves, status=after, photos=photos)

    def _paid_otherwise(self, method_id: str) -> Quote:
        order = self._order
        if len(order.payments) != 1:
            raise refused("several_payments", order=order.id)
        new, old = self._method(method_id), self._method(original_method(order))
        if new.id == old.id:
            raise refused("same_payment_method", order=order.id, method=old.label)
        amount = order.payments[0].amount
        self._must_cover(new, amount)
        return self._quote(moves=(self._payment(amount, new), self._refund(amount, old)), status=order.status)

    def _subscription(self, change: ChangeSubscription) -> Quote:
        held = self._held.subscription
        if held is None:
            raise NotFound("this customer has no such subscription", record="subscription")
        return self._quote(subscription=changed(held, change), currency=held.currency, reason=change.action)

    def _pieces(self, item_ids: Iterable[str]) -> list[OrderLine]:
        """The order's line of each piece; refused where the order holds fewer of them."""
        order = self._order
        left = [line for line in order.lines for _ in range(line.quantity)]
        pieces: list[OrderLine] = []
        for item_id in item_ids:
            piece = next((line for line in left if line.item_id == item_id), None)
            if piece is None:
                raise refused("item_not_in_order", order=order.id, item=item_id)
            left.remove(piece)
            pieces.append(piece)
        return pieces

    def _variant(self, line: OrderLine, swap: Swap) -> Variant:
        for variant in self._held.variants:
            if variant.id == swap.new_item_id and variant.product_id == line.product_id:
                return variant
        raise refused("not_a_variant", item=line.title)

    def _must_have(self, variants: list[Variant]) -> None:
        """As many of each as are wanted, where the shop counts them."""
        for variant in variants:
            wanted = variants.count(variant)
            if not variant.available or (variant.stock is not None and variant.stock < wanted):
                options = ", ".join(variant.options.values()) or variant.id
                raise refused("variant_unavailable", item=variant.title, options=options)

    def _method(self, method_id: str) -> PaymentMethod:
        original = original_method(self._order)
        wanted = original if method_id == ORIGINAL else method_id
        for method in self._held.methods:
            if method.id == wanted:
                return method
        if wanted == original:  # paid as a guest, or by a method that has been taken off file since
            return PaymentMethod(id=original, kind="other", label=self._order.payment_method)
        raise refused("no_such_payment_method")

    def _must_cover(self, method: PaymentMethod, amount: Decimal) -> None:
        if method.kind == "gift_card" and (method.balance or Decimal()) < amount:
            currency = self._order.currency
            raise refused(
                "gift_card_too_small",
                balance=f"{method.balance or 0:.2f} {currency}",
                amount=f"{amount:.2f} {currency}",
            )

    def _refund_everything(self) -> tuple[Money, ...]:
        """What the shop still holds, by the methods that paid it: a difference may have gone back by another one."""
        held = paid_by(self._order)
        owed = sum(held.values(), Decimal())
        moves = []
        for method, amount in held.items():
            if (back := min(amount, owed)) > 0:
                moves.append(self._refund(back, self._method(method)))
                owed -= back
        return tuple(moves)

    def _refund(self, amount: Decimal, method: PaymentMethod) -> Money:
        days = self._policy.refund_takes(method.kind)
        return Money(kind="refund", amount=amount, method_id=method.id, method=method.label, days=days)

    def _payment(self, amount: Decimal, method: PaymentMethod) -> Money:
        return Money(kind="payment", amount=amount, method_id=method.id, method=method.label, days=AT_ONCE)

    def _moved(self, new: NewAddress, old: Address | None) -> Address:
        address = new.of(old.name if old else self._held.customer.name)
        if address == old:
            raise refused("same_address")
        return address


def changed(subscription: Subscription, change: ChangeSubscription) -> Subscription:
    """The subscription after the action; whether it may be taken is for the policy's table to say."""
    match change.action:
        case "pause":
            return subscription.model_copy(update={"status": "paused"})
        case "resume":
            return subscription.model_copy(update={"status": "active"})
        case "cancel":
            return subscription.model_copy(update={"status": "cancelled", "next_on": None})
        case "skip_next":
            return subscription.skipped()


def _quoted(line: OrderLine, variant: Variant | None = None) -> QuotedItem:
    new = {} if variant is None else {"new_item_id": variant.id, "new_options": variant.options}
    return QuotedItem.model_validate(
        {
            "item_id": line.item_id,
            "title": line.title,
            "options": line.options,
            "price": line.price,
            "new_price": None if variant is None else variant.price,
            **new,
        }
    )


def _told(held: Holding) -> dict[str, object]:
    """What the policy's sentences may name."""
    if held.order is None:
        return {"order": "", "status": "", "delivered": ""}
    shipment = held.order.shipment
    delivered = shipment.delivered_on.isoformat() if shipment and shipment.delivered_on else ""
    return {"order": held.order.id, "status": held.order.status, "delivered": delivered}
