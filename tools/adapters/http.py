"""A shop that speaks our REST contract (docs/shop-api.md): it keeps its records, its policy and its ledger itself.

What comes back is checked all the same: a record outside the scope is taken for one that is not there.
"""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import quote as escaped

from pydantic import TypeAdapter, ValidationError

from tools.adapters.remote_calls import SECONDS, Answer, RemoteCalls
from tools.changes import Change
from tools.errors import KeyReused, NotFound, QuoteChanged, Refused, ShopUnavailable
from tools.quotes import Quote, Receipt, WriteKey
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
from tools.sentences import Sentence

T = TypeVar("T")

CUSTOMER = TypeAdapter(Customer)
ORDER = TypeAdapter(Order)
ORDERS = TypeAdapter(tuple[Order, ...])
METHODS = TypeAdapter(tuple[PaymentMethod, ...])
SUBSCRIPTIONS = TypeAdapter(tuple[Subscription, ...])
VARIANTS = TypeAdapter(tuple[Variant, ...])
OPTIONS = TypeAdapter(tuple[ShippingOption, ...])
PROMO_CODE = TypeAdapter(PromoCode)
SCOPE = TypeAdapter(CustomerScope)
QUOTE = TypeAdapter(Quote)
RECEIPT = TypeAdapter(Receipt)

NOT_FOUND = 404


class HttpShop:
    """The Shop port on a shop's own server, which is named by its address and opened by a key."""

    def __init__(self, base_url: str, key: str, seconds: float = SECONDS) -> None:
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
        self._calls = RemoteCalls(base_url, headers, seconds=seconds)

    async def close(self) -> None:
        await self._calls.close()

    async def verify(self, *, email: str, order_id: str) -> CustomerScope | None:
        answer = await self._calls.send("POST", "/verify", body={"email": email, "order_id": order_id})
        if answer.status == NOT_FOUND:
            return None
        proven = _read(answer, SCOPE)
        # An address and a number prove one order; more is only the shop's signed word's to give.
        return proven.model_copy(update={"assurance": Assurance.ORDER})

    async def customer(self, scope: CustomerScope) -> Customer:
        if scope.assurance < Assurance.ACCOUNT:
            raise NotFound("there is no such customer", record="customer")
        answer = await self._calls.send("GET", _of(scope, "customer"))
        found = _read(answer, CUSTOMER)
        if found.id != scope.customer_id:
            raise NotFound("there is no such customer", record="customer")
        return found

    async def orders(self, scope: CustomerScope) -> tuple[Order, ...]:
        if scope.assurance < Assurance.ORDER:
            return ()
        answer = await self._calls.send("GET", _of(scope, "order", "orders"))
        return tuple(order for order in _read(answer, ORDERS) if _in_scope(order, scope))

    async def order(self, order_id: str, scope: CustomerScope) -> Order:
        if scope.assurance < Assurance.ORDER:
            raise NotFound("this customer has no such order", record="order")
        answer = await self._calls.send("GET", _of(scope, "order", "orders", order_id))
        found = _read(answer, ORDER, record="order")
        if not _in_scope(found, scope) or found.id != order_id:
            raise NotFound("this customer has no such order", record="order")
        return found

    async def shipping_options(self, country: str | None = None) -> tuple[ShippingOption, ...]:
        query = {"country": country} if country else None
        return _read(await self._calls.send("GET", "/shipping-options", query=query), OPTIONS)

    async def subscriptions(self, scope: CustomerScope) -> tuple[Subscription, ...]:
        if scope.assurance < Assurance.ACCOUNT:
            return ()
        found = _read(await self._calls.send("GET", _of(scope, "customer", "subscriptions")), SUBSCRIPTIONS)
        return tuple(held for held in found if held.customer_id == scope.customer_id)

    async def promo_code(self, code: str) -> PromoCode | None:
        answer = await self._calls.send("GET", f"/promo-codes/{escaped(code, safe='')}")
        return None if answer.status == NOT_FOUND else _read(answer, PROMO_CODE)

    async def payment_methods(self, scope: CustomerScope) -> tuple[PaymentMethod, ...]:
        if scope.assurance < Assurance.ORDER:
            return ()
        methods = _read(await self._calls.send("GET", _of(scope, "customer", "payment-methods")), METHODS)
        if scope.assurance >= Assurance.ACCOUNT:
            return methods
        used = {payment.method_id for order in await self.orders(scope) for payment in order.payments}
        return tuple(method for method in methods if method.id in used)

    async def variants(self, product_id: str) -> tuple[Variant, ...]:
        answer = await self._calls.send("GET", f"/products/{escaped(product_id, safe='')}/variants")
        return () if answer.status == NOT_FOUND else _read(answer, VARIANTS)

    async def quote(self, change: Change, scope: CustomerScope) -> Quote:
        answer = await self._calls.send("POST", _of(scope, "order", "quotes"), body=_asked(change, scope))
        return _read(answer, QUOTE, record="order")

    async def apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        answer = await self._calls.send(
            "POST",
            _of(scope, "order", "changes"),
            body={**_asked(change, scope), "version": version},
            headers={"Idempotency-Key": key.token},
        )
        return _read(answer, RECEIPT, record="order")


def _of(scope: CustomerScope, record: str, *parts: str) -> str:
    """The path of something of this customer."""
    if scope.customer_id is None:
        raise NotFound(f"there is no such {record}", record=record)
    return "/" + "/".join(escaped(part, safe="") for part in ("customers", scope.customer_id, *parts))


def _asked(change: Change, scope: CustomerScope) -> dict[str, Any]:
    return {
        "operation": change.operation,
        "arguments": change.model_dump(mode="json"),
        "assurance": scope.assurance.name.lower(),
        "order_ids": sorted(scope.order_ids),
    }


def _in_scope(order: Order, scope: CustomerScope) -> bool:
    if order.customer_id != scope.customer_id:
        return False
    return scope.assurance >= Assurance.ACCOUNT or order.id in scope.order_ids


def _read(answer: Answer, kind: TypeAdapter[T], record: str = "customer") -> T:
    """The record of an answer, or the failure that the shop tells of."""
    body = answer.body if isinstance(answer.body, dict) else {}
    match answer.status, body.get("code"):
        case 200, _:
            try:
                return kind.validate_python(answer.body, strict=False)
            except ValidationError as error:
                fault = error.errors(include_url=False, include_input=False)[0]
                place = ".".join(str(part) for part in fault["loc"])
                raise ShopUnavailable(f"the shop's answer does not fit the contract: {place}: {fault['msg']}") from None
        case 404, _:
            raise NotFound(f"this customer has no such {record}", record=record)
        case 409, "refused":
            raise _refusal(body)
        case 409, "quote_changed":
            raise QuoteChanged("the shop has changed since the customer said yes; show them what it is now")
        case 422, "key_reused":
            raise KeyReused("this call was made with other arguments before; a new change needs a new call")
    raise ShopUnavailable(f"the shop answers {answer.status}, which the contract does not have here")


def _refusal(body: dict[str, Any]) -> Refused:
    try:
        asks = {name: True for name in ("person", "photo") if body.get(name) is True}
        return Refused(str(body["rule"]), Sentence.model_validate(body["sentence"]), **asks)
    except (KeyError, ValidationError):
        raise ShopUnavailable("the shop refuses without saying why in English and Chinese") from None
