"""The retail shop of tau-bench: its files, its rules and its arithmetic, behind our port, with ownership and a ledger.

For measuring against the benchmark. Everything is in memory: a new `TauShop` on the same data starts afresh.
"""

from __future__ import annotations

import copy

from retrieval.documents import Product
from tools.adapters.tau_records import (
    NOMINAL_DAY,
    Raw,
    TauData,
    customer_of,
    order_of,
    product_of,
    variants_of,
)
from tools.adapters.tau_writes import make
from tools.changes import CancelOrder, Change, ChangeSubscription, ModifyAccountAddress, ModifyAccountEmail
from tools.errors import KeyReused, NotFound, QuoteChanged
from tools.order_numbers import normalise
from tools.policy.facts import Holding
from tools.policy.tables import Policy
from tools.quotes import Money, Quote, Receipt, WriteKey
from tools.quoting import quote
from tools.records import (
    Assurance,
    Customer,
    CustomerScope,
    Order,
    PaymentMethod,
    PromoCode,
    ShippingOption,
    Subscription,
    Variant,
)


class TauShop:
    """The Shop and the Catalogue port on the benchmark's records. Not for several processes, nor for keeping.

    `proven` is what an e-mail address with an order number opens: that order, as everywhere, or the whole account. The
    benchmark's policy opens the account for an e-mail address alone.
    """

    def __init__(self, data: TauData, policy: Policy, proven: Assurance = Assurance.ORDER) -> None:
        self._data = data
        self._policy = policy
        self._proven = proven
        self._orders: dict[str, Raw] = {}
        self._users: dict[str, Raw] = {}
        self._written: dict[tuple[str, str], tuple[str, Receipt]] = {}

    def changed(self) -> dict[str, dict[str, Raw]]:
        """The orders and users that are not as they were loaded, whole, by their ids; empty where nothing changed."""
        kept = {"orders": (self._orders, self._data.orders), "users": (self._users, self._data.users)}
        found = {
            kind: {record_id: record for record_id, record in now.items() if record != before[record_id]}
            for kind, (now, before) in kept.items()
        }
        return {kind: records for kind, records in found.items() if records}

    def product(self, product_id: str) -> Product | None:
        raw = self._data.products.get(product_id)
        return None if raw is None else product_of(raw)

    async def verify(self, *, email: str, order_id: str) -> CustomerScope | None:
        order = self._raw_order(order_id)
        if order is None or self._user(order["user_id"])["email"].casefold() != email.strip().casefold():
            return None
        seen = frozenset({order["order_id"]})
        return CustomerScope(assurance=self._proven, customer_id=order["user_id"], order_ids=seen)

    async def customer(self, scope: CustomerScope) -> Customer:
        user_id = self._user_id(scope)
        if scope.assurance < Assurance.ACCOUNT or user_id is None:
            raise NotFound("there is no such customer", record="customer")
        return customer_of(user_id, self._user(user_id))

    async def orders(self, scope: CustomerScope) -> tuple[Order, ...]:
        user_id = self._user_id(scope)
        if user_id is None:
            return ()
        user = self._user(user_id)
        raw = (self._raw_order(order_id) for order_id in user["orders"])
        return tuple(order_of(order, user) for order in raw if order and _in_scope(order, scope))

    async def order(self, order_id: str, scope: CustomerScope) -> Order:
        order = self._raw_order(order_id)
        if order is None or not _in_scope(order, scope):
            raise NotFound("this customer has no such order", record="order")
        return order_of(order, self._user(order["user_id"]))

    async def shipping_options(self, country: str | None = None) -> tuple[ShippingOption, ...]:
        """None: the benchmark says nothing of shipping."""
        return ()

    async def subscriptions(self, scope: CustomerScope) -> tuple[Subscription, ...]:
        """None: the benchmark has no subscriptions."""
        return ()

    async def promo_code(self, code: str) -> PromoCode | None:
        """None: the benchmark has no codes."""
        return None

    async def payment_methods(self, scope: CustomerScope) -> tuple[PaymentMethod, ...]:
        user_id = self._user_id(scope)
        if scope.assurance < Assurance.ORDER or user_id is None:
            return ()
        methods = customer_of(user_id, self._user(user_id)).payment_methods
        if scope.assurance >= Assurance.ACCOUNT:
            return methods
        used = {payment.method_id for order in await self.orders(scope) for payment in order.payments}
        return tuple(method for method in methods if method.id in used)

    async def variants(self, product_id: str) -> tuple[Variant, ...]:
        raw = self._data.products.get(product_id)
        return () if raw is None else variants_of(raw)

    async def quote(self, change: Change, scope: CustomerScope) -> Quote:
        quoted = quote(change, await self._holding(change, scope), self._policy)
        if isinstance(change, CancelOrder):
            quoted = quoted.model_copy(update={"moves": await self._whole_books(change, scope, quoted)})
        return quoted

    async def apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        known = self._written.get((key.conversation_id, key.call_id))
        if known is not None:
            if known[0] != key.digest:
                raise KeyReused("this call was made with other arguments before; a new change needs a new call")
            return known[1].model_copy(update={"repeated": True})
        quoted = await self.quote(change, scope)
        if quoted.version != version:
            raise QuoteChanged("the shop has changed since the customer said yes; show them what it is now")
        user_id = str(scope.customer_id)
        user = copy.deepcopy(self._user(user_id))
        order = copy.deepcopy(self._raw_order(quoted.order_id)) if quoted.order_id else None
        make(change, quoted, user, order, self._data.products)
        self._users[user_id] = user
        if order is not None:
            self._orders[order["order_id"]] = order
        receipt = Receipt(
            operation=change.operation,
            reference=f"T-{key.token[:8].upper()}",
            at=NOMINAL_DAY,
            quote=quoted,
            order=None if order is None else order_of(order, user),
        )
        self._written[key.conversation_id, key.call_id] = key.digest, receipt
        return receipt

    async def _holding(self, change: Change, scope: CustomerScope) -> Holding:
        order: Order | None = None
        match change:
            case ModifyAccountAddress() | ModifyAccountEmail():
                await self.customer(scope)
            case ChangeSubscription():
                raise NotFound("this customer has no such subscription", record="subscription")
            case _:
                order = await self.order(change.order_id, scope)
        user_id = str(scope.customer_id)
        products = dict.fromkeys(line.product_id for line in order.lines) if order else {}
        return Holding(
            customer=customer_of(user_id, self._user(user_id)),
            assurance=scope.assurance,
            today=NOMINAL_DAY.date(),
            order=order,
            methods=await self.payment_methods(scope),
            variants=tuple(v for product in products for v in variants_of(self._data.products[product])),
        )

    async def _whole_books(self, change: CancelOrder, scope: CustomerScope, quoted: Quote) -> tuple[Money, ...]:
        """What the benchmark gives back on cancelling: every entry of the books, refunds too (see `tau_writes`)."""
        methods = {method.id: method for method in await self.payment_methods(scope)}
        order = await self.order(change.order_id, scope)
        return tuple(
            Money(
                kind="refund",
                amount=payment.amount,
                method_id=payment.method_id,
                method=methods[payment.method_id].label,
                days=self._policy.refund_takes(methods[payment.method_id].kind),
            )
            for payment in order.payments
        )

    def _user_id(self, scope: CustomerScope) -> str | None:
        return scope.customer_id if scope.customer_id in self._data.users else None

    def _user(self, user_id: str) -> Raw:
        return self._users.get(user_id) or self._data.users[user_id]

    def _raw_order(self, order_id: str) -> Raw | None:
        try:
            order_id = normalise(order_id)
        except ValueError:
            return None
        return self._orders.get(order_id) or self._data.orders.get(order_id)


def _in_scope(order: Raw, scope: CustomerScope) -> bool:
    if order["user_id"] != scope.customer_id:
        return False
    return scope.assurance >= Assurance.ACCOUNT or (
        scope.assurance >= Assurance.ORDER and order["order_id"] in scope.order_ids
    )
