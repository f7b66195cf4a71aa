"""What Shopify's Admin API answers, as our records. Money is the shop's currency."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tools.records import (
    Address,
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    PromoCode,
    Shipment,
    Variant,
)

Raw = dict[str, Any]

_RETURNING = {"REQUESTED", "OPEN"}
_KINDS: dict[str, PaymentKind] = {"gift_card": "gift_card", "paypal": "paypal", "shopify_payments": "card"}
_NOBODY = {"name": "", "address1": "", "address2": "", "city": "", "zip": "", "countryCodeV2": "", "provinceCode": ""}


def gid(kind: str, value: str) -> str:
    """Shopify's global id; a plain number is taken for the id of that kind."""
    return f"gid://shopify/{kind}/{value}" if value.isdigit() else value


def owner_of(raw: Raw) -> str:
    """The customer's id; an order that was placed as a guest is its own owner."""
    return str(raw["customer"]["id"]) if raw["customer"] else f"guest:{raw['id']}"


def number_of(name: str) -> str:
    """Shopify's "#1001" as our tools write order numbers: `#W1001`."""
    return f"#W{''.join(re.findall(r'[0-9]+', name))}"


def order_of(raw: Raw) -> Order:
    payments = tuple(_payment(moved) for moved in raw["transactions"] if _counts(moved))
    labels = [moved["formattedGateway"] or moved["gateway"] for moved in raw["transactions"] if _counts(moved)]
    return Order(
        id=number_of(raw["name"]),
        customer_id=owner_of(raw),
        placed_at=datetime.fromisoformat(raw["createdAt"]),
        status=_status(raw),
        lines=tuple(_line(line) for line in raw["lineItems"]["nodes"] if line["currentQuantity"]),
        shipping_cost=_money(raw["totalShippingPriceSet"]),
        total=_money(raw["currentTotalPriceSet"]),
        currency=raw["currencyCode"],
        payment_method=labels[0] if labels else "",
        address=address_of(raw["shippingAddress"] or _NOBODY),
        shipment=_shipment(raw),
        note=raw["note"] or "",
        payments=payments,
        items_modified=raw["edited"],
    )


def methods_of(raw: Raw) -> tuple[PaymentMethod, ...]:
    """The ways an order was paid; Shopify keeps no others that an app may charge."""
    found = {
        moved["gateway"]: PaymentMethod(
            id=moved["gateway"],
            kind=_KINDS.get(moved["gateway"], "other"),
            label=moved["formattedGateway"] or moved["gateway"],
        )
        for moved in raw["transactions"]
        if _counts(moved)
    }
    return tuple(found.values())


def customer_of(raw: Raw) -> Customer:
    email = raw["defaultEmailAddress"]
    return Customer(
        id=raw["id"],
        name=raw["displayName"],
        email=email["emailAddress"] if email else "",
        language="zh" if str(raw["locale"]).startswith("zh") else "en",
        address=address_of(raw["defaultAddress"]) if raw["defaultAddress"] else None,
    )


def variants_of(product: Raw) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            id=variant["id"],
            product_id=product["id"],
            title=product["title"],
            options=_options(variant),
            price=Decimal(variant["price"]),
            available=variant["availableForSale"],
        )
        for variant in product["variants"]["nodes"]
    )


def address_of(raw: Raw) -> Address:
    return Address(
        name=raw["name"] or "",
        line1=raw["address1"] or "",
        line2=raw["address2"] or "",
        city=raw["city"] or "",
        postcode=raw["zip"] or "",
        country=raw["countryCodeV2"] or "",
        state=raw["provinceCode"] or "",
    )


def raw_address(address: Address) -> Raw:
    """A `MailingAddressInput`; Shopify keeps a first and a last name."""
    first, _, last = address.name.rpartition(" ")
    return {
        "firstName": first,
        "lastName": last,
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "zip": address.postcode,
        "countryCode": address.country,
        **({"provinceCode": address.state} if address.state else {}),
    }


def promo_code_of(code: str, raw: Raw, currency: str) -> PromoCode | None:
    """The code, where it gives per cent or free shipping; other kinds are for people to explain."""
    free = raw["__typename"] == "DiscountCodeFreeShipping"
    value = raw["customerGets"]["value"] if raw["__typename"] == "DiscountCodeBasic" else {}
    if not free and value.get("__typename") != "DiscountPercentage":
        return None
    least = (raw["minimumRequirement"] or {}).get("greaterThanOrEqualToSubtotal") or {}
    limit = raw["usageLimit"]
    return PromoCode(
        code=code,
        percent=Decimal() if free else Decimal(str(value["percentage"])) * 100,
        free_shipping=free,
        from_value=Decimal(least.get("amount", "0")),
        currency=least.get("currencyCode", currency),
        starts_on=_day(raw["startsAt"]),
        ends_on=_day(raw["endsAt"]),
        used_up=limit is not None and raw["asyncUsageCount"] >= limit,
    )


def _status(raw: Raw) -> OrderStatus:
    if raw["cancelledAt"]:
        return "cancelled"
    running = [one for one in raw["returns"]["nodes"] if one["status"] in _RETURNING]
    if running:
        return "exchange requested" if running[0]["exchangeLineItems"]["nodes"] else "return requested"
    if raw["returnStatus"] == "RETURNED":
        return "returned"
    match raw["displayFulfillmentStatus"]:
        case "UNFULFILLED":
            return "pending"
        case "FULFILLED":
            return "delivered" if all(parcel["deliveredAt"] for parcel in raw["fulfillments"]) else "shipped"
        case _:
            return "processed"


def _line(raw: Raw) -> OrderLine:
    variant = raw["variant"]
    return OrderLine(
        product_id=raw["product"]["id"] if raw["product"] else raw["id"],
        title=raw["title"],
        quantity=raw["currentQuantity"],
        price=_money(raw["discountedUnitPriceSet"]),
        variant_id=variant["id"] if variant else None,
        options=_options(variant) if variant else {},
    )


def _options(variant: Raw) -> dict[str, str]:
    """Without the option that Shopify gives a product that comes in one way only."""
    chosen = {option["name"]: option["value"] for option in variant["selectedOptions"]}
    return {} if chosen == {"Title": "Default Title"} else chosen


def _counts(transaction: Raw) -> bool:
    return transaction["status"] == "SUCCESS" and transaction["kind"] in ("SALE", "CAPTURE", "REFUND")


def _payment(raw: Raw) -> Payment:
    kind = "refund" if raw["kind"] == "REFUND" else "payment"
    return Payment.model_validate({"kind": kind, "amount": _money(raw["amountSet"]), "method_id": raw["gateway"]})


def _shipment(raw: Raw) -> Shipment | None:
    """The latest parcel."""
    if not raw["fulfillments"]:
        return None
    parcel = raw["fulfillments"][-1]
    tracking = parcel["trackingInfo"][0] if parcel["trackingInfo"] else {}
    return Shipment(
        carrier=tracking.get("company") or "",
        tracking_number=tracking.get("number") or "",
        tracking_url=tracking.get("url") or "",
        shipped_on=datetime.fromisoformat(parcel["createdAt"]).date(),
        expected_on=_day(parcel["estimatedDeliveryAt"]),
        delivered_on=_day(parcel["deliveredAt"]),
    )


def _money(bag: Raw) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"]).quantize(Decimal("0.01"))


def _day(text: str | None) -> date | None:
    return None if text is None else datetime.fromisoformat(text).date()
