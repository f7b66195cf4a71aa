"""The shop as the agent reaches it: a port with an adapter for each kind of shop."""

from __future__ import annotations

from typing import Protocol

from tools.changes import Change
from tools.quotes import Quote, Receipt, WriteKey
from tools.records import (
    Customer,
    CustomerScope,
    Order,
    PaymentMethod,
    PromoCode,
    ShippingOption,
    Subscription,
    Variant,
)


class Shop(Protocol):
    """Reads take the customer's scope; an adapter never returns a record outside it (`NotFound` instead).

    Writes take the scope, the change and a key. `Refused` where the shop's policy or the goods, the money or the state
    of the order say no; `ShopUnavailable` where the shop does not answer, after which the same key may be sent again.
    """

    async def verify(self, *, email: str, order_id: str) -> CustomerScope | None:
        """The scope that an e-mail address and an order number prove together, or None when they do not fit."""
        ...

    async def customer(self, scope: CustomerScope) -> Customer: ...

    async def orders(self, scope: CustomerScope) -> tuple[Order, ...]:
        """The orders in scope, newest first."""
        ...

    async def order(self, order_id: str, scope: CustomerScope) -> Order: ...

    async def shipping_options(self, country: str | None = None) -> tuple[ShippingOption, ...]: ...

    async def subscriptions(self, scope: CustomerScope) -> tuple[Subscription, ...]: ...

    async def promo_code(self, code: str) -> PromoCode | None:
        """The code however it is written, or None where the shop has no such code."""
        ...

    async def payment_methods(self, scope: CustomerScope) -> tuple[PaymentMethod, ...]:
        """The account's methods; for a scope of single orders, those that they were paid with."""
        ...

    async def variants(self, product_id: str) -> tuple[Variant, ...]:
        """What a product comes in, with today's price and stock; empty where there is no such product."""
        ...

    async def quote(self, change: Change, scope: CustomerScope) -> Quote:
        """Exactly what the change would do; changes nothing."""
        ...

    async def apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        """Make the change, at most once a key, and give the receipt; a key seen before gives its receipt again.

        `version` is the quote that was confirmed: `QuoteChanged` if the change would now do something else, and
        `KeyReused` if the key's call was another change.
        """
        ...
