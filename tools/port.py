"""The shop as the agent reaches it: a port with an adapter for each kind of shop."""

from __future__ import annotations

from typing import Protocol

from tools.records import Customer, CustomerScope, Order, ShippingOption


class Shop(Protocol):
    """Reads take the customer's scope; an adapter never returns a record outside it (`NotFound` instead)."""

    async def verify(self, *, email: str, order_id: str) -> CustomerScope | None:
        """The scope that an e-mail address and an order number prove together, or None when they do not fit."""
        ...

    async def customer(self, scope: CustomerScope) -> Customer: ...

    async def orders(self, scope: CustomerScope) -> tuple[Order, ...]:
        """The orders in scope, newest first."""
        ...

    async def order(self, order_id: str, scope: CustomerScope) -> Order: ...

    async def shipping_options(self, country: str | None = None) -> tuple[ShippingOption, ...]: ...
