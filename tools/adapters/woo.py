"""A WooCommerce shop, through its REST API v3 (woocommerce.github.io/woocommerce-rest-api-docs).

Policy and quotes are ours. Offered: cancelling with the refund, return requests, and addresses. WooCommerce's core has
no exchanges and lends no stored payment methods. Order numbers are WooCommerce's own ids, signed-in customers are named
by theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tools.adapters.remote_calls import RemoteCalls
from tools.adapters.remote_writes import RemoteWrites
from tools.adapters.woo_records import (
    RETURN_META,
    Raw,
    customer_of,
    method_of,
    number_of,
    order_of,
    owner_of,
    promo_code_of,
    raw_address,
    variants_of,
)
from tools.changes import (
    CancelOrder,
    Change,
    ModifyAccountAddress,
    ModifyAccountEmail,
    ModifyOrderAddress,
    ReturnItems,
)
from tools.errors import BadArguments, NotFound, Refused, ShopUnavailable
from tools.order_numbers import normalise
from tools.policy.tables import NOT_OFFERED, Policy
from tools.quotes import Quote, Receipt, WriteKey
from tools.records import (
    Assurance,
    Customer,
    CustomerScope,
    Order,
    PaymentMethod,
    PromoCode,
    Return,
    ShippingOption,
    Subscription,
    Variant,
)
from tools.refusals import refused

ORDERS_AT_MOST = "50"
DELIVERY_DAYS = 3
LOCAL = {"127.0.0.1", "localhost", "::1"}


class WooShop:
    """The Shop port on WooCommerce. `delivery_days` is how long parcels take, which WooCommerce does not know."""

    offers: ClassVar[frozenset[type[Change]]] = frozenset(
        {CancelOrder, ReturnItems, ModifyOrderAddress, ModifyAccountAddress, ModifyAccountEmail}
    )

    def __init__(
        self,
        base_url: str,
        key: str,
        secret: str,
        *,
        policy: Policy,
        ledger: Path,
        clock: Callable[[], datetime],
        delivery_days: int = DELIVERY_DAYS,
    ) -> None:
        address = urlsplit(base_url)
        if address.scheme != "https" and address.hostname not in LOCAL:
            raise BadArguments(f"{base_url}: WooCommerce takes keys in the clear, so its address must be https")
        self._calls = RemoteCalls(f"{base_url.rstrip('/')}/wp-json/wc/v3", {}, auth=(key, secret))
        self._writes = RemoteWrites(self, policy, ledger, clock)
        self._clock = clock
        self._delivery_days = delivery_days

    async def close(self) -> None:
        await self._calls.close()

    async def verify(self, *, email: str, order_id: str) -> CustomerScope | None:
        raw = await self._find(order_id)
        if raw is None or raw["billing"]["email"].casefold() != email.strip().casefold():
            return None
        return CustomerScope(
            assurance=Assurance.ORDER, customer_id=owner_of(raw), order_ids=frozenset({f"#W{raw['id']}"})
        )

    async def customer(self, scope: CustomerScope) -> Customer:
        if scope.assurance < Assurance.ACCOUNT or not (scope.customer_id or "").isdigit():
            raise NotFound("there is no such customer", record="customer")
        raw = await self._get(f"/customers/{scope.customer_id}")
        if raw is None:
            raise NotFound("there is no such customer", record="customer")
        return customer_of(raw)

    async def owner(self, order: Order | None, scope: CustomerScope) -> Customer:
        if scope.assurance >= Assurance.ACCOUNT or order is None:
            return await self.customer(scope)
        return Customer(id=order.customer_id, name=order.address.name, email="", address=order.address)

    async def orders(self, scope: CustomerScope) -> tuple[Order, ...]:
        return tuple(self._order(raw) for raw in await self._in_scope(scope))

    async def order(self, order_id: str, scope: CustomerScope) -> Order:
        return self._order(await self._raw(order_id, scope))

    async def shipping_options(self, country: str | None = None) -> tuple[ShippingOption, ...]:
        """None: WooCommerce works rates out at the checkout, for a basket."""
        return ()

    async def subscriptions(self, scope: CustomerScope) -> tuple[Subscription, ...]:
        """None: they belong to a plugin."""
        return ()

    async def promo_code(self, code: str) -> PromoCode | None:
        found = await self._get("/coupons", code=code)
        exact = [raw for raw in found or [] if raw["code"].casefold() == code.strip().casefold()]
        return promo_code_of(exact[0]) if exact else None

    async def payment_methods(self, scope: CustomerScope) -> tuple[PaymentMethod, ...]:
        methods = {method.id: method for method in map(method_of, await self._in_scope(scope))}
        return tuple(methods.values())

    async def variants(self, product_id: str) -> tuple[Variant, ...]:
        product = await self._get(f"/products/{product_id}") if product_id.isdigit() else None
        if product is None:
            return ()
        variations: list[Raw] = []
        if product["type"] == "variable":
            variations = await self._get(f"/products/{product_id}/variations", per_page="100") or []
        return variants_of(product, variations)

    async def quote(self, change: Change, scope: CustomerScope) -> Quote:
        return await self._writes.quote(change, scope)

    async def apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        return await self._writes.apply(change, scope, key, version)

    async def perform(self, change: Change, quote: Quote, scope: CustomerScope, note: str) -> None:
        match change:
            case CancelOrder():
                await self._cancel(await self._raw(change.order_id, scope), note)
            case ReturnItems():
                await self._return(await self._raw(change.order_id, scope), change, quote, note)
            case ModifyOrderAddress() if quote.address is not None:
                raw = await self._raw(change.order_id, scope)
                await self._tell("PUT", f"/orders/{raw['id']}", {"shipping": raw_address(quote.address)})
            case ModifyAccountAddress() if quote.address is not None:
                await self._tell("PUT", f"/customers/{scope.customer_id}", {"shipping": raw_address(quote.address)})
            case ModifyAccountEmail():
                await self._tell("PUT", f"/customers/{scope.customer_id}", {"email": quote.email})
            case _:
                raise Refused(f"{change.operation}.not_offered", NOT_OFFERED)

    async def _cancel(self, raw: Raw, note: str) -> None:
        """The money first: an order that is cancelled has had its refund, whatever cuts us off between the two."""
        order = self._order(raw)
        held = sum((p.amount if p.kind == "payment" else -p.amount for p in order.payments), Decimal())
        if held > 0:
            refund = {"amount": f"{held:.2f}", "reason": note, "api_refund": True}
            await self._tell("POST", f"/orders/{raw['id']}/refunds", refund)
        await self._tell("PUT", f"/orders/{raw['id']}", {"status": "cancelled"})

    async def _return(self, raw: Raw, change: ReturnItems, quote: Quote, note: str) -> None:
        returning = Return(
            item_ids=change.item_ids,
            amount=quote.moves[0].amount,
            refund_to=quote.moves[0].method_id,
            requested_on=self._clock().date(),
            reason=change.reason,
            photos=change.photos,
        )
        pieces = ", ".join(item.title for item in quote.items)
        told = f"Return requested: {pieces}; refund {returning.amount:.2f} {quote.currency} ({note})"
        # The note first: cut off between the two, a second note is better than a return that nobody hears of.
        await self._tell("POST", f"/orders/{raw['id']}/notes", {"note": told, "customer_note": False})
        meta = [{"key": RETURN_META, "value": returning.model_dump_json()}]
        await self._tell("PUT", f"/orders/{raw['id']}", {"meta_data": meta})

    def _order(self, raw: Raw) -> Order:
        return order_of(raw, self._delivery_days, self._clock().date())

    async def _raw(self, order_id: str, scope: CustomerScope) -> Raw:
        raw = await self._find(order_id)
        if raw is None or not _is_in(raw, scope):
            raise NotFound("this customer has no such order", record="order")
        return raw

    async def _find(self, order_id: str) -> Raw | None:
        try:
            number = number_of(normalise(order_id))
        except ValueError:
            return None
        raw: Raw | None = await self._get(f"/orders/{number}")
        return raw

    async def _in_scope(self, scope: CustomerScope) -> list[Raw]:
        if scope.assurance >= Assurance.ACCOUNT and (scope.customer_id or "").isdigit():
            query = {"customer": scope.customer_id or "", "per_page": ORDERS_AT_MOST, "orderby": "date"}
            return [raw for raw in await self._get("/orders", **query) or [] if _is_in(raw, scope)]
        if scope.assurance < Assurance.ORDER:
            return []
        found = [await self._find(order_id) for order_id in sorted(scope.order_ids)]
        return [raw for raw in found if raw is not None and _is_in(raw, scope)]

    async def _get(self, path: str, **query: str) -> Any:
        """The JSON of a read, or None where there is nothing of that id."""
        answer = await self._calls.send("GET", path, query=query)
        match answer.status:
            case 200:
                return answer.body
            case 404:
                return None
        raise ShopUnavailable(f"WooCommerce answers {answer.status} to a read")

    async def _tell(self, method: str, path: str, body: object) -> None:
        """A write; sent once, because WooCommerce has no key that would make a second one harmless."""
        answer = await self._calls.send(method, path, body=body, tries=1)
        if answer.status not in (200, 201):
            raise refused("shop_refuses")


def _is_in(raw: Raw, scope: CustomerScope) -> bool:
    if owner_of(raw) != scope.customer_id:
        return False
    return scope.assurance >= Assurance.ACCOUNT or f"#W{raw['id']}" in scope.order_ids
