"""A Shopify shop, through its Admin API (GraphQL). Policy and quotes are ours; records and money are Shopify's.

Offered: cancelling, returns (as requests for the shop's people to approve), exchanges, changing items and the address
of an order. A price difference of changed items is settled by the invoice that Shopify sends. Signed-in customers are
named by Shopify's customer id.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from tools.adapters import shopify_documents as documents
from tools.adapters.remote_calls import RemoteCalls
from tools.adapters.remote_writes import RemoteWrites
from tools.adapters.shopify_records import (
    Raw,
    customer_of,
    gid,
    methods_of,
    order_of,
    owner_of,
    promo_code_of,
    raw_address,
    variants_of,
)
from tools.changes import CancelOrder, Change, ExchangeItems, ModifyItems, ModifyOrderAddress, ReturnItems
from tools.errors import NotFound, Refused, ShopUnavailable
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
    ReturnReason,
    ShippingOption,
    Subscription,
    Variant,
)
from tools.refusals import refused

OK = 200
ORDERS_AT_MOST = 50
JOB_LOOKS, JOB_PAUSE = 20, 0.5
_REASONS: dict[ReturnReason | None, str] = {
    "no longer needed": "UNWANTED",
    "not as described": "NOT_AS_DESCRIBED",
    "damaged": "DEFECTIVE",
    "wrong item": "WRONG_ITEM",
}


class ShopifyShop:
    """The Shop port on Shopify. `prefix` is what the shop's order names begin with, `#` as Shopify sets it up."""

    offers: ClassVar[frozenset[type[Change]]] = frozenset(
        {CancelOrder, ReturnItems, ExchangeItems, ModifyItems, ModifyOrderAddress}
    )

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        policy: Policy,
        ledger: Path,
        clock: Callable[[], datetime],
        prefix: str = "#",
        job_pause: float = JOB_PAUSE,
    ) -> None:
        self._calls = RemoteCalls(base_url, {"X-Shopify-Access-Token": token})
        self._writes = RemoteWrites(self, policy, ledger, clock)
        self._prefix = prefix
        self._job_pause = job_pause

    async def close(self) -> None:
        await self._calls.close()

    async def verify(self, *, email: str, order_id: str) -> CustomerScope | None:
        raw = await self._named(order_id)
        if raw is None or (raw["email"] or "").casefold() != email.strip().casefold():
            return None
        order = order_of(raw)
        return CustomerScope(assurance=Assurance.ORDER, customer_id=order.customer_id, order_ids=frozenset({order.id}))

    async def customer(self, scope: CustomerScope) -> Customer:
        if scope.assurance < Assurance.ACCOUNT or scope.customer_id is None:
            raise NotFound("there is no such customer", record="customer")
        found = (await self._ask(documents.CUSTOMER, id=_customer_id(scope)))["customer"]
        if found is None:
            raise NotFound("there is no such customer", record="customer")
        return customer_of(found)

    async def owner(self, order: Order | None, scope: CustomerScope) -> Customer:
        if scope.assurance >= Assurance.ACCOUNT or order is None:
            return await self.customer(scope)
        return Customer(id=order.customer_id, name=order.address.name, email="", address=order.address)

    async def orders(self, scope: CustomerScope) -> tuple[Order, ...]:
        return tuple(order_of(raw) for raw in await self._in_scope(scope))

    async def order(self, order_id: str, scope: CustomerScope) -> Order:
        return order_of(await self._raw(order_id, scope))

    async def shipping_options(self, country: str | None = None) -> tuple[ShippingOption, ...]:
        """None: Shopify works rates out at the checkout, for a basket."""
        return ()

    async def subscriptions(self, scope: CustomerScope) -> tuple[Subscription, ...]:
        """None: the contracts belong to the app that sells them."""
        return ()

    async def promo_code(self, code: str) -> PromoCode | None:
        found = (await self._ask(documents.PROMO_CODE, code=code))["codeDiscountNodeByCode"]
        return None if found is None else promo_code_of(code, found["codeDiscount"], "")

    async def payment_methods(self, scope: CustomerScope) -> tuple[PaymentMethod, ...]:
        methods = {method.id: method for raw in await self._in_scope(scope) for method in methods_of(raw)}
        return tuple(methods.values())

    async def variants(self, product_id: str) -> tuple[Variant, ...]:
        found = (await self._ask(documents.VARIANTS, id=gid("Product", product_id)))["product"]
        return () if found is None else variants_of(found)

    async def quote(self, change: Change, scope: CustomerScope) -> Quote:
        return await self._writes.quote(change, scope)

    async def apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        return await self._writes.apply(change, scope, key, version)

    async def perform(self, change: Change, quote: Quote, scope: CustomerScope, note: str) -> None:
        match change:
            case CancelOrder():
                await self._cancel(await self._raw(change.order_id, scope), note)
            case ReturnItems():
                raw = await self._raw(change.order_id, scope)
                why = f"{change.reason or 'no reason given'} ({note})"
                reason = {"returnReason": _REASONS.get(change.reason, "OTHER"), "customerNote": why}
                lines = [{**line, **reason} for line in _fulfilled(raw, list(change.item_ids))]
                asked = {"orderId": raw["id"], "returnLineItems": lines}
                await self._tell(documents.RETURN, "returnRequest", input=asked)
            case ExchangeItems():
                await self._exchange(await self._raw(change.order_id, scope), change, note)
            case ModifyItems():
                await self._edit(await self._raw(change.order_id, scope), change, note)
            case ModifyOrderAddress() if quote.address is not None:
                raw = await self._raw(change.order_id, scope)
                moved = {"id": raw["id"], "shippingAddress": raw_address(quote.address)}
                await self._tell(documents.ADDRESS, "orderUpdate", input=moved)
            case _:
                raise Refused(f"{change.operation}.not_offered", NOT_OFFERED)

    async def _cancel(self, raw: Raw, note: str) -> None:
        """Shopify cancels in a job of its own; the answer is the order's, once the job is done."""
        told = await self._tell(documents.CANCEL, "orderCancel", orderId=raw["id"], staffNote=note)
        job = told["job"]
        for _ in range(JOB_LOOKS):
            if job is None or job["done"]:
                return
            await asyncio.sleep(self._job_pause)
            job = (await self._ask(documents.JOB, id=job["id"]))["job"]
        raise ShopUnavailable("the shop has not finished cancelling yet")

    async def _exchange(self, raw: Raw, change: ExchangeItems, note: str) -> None:
        back = _fulfilled(raw, [swap.item_id for swap in change.swaps])
        new = Counter(swap.new_item_id for swap in change.swaps)
        told = {
            "orderId": raw["id"],
            "notifyCustomer": True,
            "returnLineItems": [{**line, "returnReason": "OTHER", "returnReasonNote": note} for line in back],
            "exchangeLineItems": [{"variantId": variant, "quantity": number} for variant, number in new.items()],
        }
        await self._tell(documents.EXCHANGE, "returnCreate", returnInput=told)

    async def _edit(self, raw: Raw, change: ModifyItems, note: str) -> None:
        """An edit is staged and then committed as one; what is not committed never happened."""
        begun = (await self._tell(documents.EDIT_BEGIN, "orderEditBegin", id=raw["id"]))["calculatedOrder"]
        lines = {line["variant"]["id"]: line for line in begun["lineItems"]["nodes"] if line["variant"]}
        for item_id, number in Counter(swap.item_id for swap in change.swaps).items():
            line = lines[item_id]
            left = {"lineItemId": line["id"], "quantity": line["quantity"] - number}
            await self._tell(documents.EDIT_QUANTITY, "orderEditSetQuantity", id=begun["id"], **left)
        for variant, number in Counter(swap.new_item_id for swap in change.swaps).items():
            new = {"variantId": variant, "quantity": number}
            await self._tell(documents.EDIT_ADD, "orderEditAddVariant", id=begun["id"], **new)
        await self._tell(documents.EDIT_COMMIT, "orderEditCommit", id=begun["id"], staffNote=note)

    async def _raw(self, order_id: str, scope: CustomerScope) -> Raw:
        raw = await self._named(order_id)
        if raw is None or not _is_in(raw, scope):
            raise NotFound("this customer has no such order", record="order")
        return raw

    async def _in_scope(self, scope: CustomerScope) -> list[Raw]:
        if scope.assurance >= Assurance.ACCOUNT and scope.customer_id is not None:
            number = _customer_id(scope).rpartition("/")[2]
            found = await self._ask(documents.ORDERS, query=f"customer_id:{number}", first=ORDERS_AT_MOST)
            return [raw for raw in found["orders"]["nodes"] if _is_in(raw, scope)]
        if scope.assurance < Assurance.ORDER:
            return []
        named = [await self._named(order_id) for order_id in sorted(scope.order_ids)]
        return [raw for raw in named if raw is not None and _is_in(raw, scope)]

    async def _named(self, order_id: str) -> Raw | None:
        """The order of that number. The search finds what begins alike, too, so names are compared whole."""
        try:
            digits = re.sub(r"\D", "", normalise(order_id))
        except ValueError:
            return None
        name = f"{self._prefix}{digits}"
        found = await self._ask(documents.ORDERS, query=f'name:"{name}"', first=5)
        return next((raw for raw in found["orders"]["nodes"] if raw["name"] == name), None)

    async def _ask(self, document: str, *, tries: int = 2, **variables: Any) -> Raw:
        path = f"/admin/api/{documents.VERSION}/graphql.json"
        answer = await self._calls.send("POST", path, body={"query": document, "variables": variables}, tries=tries)
        if answer.status != OK or not isinstance(answer.body, dict):
            raise ShopUnavailable(f"Shopify answers {answer.status}")
        if answer.body.get("errors"):
            raise ShopUnavailable("Shopify does not take the request: it is throttled, or the token lacks a scope")
        data: Raw = answer.body["data"]
        return data

    async def _tell(self, document: str, name: str, **variables: Any) -> Raw:
        """A mutation; sent once, because Shopify has no key that would make a second one harmless."""
        told: Raw = (await self._ask(document, tries=1, **variables))[name]
        if told.get("userErrors") or told.get("orderCancelUserErrors"):
            raise refused("shop_refuses")
        return told


def _customer_id(scope: CustomerScope) -> str:
    return gid("Customer", scope.customer_id or "")


def _is_in(raw: Raw, scope: CustomerScope) -> bool:
    if owner_of(raw) != _customer_id(scope):
        return False
    return scope.assurance >= Assurance.ACCOUNT or order_of(raw).id in scope.order_ids


def _fulfilled(raw: Raw, item_ids: list[str]) -> list[Raw]:
    """The parcels' lines that hold these pieces, with how many of each; refused where they hold fewer."""
    items = {line["id"]: (line["variant"] or line["product"] or line)["id"] for line in raw["lineItems"]["nodes"]}
    wanted = Counter(item_ids)
    lines = []
    for parcel in raw["fulfillments"]:
        for line in parcel["fulfillmentLineItems"]["nodes"]:
            item_id = items.get(line["lineItem"]["id"], "")
            number = min(wanted[item_id], line["quantity"])
            if number:
                wanted[item_id] -= number
                lines.append({"fulfillmentLineItemId": line["id"], "quantity": number})
    if any(wanted.values()):
        raise refused("shop_refuses")
    return lines
